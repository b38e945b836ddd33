"""The last part of the firewall: only agencies of the programme have desks that can be alerted, besides shelters."""

import re
from pathlib import Path

import yaml

from events.vocabulary import Agency

DESK = re.compile(r"^([A-Z_]{3,11})-[A-Z0-9]{2,4}$")
"""A desk's code in the directory: its agency, and a suffix that is unique within it."""


SHELTER = re.compile(r"^ALB-[A-Z]{3}-[0-9]{2}$")
"""A shelter's code in the directory."""


class UnknownDeskError(ValueError):
    """A desk of an organisation that is no agency, as ``file:line``. No spelling of an authority is an agency."""


def agency_of(owner: str) -> str | None:
    """The agency that a key of the file names, itself or by one of its desks; ``None``: no agency."""
    named = DESK.fullmatch(owner)
    agency = named[1] if named else owner
    return agency if agency in set(Agency) else None


def is_shelter(owner: str) -> bool:
    """Whether a key of the file is a shelter's code."""
    return isinstance(owner, str) and SHELTER.fullmatch(owner) is not None


def refuse_unknown_desks(path: Path) -> None:
    """Checks that every desk of the file is an agency's, or a shelter.

    Raises:
        UnknownDeskError: one is not. Its text is not repeated: a typing error could put an address there.
    """
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise UnknownDeskError(f"{path}:1: not a list of desks by agency")
    for key, _ in root.value:
        if key.value == "people" or is_shelter(key.value):
            continue
        if not isinstance(key.value, str) or agency_of(key.value) is None:
            raise UnknownDeskError(f"{path}:{key.start_mark.line + 1}: not an agency of the programme")
