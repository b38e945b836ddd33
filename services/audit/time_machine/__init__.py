"""The state of a case, a referral or a desk at any moment, by when it happened or by when it was known."""
