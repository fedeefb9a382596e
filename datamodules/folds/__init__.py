"""Cross-validation folds: splitting methods, feasibility, the fold plan, random streams of each member."""
