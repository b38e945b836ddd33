"""``deploy/compose.yaml`` as the tests read it: checked as Compose does, with its shared parts filled in."""

from functools import cache
from typing import Any

import yaml
from compose_spec import PyCompose

from tests.support.system.proxying import DEPLOY

FILE = DEPLOY / "compose.yaml"


@cache
def compose() -> dict[str, Any]:
    """The file's content.

    Raises:
        ValueError: it is not what Compose takes.
    """
    read: dict[str, Any] = yaml.safe_load(FILE.read_text())
    merged = {name: part for name, part in read.items() if not name.startswith("x-")}
    PyCompose.from_yaml(yaml.safe_dump(merged, sort_keys=False)).validate()
    return merged


def mounts(service: str) -> dict[str, tuple[str, bool]]:
    """What is mounted into a container: its source and whether it may be written, by the place."""
    found = {}
    for written in compose()["services"][service].get("volumes", ()):
        source, place, *mode = written.split(":")
        found[place] = (source, mode != ["ro"])
    return found
