"""Peers: the same folds one after the other, by others: Keras, keras-tuner, Lightning, scikit-learn, a plain loop."""
