"""One check of a service's health: what was looked at, how old the oldest of it is, and how old it may be. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of one check. It names services, loops and channels, never a case, a person or contents."""

    code: str
    """Stable; its words are ``health.CODE`` in the catalogue."""
    ok: bool
    seconds: float | None = None
    """Age of the oldest thing of this kind; ``None``: there is none, or it is unknown."""
    limit: float | None = None
    """Age from which the check fails."""
    count: int | None = None
    about: str | None = None
    """The service, loop or channel."""


def aged(code: str, seconds: float | None, limit: float, about: str | None = None) -> Check:
    """A check of the oldest thing of a kind; it holds while there is none, or none older than the limit."""
    age = None if seconds is None else max(0.0, seconds)
    return Check(code=code, ok=age is None or age <= limit, seconds=age, limit=limit, about=about)


def recent(code: str, seconds: float | None, limit: float, about: str | None = None) -> Check:
    """A check of the last sign of something; it holds while there was one within the limit."""
    age = None if seconds is None else max(0.0, seconds)
    ok = age is not None and age <= limit
    return Check(code=code, ok=ok, seconds=age, limit=limit, about=about)
