"""Underfit, good fit or overfit, and the status of a run: what a reader has to know first."""
