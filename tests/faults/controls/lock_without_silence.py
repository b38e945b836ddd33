"""Control: PostgreSQL keeps the session of a leader that says nothing."""

from unittest.mock import patch

from services.chassis.runtime import leadership


def break_it(_service: str) -> None:
    """Every service."""
    patch.object(leadership, "SILENCE", 86_400).start()
