"""Features of the framework that a user may turn on: what works on a stack, and what is refused in one line."""
