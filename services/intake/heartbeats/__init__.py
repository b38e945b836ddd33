"""Heartbeats of the shelters' devices."""
