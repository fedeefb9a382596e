"""COMPUTES with PyTorch Lightning. Every file has a twin of the same name in `tf_models`."""
