"""How the steps of a stack are run, and for which of its members."""
