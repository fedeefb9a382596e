"""Report of a run: `report.html`, one file that needs no network, and the same in markdown, `report.md`."""
