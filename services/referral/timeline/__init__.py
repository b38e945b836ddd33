"""What happened to one referral, as far as its viewer may know it."""
