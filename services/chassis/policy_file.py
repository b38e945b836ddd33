"""Reads a policy file and remembers the line of everything in it, so that a fault can be pointed at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
Fault = tuple[Place, str]


class PolicyFaultsError(ValueError):
    """The policy cannot be used; every fault as ``file:line: what is wrong``."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What stands in the file, and where."""

    path: Path
    data: Any
    lines: Mapping[Place, int]

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Does nothing if there is no fault.

        Raises:
            PolicyFaultsError: there is one, or several; all are told.
        """
        told = sorted({(self._line(place), message) for place, message in faults})
        if told:
            raise PolicyFaultsError([f"{self.path}:{line}: {message}" for line, message in told])

    def _line(self, place: Place) -> int:
        """The line of the deepest part of the place that the file has; a model's own steps are skipped."""
        found: Place = ()
        for step in place:
            if (*found, step) in self.lines:
                found = (*found, step)
        return self.lines[found]


def read(path: Path) -> PolicyFile:
    """Reads YAML that is plain JSON in another dress: no key twice, no merging, no tags.

    Raises:
        PolicyFaultsError: it is not that.
    """
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyFaultsError([f"{path}:{line}: no es YAML válido · not valid YAML: {error.problem}"]) from None
    if root is None:
        raise PolicyFaultsError([f"{path}:1: el archivo está vacío · the file is empty"])
    lines: dict[Place, int] = {(): root.start_mark.line + 1}
    faults: list[Fault] = []
    data = _plain(root, (), loader, lines, faults)
    file = PolicyFile(path, data, lines)
    file.refuse(faults)
    return file


def _plain(node: yaml.Node, place: Place, loader: yaml.SafeLoader, lines: dict[Place, int], faults: list[Fault]) -> Any:
    if isinstance(node, yaml.SequenceNode):
        for at, member in enumerate(node.value):
            lines[(*place, at)] = member.start_mark.line + 1
        return [_plain(member, (*place, at), loader, lines, faults) for at, member in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            name, there = str(key.value), (*place, str(key.value))
            lines[there] = key.start_mark.line + 1
            if name in mapping:
                faults.append((there, f"{name} está dos veces · {name} stands here twice"))
            mapping[name] = _plain(value, there, loader, lines, faults)
        return mapping
    return loader.construct_object(node)
