"""Monitoring of desks and shelters that have gone silent."""
