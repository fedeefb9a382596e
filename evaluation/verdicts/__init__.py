"""Verdicts: underfit, good fit or overfit; and the status of a run, its failures and warnings."""
