"""Tells organisations' own software what became of their referrals: signed, retried, replayable."""
