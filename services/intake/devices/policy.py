"""How long a code and a reception key last, and how often either may be tried. Pure.

**Who guesses a code.** It has eight of thirty characters (39 bits), lives a quarter of an hour, and is taken only from
somebody who is signed in at the shelter that it is for, ``CODES_TRIED`` times in that time.

**Who knocks without an account.** A record is taken from anybody who brings one that an enrolled telephone signed. What
is not so signed is counted by the place that it comes from; what a telephone signed and nobody can use is counted by
the telephone. Only failures count and only failures are refused by it: what is signed and whole is taken from a place
and from a telephone whatever else came from there.
"""

from datetime import timedelta

from services.chassis.limits import Limit

CODE_LIFETIME = timedelta(minutes=15)
"""How long a one-time code to enrol a telephone is valid."""
CODES_TRIED, CODE_WINDOW = 10, timedelta(minutes=15)
"""Codes that the staff of one shelter may try in a time."""

RENEWED_AFTER = timedelta(days=30)
"""How long records are sealed to one reception key."""
KEPT_AFTERWARDS = timedelta(days=90)
"""How long a replaced reception key still opens what was sealed to it on a telephone without a network."""

UNSIGNED_AT_A_PLACE, UNUSABLE_OF_A_DEVICE = 300, 120
"""In ``FAILURE_WINDOW``. Nobody guesses a signature: this only keeps a flood out of the log of failures."""
FAILURE_WINDOW = timedelta(minutes=15)
LONGEST_WINDOW = max(CODE_WINDOW, FAILURE_WINDOW)

MAX_RECORD_BYTES = 64 * 1024
"""The largest record with its envelope."""
MAX_IMPORT_BYTES = 2 * 1024 * 1024
MAX_RECORDS, MAX_IDS = 200, 200
"""The records of one import, and the ids of one question."""
SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is known when a telephone was last heard."""


def limits_of_codes(shelter: str) -> list[Limit]:
    """The limits of an attempt to enrol."""
    return [Limit("device code", shelter, CODES_TRIED, CODE_WINDOW)]


def limits_of_a_place(place: str) -> list[Limit]:
    """The limits of what no enrolled telephone signed."""
    return [Limit("device place", place, UNSIGNED_AT_A_PLACE, FAILURE_WINDOW)]


def limits_of_a_device(device: str) -> list[Limit]:
    """The limits of what a telephone signed and nobody can use."""
    return [Limit("device", device, UNUSABLE_OF_A_DEVICE, FAILURE_WINDOW)]
