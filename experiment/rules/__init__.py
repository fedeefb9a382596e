"""Training rules of both frameworks: early stopping, compaction, dropout masks, initial weights, resources."""
