"""INVOKES: parse, call one function, print."""
