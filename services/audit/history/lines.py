"""A case's history, and security acts, as lines for a terminal."""

from datetime import datetime
from textwrap import wrap
from typing import Any

from services.chassis.clock import MEXICO
from services.chassis.locales import SPANISH, catalogue

PIPE_WIDTH = 160
"""Characters a line where no terminal says how many it has."""


def history_lines(answer: dict[str, Any], language: str = SPANISH, width: int = PIPE_WIDTH) -> list[str]:
    """A history as lines of prose, each with its time in Mexico and the log it was read from."""
    title = "Caso" if language == SPANISH else "Case"
    nothing = "Nada se había registrado entonces." if language == SPANISH else "Nothing had been recorded then."
    lines, say = [f"{title} {answer['case_id']}"], catalogue("services.audit")(language)
    for entry in answer["entries"]:
        head = f"  {local_time(entry['recorded_at'], seconds=True)}  {say('log.' + entry['log']):<13} "
        lines += wrap(head + entry[language], width, subsequent_indent=" " * len(head))
    return lines if answer["entries"] else [*lines, f"  {nothing}"]


def security_lines(answer: dict[str, Any], language: str = SPANISH, width: int = PIPE_WIDTH) -> list[str]:
    """Security acts as lines of prose, oldest first, each with its time in Mexico and who did it."""
    lines = []
    for entry in reversed(answer["items"]):
        head = f"  {local_time(entry['occurred_at'], seconds=True)}  {entry['actor']:<32} "
        lines += wrap(head + entry[language], width, subsequent_indent=" " * len(head))
    return lines or ["  " + ("Nada se ha registrado." if language == SPANISH else "Nothing has been recorded.")]


def local_time(moment: str, *, seconds: bool = False) -> str:
    """A moment in Mexico's time, for people."""
    form = "%d/%m/%Y %H:%M:%S" if seconds else "%d/%m/%Y %H:%M"
    try:
        return datetime.fromisoformat(moment).astimezone(MEXICO).strftime(form)
    except OverflowError:  # stored before moments had limits: at an end of the calendar
        return moment
