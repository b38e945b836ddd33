"""Channels by which messages are sent. A channel gets one text without content and returns whether it was taken."""
