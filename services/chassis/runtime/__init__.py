"""Composes a service, starts it, serves it and stops it."""
