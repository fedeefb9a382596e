"""Run directory: paths, environment, code version, digests, checkpoints, exit codes."""
