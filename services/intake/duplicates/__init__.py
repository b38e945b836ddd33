"""Suspected duplicates: two cases that may be of one person."""
