"""Figures of a search, from its `search.json`."""
