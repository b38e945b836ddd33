"""Refers cases to agencies, decides whether each referral may be sent, and follows it to its end."""
