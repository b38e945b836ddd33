"""How often slip and word may be tried, and what guessing would need. Pure.

**Who guesses.** A code has 53 random bits: nobody guesses one. Whoever saw a slip (a photograph, the shelter before)
knows its code and guesses the word. A word of everyday speech that somebody chose has some 12 bits (one of the 5,000
that people use), one of four letters 10 (NIST SP 800-63-2, appendix A).

**What guessing gets.** Without an account, for one code: ``OPEN_A_DAY`` guesses a day, which a single place cannot use
up (``AT_A_PLACE_A_DAY``), then ``RESERVED_A_DAY`` that are kept for places that have not tried this code today, a few
for each. Together 480 a day, as many as five in a quarter of an hour: against 12 bits one chance in ten a day, from
some 140 networks of the attacker's own; from a single place 20 a day, one in 250. The shelter's coordinator hears of it
after ``WRONG_WORDS_OF_AN_ATTACK`` (``SlipCommands.authenticate``) and has the person choose another slip, after which
every guess was for nothing.

**What the person has.** Their place is another than the attacker's, so that slip and word open at once whatever the
attacker does, up to those 140 networks a day. Staff of the next shelter, who are signed in, are counted apart: no
attack on the public route touches a handover.
"""

from datetime import timedelta

from services.chassis.limits import Limit

ATTEMPT_WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)

MAX_ATTEMPTS_PER_PLACE = 20
"""In a quarter of an hour, from one place or by one shelter's staff, whatever the code."""
MAX_ATTEMPTS_PER_CODE = 5
"""In a quarter of an hour, with one code from one place or by one shelter's staff; whether or not the slip exists."""
AT_A_PLACE_A_DAY = 20
"""In a day, with one code from one place or by one shelter's staff."""
OPEN_A_DAY = 60
"""In a day, with one code from all places together."""
RESERVED_A_DAY = 420
"""In a day, with one code, by places that have hardly tried it, once the open ones are used up."""
RESERVED_AT_A_PLACE = 3
"""In a day, with one code from one place, out of the reserve: a slip of the finger may happen."""
WRONG_WORDS_OF_AN_ATTACK = 8
"""In a day, with the code of a slip that is in force: more than a person mistypes in one go."""


def limits_of_public(code: str, place: str) -> list[Limit]:
    """The limits of an attempt without an account, from the narrowest to the one that all places share."""
    here = f"{code}\x00{place}"
    reserve = (
        Limit("reserve at place", here, RESERVED_AT_A_PLACE, DAY),
        Limit("reserve", code, RESERVED_A_DAY, DAY),
    )
    return [*_limits("place", "code at place", place, here), Limit("code", code, OPEN_A_DAY, DAY, instead=reserve)]


def limits_of_staff(code: str, shelter: str) -> list[Limit]:
    """The limits of an attempt by a shelter's staff, who are counted by their shelter and never with the public."""
    return _limits("staff", "code by staff", shelter, f"{code}\x00{shelter}")


def attack(code: str) -> Limit:
    """The counter of wrong words with a code."""
    return Limit("wrong word", code, WRONG_WORDS_OF_AN_ATTACK, DAY)


def _limits(place: str, code: str, where: str, here: str) -> list[Limit]:
    return [
        Limit(place, where, MAX_ATTEMPTS_PER_PLACE, ATTEMPT_WINDOW),
        Limit(code, here, MAX_ATTEMPTS_PER_CODE, ATTEMPT_WINDOW),
        Limit(f"{code} a day", here, AT_A_PLACE_A_DAY, DAY),
    ]
