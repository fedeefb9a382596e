"""Networks, framework-free: weight layout, computational cost, check before training, saved weights."""
