"""Losses, one a file; `row_losses` of `NAME.py` is what `training.loss: NAME` trains with."""
