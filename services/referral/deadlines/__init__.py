"""Deadlines of a referral, in the hours that its desk counts."""
