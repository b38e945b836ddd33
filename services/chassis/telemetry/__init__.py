"""Metrics and traces of a service: what it counts, and where each request went."""
