"""A network looked at before and beside its training: its check, its cost, its graph."""
