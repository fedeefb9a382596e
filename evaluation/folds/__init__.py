"""Single folds: outliers, the best one, failed ones, the ensemble of all, highest-loss rows, the baseline."""
