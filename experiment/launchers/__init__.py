"""Launchers: `NAME.py` is what `launcher: NAME` starts the processes with that train the parts of a study."""
