"""A programme whose staff is reached by several channels, and browsers of people of its desks."""

from tests.journeys.notifying_desks.conftest import clock, gateway, here, mailbox, programme, system

__all__ = ["clock", "gateway", "here", "mailbox", "programme", "system"]
