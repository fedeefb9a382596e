"""From what a training saved to what is known of it: judging, the report, predictions, candidates of a comparison."""
