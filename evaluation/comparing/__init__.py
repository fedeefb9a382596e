"""Runs and frameworks compared over the same folds, with corrections for shared rows and for many comparisons."""
