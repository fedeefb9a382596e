"""Files of a run that are read again: verified by digest, and written at once or not at all."""
