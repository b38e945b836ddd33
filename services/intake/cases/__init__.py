"""The state of a case, folded from intake's events, and the commands on it."""
