"""Marks in the states of a run: they show a state of another study, other folds or another search."""
