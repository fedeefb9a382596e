"""The sections of the page, a file each, in no order: `report.py` says what comes where."""
