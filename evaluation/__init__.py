"""Evaluation in NumPy: exact metrics, confidence intervals, verdicts. Nothing here draws or prints."""
