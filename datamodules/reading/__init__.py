"""Reading of CSV and Parquet files to typed columns: targets, dropped columns, new rows to predict."""
