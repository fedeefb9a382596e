"""Training by several processes: parts of a study, and the workers that take them."""
