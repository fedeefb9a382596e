"""Predictions of a model that was trained elsewhere on the same folds: what its table must hold, row by row."""
