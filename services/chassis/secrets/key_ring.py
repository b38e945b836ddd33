"""The keys of one purpose: the present one makes, and what former ones made is read until they are dropped."""

from collections.abc import Callable, Sequence

KeyRing = Callable[[], Sequence[str]]
"""The keys in base64 as they are now, the present one first; none: the service has no such key."""


def ring_of(keys: KeyRing | str | None) -> KeyRing:
    """A ring, or that of one key that is never renewed."""
    if callable(keys):
        return keys
    one = () if keys is None else (keys,)
    return lambda: one
