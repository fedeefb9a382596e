"""Who is in which fold: methods of splitting, feasibility, and the random streams of each member."""
