"""Live metrics: what early stopping and TensorBoard see after every epoch, on the device. Name = module: `auroc.py`."""
