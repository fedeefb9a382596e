"""Reporting: figures, HTML page, TensorBoard and tables of the results that `evaluation` has computed."""
