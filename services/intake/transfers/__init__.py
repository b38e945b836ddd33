"""Transfers custody of a case to the next shelter."""
