"""Files to typed columns: CSV and Parquet, targets, dropped columns, new rows to predict."""
