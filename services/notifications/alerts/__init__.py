"""Alerts: what a desk is notified of, and the list of them."""
