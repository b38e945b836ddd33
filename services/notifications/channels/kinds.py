"""The kinds of channel. A new one needs a line here, a URL in the file of channels, and perhaps a class."""

EMAIL = "email"
KINDS = (EMAIL, "sms", "whatsapp", "telegram", "signal", "push")
"""E-mail sets its own Message-ID (``email.py``); each of the others is an Apprise URL (``gateways.py``)."""
