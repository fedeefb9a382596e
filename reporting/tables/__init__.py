"""Tables for a terminal: the result of a run, comparisons, the status."""
