"""Losses, one per file: `training.loss: NAME` minimises the mean of `row_losses` of `NAME.py`."""
