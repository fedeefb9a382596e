"""The stack: all members as one network, its input layer, its optimizer, and metrics of every member."""
