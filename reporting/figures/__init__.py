"""Figures of a study, one kind a file; `where` ends a title and says which rows are shown ("out of fold").

An element of one fold has that fold's name in its `gid`, see `canvas.fold_gid`, so that a page can highlight a fold
in all figures.
"""
