"""What the metrics have in common: classes, probabilities, counts, curves, and the metrics of a whole run."""
