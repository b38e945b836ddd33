"""Webhooks: sends organisations' own software the events of their referrals, signed, retried and replayable."""
