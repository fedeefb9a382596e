"""What is chosen on validation rows: thresholds and temperatures; and calibration, which they improve."""
