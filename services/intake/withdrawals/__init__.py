"""Withdrawals of consent by slip, and their check by staff."""
