"""COMPUTES with tf.keras and tf.function. Every file has a twin of the same name in `lightning_mods`."""
