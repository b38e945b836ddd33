"""What changed of referrals, by id only, for pages that are open."""
