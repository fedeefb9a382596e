"""Checks of a table: values that cannot be trained on, hints, target leakage, extreme values."""
