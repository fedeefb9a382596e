"""Optimizers, one a file; `update` of `NAME.py` is the step that `optimizer.name: NAME` takes."""
