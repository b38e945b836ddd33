"""Routes a case to agencies, asks whether it may be sent, and follows each referral through its life."""
