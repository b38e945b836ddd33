"""Reading a referral's disclosure and its messages."""
