"""Curves over epochs: losses, the folds that still train, and where two frameworks part."""
