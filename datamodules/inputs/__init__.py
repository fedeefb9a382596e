"""What a member may know of its inputs: statistics of its own training rows."""
