"""The room of scikit-learn: baselines on the same folds, with the same inputs and metrics as the networks."""
