"""Metrics of one set of rows, exact, and the curves behind them."""
