"""Command-line scripts: parse the arguments, call one function, print its result."""
