"""What is wrong or suspicious in a table: values that cannot be trained on, hints, leaks, extreme values."""
