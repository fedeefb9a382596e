"""Data in NumPy: tables, cross-validation folds, input statistics of each fold, and batch index plans.

Neither torch nor TensorFlow is imported here, except by the two adapters `lightning.py` and `tensorflow.py`.
"""
