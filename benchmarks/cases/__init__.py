"""What is measured: every module is a program of one process and one framework that prints one line of JSON."""
