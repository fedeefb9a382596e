"""JUDGES: exact metrics, intervals, figures, the report and event files. NumPy only; no framework is imported here."""
