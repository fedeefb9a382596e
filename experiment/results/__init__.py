"""Results of a saved training: evaluation, report, predictions of new rows, candidates of a comparison."""
