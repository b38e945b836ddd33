"""Renews an installation's passwords and keys while it runs (ADR 0056)."""
