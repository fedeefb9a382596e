"""Seats: folders whose files a study names (nets, losses, metrics, optimizers, ...), and how they become keys."""
