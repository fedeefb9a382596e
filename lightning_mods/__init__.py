"""COMPUTES with PyTorch Lightning: networks, losses, optimizers, callbacks, training. Its twin is `tf_models`."""
