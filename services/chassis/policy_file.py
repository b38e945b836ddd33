"""Reads a policy file and remembers the line of everything in it, so that a fault can be pointed at."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
Fault = tuple[Place, str]

DEEPEST = 40
"""Steps from the file's beginning; the programme's own rules take a third of it."""
TOO_DEEP = "anidado a demasiada profundidad · nested too deeply"
NO_CHARACTER = "un carácter que ningún texto tiene · a character that no text has"
NO_VALUE = "no es texto, número ni verdadero o falso · not a text, a number or a truth value"
NO_NAME = "(not a name)"


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
    """Reads YAML that is plain JSON in another dress: no key twice, no merging, no tags, no aliases, not deep.

    Raises:
        PolicyFaultsError: it is not that.
    """
    file = _read(path, path.read_bytes())
    return replace(file, data=deepcopy(file.data))


@lru_cache(maxsize=32)
def _read(path: Path, raw: bytes) -> PolicyFile:
    """Once for each content: services of one process read the same files, and YAML takes most of a start's time."""
    loader, root = _composed(path, raw)
    if root is None:
        raise PolicyFaultsError([f"{path}:1: el archivo está vacío · the file is empty"])
    reading = _Reading(loader)
    lines = reading.lines
    lines[()] = root.start_mark.line + 1
    file = PolicyFile(path, reading.plain(root, ()), lines)
    file.refuse(reading.faults)
    return file


def _composed(path: Path, raw: bytes) -> tuple[yaml.SafeLoader, yaml.Node | None]:
    """The file as YAML's own tree, or the one fault that kept it from being one."""
    loader: yaml.SafeLoader | None = None
    try:
        text = raw.decode()
        loader = yaml.SafeLoader(text)
        return loader, loader.get_single_node()
    except UnicodeDecodeError as error:
        line, problem = raw[: error.start].count(b"\n") + 1, "no es UTF-8 · not UTF-8"
    except yaml.reader.ReaderError as error:
        line, problem = (
            text[: error.position].count("\n") + 1,
            "un carácter que ningún texto tiene · a character that no text has",
        )
    except yaml.MarkedYAMLError as error:
        line, problem = (
            error.problem_mark.line + 1 if error.problem_mark else 1,
            f"no es YAML válido · not valid YAML: {error.problem}",
        )
    except RecursionError:
        line, problem = loader.get_mark().line + 1 if loader else 1, TOO_DEEP
    raise PolicyFaultsError([f"{path}:{line}: {problem}"])


@dataclass(slots=True)
class _Reading:
    """Turns the tree into plain data, noting lines and faults. An alias would let one place speak for another."""

    loader: yaml.SafeLoader
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def plain(self, node: yaml.Node, place: Place) -> Any:
        """The data of a node. What is at fault stands as nothing: the file is refused anyway."""
        if len(place) > DEEPEST:
            return self._fault(place, TOO_DEEP)
        if id(node) in self.seen:
            return self._fault(place, "aquí no puede ir un alias · an alias cannot stand here")
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self._member(member, (*place, at)) for at, member in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        try:
            return self.loader.construct_object(node)
        except (yaml.MarkedYAMLError, ValueError):
            return self._fault(place, NO_VALUE)

    def _member(self, node: yaml.Node, place: Place) -> Any:
        self.lines[place] = node.start_mark.line + 1
        return self.plain(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else NO_NAME
            there = (*place, name)
            self.lines[there] = key.start_mark.line + 1
            if name in mapping:
                self._fault(there, f"{name} está dos veces · {name} stands here twice")
            mapping[name] = self.plain(value, there)
        return mapping

    def _fault(self, place: Place, problem: str) -> None:
        self.faults.append((place, problem))
