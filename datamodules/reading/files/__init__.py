"""Files to a frame of strings or typed columns: delimited text, Parquet, Arrow; encodings; pieces of a large file."""
