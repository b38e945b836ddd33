"""Consent decisions of the person about one recipient."""
