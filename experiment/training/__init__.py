"""Training processes: the framework-free parent of a run, and a child process for each framework."""
