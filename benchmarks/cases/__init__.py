"""Cases: every module is a program of one process and one framework, and prints its measurements as JSON."""
