"""CONDUCTS: the run directory, the rules that both frameworks follow, and the story of a run."""
