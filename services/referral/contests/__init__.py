"""Two people decide whether a child's referral ends to which somebody said no."""
