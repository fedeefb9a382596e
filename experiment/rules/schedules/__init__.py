"""Learning-rate schedules: a factor of every optimizer step, from the progress of a member's training."""
