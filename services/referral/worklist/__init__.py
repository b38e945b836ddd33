"""The lists of referrals that desks and shelters see."""
