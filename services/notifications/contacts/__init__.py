"""Contacts of the staff: their channels, on-call order and quiet hours."""
