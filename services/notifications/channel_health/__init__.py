"""Whether alerts leave by each channel, and what is recorded when none does."""
