"""Experiment: run directory, rules that both frameworks follow, training processes, results and resume."""
