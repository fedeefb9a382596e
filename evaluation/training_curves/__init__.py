"""Training curves over epochs: losses, active folds, divergence of two frameworks."""
