"""COMPUTES with tf.keras: networks, losses, optimizers, callbacks, training. Its twin is `lightning_mods`."""
