"""Lists of referrals that a desk takes out of the program; every one is recorded before its first row leaves."""
