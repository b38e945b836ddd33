"""The sentence in the place of an event that is not what was sealed: what the log says there now is not told."""

from collections.abc import Mapping

from events.contract import Event
from services.audit.prose.sentence import Describer, plain


class Altered(Event):
    """Stands in a history for an event that the log does not have as it was sealed. No log has it."""


DESCRIBERS: Mapping[type[Event], Describer] = {Altered: plain("prose.altered")}
