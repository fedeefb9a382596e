"""Rules that both frameworks follow: early stopping, dropout masks, initial weights, resources."""
