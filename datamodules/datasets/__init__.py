"""Data sets that can be named in a study: `data.source: NAME` calls `load(root)` of `NAME.py` in this folder."""
