"""Columns of a file: their types, and what each type becomes: numbers, codes, dates, the target."""
