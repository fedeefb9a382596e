"""Callbacks, one a file; `build` of `NAME.py` is what `training.callbacks: [NAME]` calls, or each run by itself."""
