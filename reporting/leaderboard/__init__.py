"""Leaderboard: ranked learners of each fold plan, for the terminal, as CSV, LaTeX or JSON."""
