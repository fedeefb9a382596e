"""Networks without a framework: the layout of their weights, their cost, the check before training, saved ones."""
