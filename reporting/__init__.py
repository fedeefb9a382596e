"""SHOWS: figures, the page, TensorBoard and tables, from what `evaluation` has computed. Nothing is computed anew."""
