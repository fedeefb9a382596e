"""Baselines, one a file; `build` of `NAME.py` is what `baselines: [NAME]` trains."""
