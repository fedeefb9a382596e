"""Several runs beside each other: which can be compared, what they are called, in what they differ."""
