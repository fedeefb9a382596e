"""The directory of a run: where everything lies, what it was made of, digests, checkpoints, exit codes."""
