"""Confidence intervals: DeLong, Wilson, bootstrap (percentile, BCa, of groups), Nadeau and Bengio."""
