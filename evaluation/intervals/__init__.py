"""Confidence intervals: DeLong, Wilson, bootstrap (percentile, BCa, cluster), Nadeau and Bengio."""
