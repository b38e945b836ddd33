"""The kinds of channel there are. A new one is a line here, a class if it is odd, and an address in the settings."""

EMAIL = "email"
KINDS = (EMAIL, "sms", "whatsapp", "telegram", "signal", "push")
"""E-mail has a Message-ID of its own (``email.py``); the others are an Apprise URL each (``gateways.py``)."""
