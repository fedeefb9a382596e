"""Engines: run the optimizer steps of a stack (`training.engine`: eager, traced, compiled) for its active members."""
