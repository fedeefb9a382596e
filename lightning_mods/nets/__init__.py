"""Ordinary networks, one a file; `build` of `NAME.py` is what `model.net: NAME` calls."""
