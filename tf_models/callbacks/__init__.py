"""Callbacks, one per file: `training.callbacks: [NAME]` calls `build` of `NAME.py`; every run has the k-fold ones."""
