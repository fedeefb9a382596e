"""Networks, one per file: `model.net: NAME` calls `build` of `NAME.py`, which gives an ordinary network."""
