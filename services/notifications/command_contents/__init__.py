"""Digests of what commands contain beyond their events, to recognise a reused command id."""
