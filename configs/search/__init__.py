"""The space of a search: its keys and values, and their check against the study."""
