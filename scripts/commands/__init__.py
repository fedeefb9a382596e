"""What the commands do: a file for each script, which parses its arguments and calls one function here."""
