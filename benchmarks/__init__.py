"""Benchmarks: time and memory of both paths beside named peers, and the cost model that explains them."""
