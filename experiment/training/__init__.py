"""The parent of a run, which knows no framework, and its children, which have one each."""
