"""A question that a person at a terminal answers, in Spanish or in English."""

import sys

import typer

YES = frozenset({"s", "si", "sí", "y", "yes"})


def agreed(question: str) -> bool:
    """Whether a person at this terminal agrees; without a terminal nobody does."""
    return sys.stdin.isatty() and is_yes(typer.prompt(f"{question} [s/N]", default="", show_default=False, err=True))


def is_yes(answer: str) -> bool:
    """Whether an answer is a yes; anything else is a no."""
    return answer.strip().casefold() in YES
