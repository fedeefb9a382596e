"""What is measured, a file each: `measure(repeats)` gives the values, `table(values)` shows them."""
