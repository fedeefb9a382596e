"""Record of a training while it runs: history, log, progress bar, live TensorBoard event files."""
