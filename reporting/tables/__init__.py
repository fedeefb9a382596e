"""Terminal tables: results of a run, comparisons, the status."""
