"""MEASURES: how long the rooms take, beside named peers, with the model that explains it."""
