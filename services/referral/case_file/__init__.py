"""A case as intake's log records it, to decide about its referrals."""
