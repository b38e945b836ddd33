"""Whether a referral may be sent, and what it discloses."""
