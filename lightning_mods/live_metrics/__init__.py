"""Live metrics, one per file: computed on the device after every epoch, for early stopping and TensorBoard."""
