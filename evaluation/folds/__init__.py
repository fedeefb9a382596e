"""Folds of a cross-validation: outlier, best and failed folds, the ensemble, highest-loss rows, the baseline."""
