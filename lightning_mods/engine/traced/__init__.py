"""A step recorded once and played by torch's interpreter on memory that is laid out once."""
