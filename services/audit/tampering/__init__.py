"""The logs as they are now, compared entry by entry with what was sealed: what was altered is located and told."""
