"""Reads, validates and hashes a policy, with the line of every value, so that faults can name it.

A policy is a YAML text with a name: a file, or an adopted version of one.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
Fault = tuple[Location, str]

MAX_DEPTH = 40
"""The maximum nesting; the programme's own rules need a third of it."""
TOO_DEEP = "anidado a demasiada profundidad · nested too deeply"
NO_VALUE = "no es texto, número ni verdadero o falso · not a text, a number or a truth value"
NO_NAME = "(not a name)"


class PolicyFaultsError(ValueError):
    """The policy cannot be used; ``faults`` has one line ``file:line: what is wrong`` for each fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The data of a policy, and the line of each value by its path."""

    path: Path
    data: Any
    lines: Mapping[Location, int]

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raises all the faults as one error; does nothing without any.

        Raises:
            PolicyFaultsError: there is a fault.
        """
        found = sorted({(self._line(place), message) for place, message in faults})
        if found:
            raise PolicyFaultsError([f"{self.path}:{line}: {message}" for line, message in found])

    def validated(self, model: type[Model], faults: Callable[[Model], Iterable[Fault]] = lambda _: ()) -> Model:
        """The policy as its model. ``faults`` checks the meaning of a policy whose shape is right.

        Raises:
            PolicyFaultsError: every fault of the shape, or else every fault of the meaning.
        """
        try:
            policy = model.model_validate(self.data)
        except ValidationError as error:
            self.refuse(_of_shape(error))
            raise
        self.refuse(faults(policy))
        return policy

    @property
    def content_hash(self) -> str:
        """Twelve hex digits of the SHA-256 of the policy's data; comments and layout do not change it."""
        canonical = json.dumps(self.data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def _line(self, place: Location) -> int:
        """The line of the deepest part of the place that exists in the file; a model's own steps are skipped."""
        found: Location = ()
        for step in place:
            if (*found, step) in self.lines:
                found = (*found, step)
        return self.lines[found]


def read(path: Path) -> PolicyFile:
    """Reads the policy in a file.

    Raises:
        OSError: the file cannot be read.
        PolicyFaultsError: see ``parse``.
    """
    return parse(path.read_bytes(), path)


def parse(text: bytes, name: Path) -> PolicyFile:
    """Parses YAML that JSON could also express: no duplicate keys, merges, tags, aliases or deep nesting.

    Raises:
        PolicyFaultsError: the text is not such YAML.
    """
    file = _parsed(name, text)
    return replace(file, data=deepcopy(file.data))


def _of_shape(error: ValidationError) -> Iterable[Fault]:
    for fault in error.errors(include_url=False, include_input=False):
        place = tuple(step for step in fault["loc"] if step != "[key]")
        yield place, f"{place[-1] if place else 'policy'}: {fault['msg']}"


@lru_cache(maxsize=32)
def _parsed(path: Path, raw: bytes) -> PolicyFile:
    """Parses each content once: the services of a process read the same files, and YAML dominates the start time."""
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
    """The file as a YAML node tree.

    Raises:
        PolicyFaultsError: the one fault that made it unreadable.
    """
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
    """Turns the node tree into plain data and collects lines and faults. Aliases are refused: a value has one line."""

    loader: yaml.SafeLoader
    lines: dict[Location, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def plain(self, node: yaml.Node, place: Location) -> Any:
        """The data of a node; ``None`` for a faulty one, since the file is refused anyway."""
        if len(place) > MAX_DEPTH:
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

    def _member(self, node: yaml.Node, place: Location) -> Any:
        self.lines[place] = node.start_mark.line + 1
        return self.plain(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Location) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else NO_NAME
            there = (*place, name)
            self.lines[there] = key.start_mark.line + 1
            if name in mapping:
                self._fault(there, f"{name} está dos veces · {name} stands here twice")
            mapping[name] = self.plain(value, there)
        return mapping

    def _fault(self, place: Location, problem: str) -> None:
        self.faults.append((place, problem))
