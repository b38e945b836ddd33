"""Shift handovers: a desk passes to another person with its open referrals."""
