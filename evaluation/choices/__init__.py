"""Decision thresholds and temperature scaling, chosen on validation rows; calibration of the probabilities."""
