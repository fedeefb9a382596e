"""Learning curves: a study trained on more and more of its training rows, all sizes as members of one stack."""
