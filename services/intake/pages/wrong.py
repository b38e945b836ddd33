"""What is wrong with a form, at the answer that it is about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrong:
    """A fault. ``name``: of the answer's field; ``label``: what the answer is called."""

    name: str
    label: str
    words: str
