"""The firewall at the last door: whoever is no agency of the programme has no desk that could be alerted."""

import re
from pathlib import Path

import yaml

from events.vocabulary import Agency

DESK = re.compile(r"^([A-Z_]{3,11})-[A-Z0-9]{2,4}$")
"""A desk's code in the directory: its agency, and what tells it from the others."""


class UnknownDeskError(ValueError):
    """A desk of somebody who is no agency, as ``file:line``. An authority is none, however it is spelt."""


def agency_of(owner: str) -> str | None:
    """The agency that an entry is about, named itself or by one of its desks; ``None``: it is none."""
    named = DESK.fullmatch(owner)
    agency = named[1] if named else owner
    return agency if agency in set(Agency) else None


def refuse_unknown_desks(path: Path) -> None:
    """Does nothing if every desk of the file is an agency's.

    Raises:
        UnknownDeskError: one is not. What stands there is not repeated: a slip of the hand could be an address.
    """
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise UnknownDeskError(f"{path}:1: not a list of desks by agency")
    for key, _ in root.value:
        if key.value != "people" and (not isinstance(key.value, str) or agency_of(key.value) is None):
            raise UnknownDeskError(f"{path}:{key.start_mark.line + 1}: not an agency of the programme")
