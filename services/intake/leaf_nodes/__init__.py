"""Submissions that arrive sealed through a shelter's NATS leaf node."""
