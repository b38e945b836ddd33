"""The status of a case and its referrals, for its shelter and the agencies."""
