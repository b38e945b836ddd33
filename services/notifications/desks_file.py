"""The firewall at the last door: whoever is no agency of the programme has no desk that could be alerted."""

from pathlib import Path

import yaml

from events.vocabulary import Agency


class UnknownDeskError(ValueError):
    """A desk of somebody who is no agency, as ``file:line``. An authority is none, however it is spelt."""


def refuse_unknown_desks(path: Path) -> None:
    """Does nothing if every desk of the file is an agency's.

    Raises:
        UnknownDeskError: one is not. What stands there is not repeated: a slip of the hand could be an address.
    """
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise UnknownDeskError(f"{path}:1: not a list of desks by agency")
    for key, _ in root.value:
        if key.value not in set(Agency):
            raise UnknownDeskError(f"{path}:{key.start_mark.line + 1}: not an agency of the programme")
