"""An address so far that its owner knows it again, and nobody else learns it. Pure."""

from services.notifications.channels.kinds import EMAIL

HIDDEN = "•••"
OF_A_NUMBER = frozenset({"sms", "whatsapp", "signal"})


def masked(channel: str, target: str) -> str:
    """``m•••@acnur.example`` of an e-mail address, ``••• 14`` of a telephone number, nothing of any other."""
    if channel == EMAIL:
        local, _, domain = target.rpartition("@")
        if not local:
            return HIDDEN
        return f"{local[:1] if len(local) > 2 else ''}{HIDDEN}@{domain}"
    return f"{HIDDEN} {target[-2:]}" if channel in OF_A_NUMBER else HIDDEN
