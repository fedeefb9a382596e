"""Supplies: tables, folds, the statistics of each fold, and index plans, all in NumPy.

Neither torch nor TensorFlow is imported here, except by the two adapters `lightning.py` and `tensorflow.py`.
"""
