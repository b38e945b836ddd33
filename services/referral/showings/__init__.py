"""Who is shown that a referral is of a restricted category, and which file took it along."""
