"""One stack over several devices (`training.strategy: rows`): each computes a share of the rows of every batch."""
