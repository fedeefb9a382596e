"""What a training writes while it goes on: history, log, progress, live event files."""
