"""Optimizers, one per file: `optimizer.name: NAME` takes its steps by `update` of `NAME.py`."""
