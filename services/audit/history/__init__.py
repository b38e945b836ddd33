"""The history of a case or of a referral's alerts, as sentences and as data."""
