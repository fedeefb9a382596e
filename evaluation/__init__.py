"""JUDGES: numbers only, in NumPy: exact metrics, intervals, verdicts. Nothing here draws, prints or writes files."""
