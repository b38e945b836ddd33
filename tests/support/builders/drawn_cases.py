"""Submissions drawn by a seed, thousands at a time: whatever a rule may ask for, dense and sparse, and close calls.

Drawn without Hypothesis, which takes a hundred times as long; what fails is found again by its seed and number.
"""

import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from events.vocabulary import Agency, CaseKind, RestrictedRecipient
from services.programme.directory_file import shelters
from services.referral.routing.fields import CODES, DATES, ELEMENTS, LISTS

Json = dict[str, Any]

SPARSE = 0.1
DENSITIES = (SPARSE, SPARSE, 0.3, 0.7)
"""How many of the optional answers a case has."""
CALM = {"danger_now": "no", "medical_now": "no", "fear_of_return": "no"}
"""Where nothing is urgent, what else was answered decides."""
OFFSETS = (-7, -6, -5, 0, 2)
"""Hours of a device's clock beside UTC; Mexico City was at -6 and, in summers until 2022, at -5."""
KINDS = (*[CaseKind.PERSON] * 12, CaseKind.COMMUNITY_INCIDENT, CaseKind.SHELTER_THREAT)
COUNTRIES = ("HND", "GTM", "stateless", "unknown")
_SHELTERS = sorted(shelters())


def drawn_cases(seed: int, count: int, years: tuple[int, int]) -> list[Json]:
    """So many submissions, of visits in these years, the first and the last included."""
    draw = random.Random(seed)
    return [_case(draw, years) for _ in range(count)]


def _case(draw: random.Random, years: tuple[int, int]) -> Json:
    visit = _visit(draw, years)
    kind = draw.choice(KINDS)
    submission = str(UUID(int=draw.getrandbits(128), version=4))
    document: Json = {
        "submission_id": submission.upper() if draw.random() < 0.1 else submission,
        "shelter": draw.choice(_SHELTERS),
        "worker": "w-009",
        "occurred_at": visit.isoformat(),
        "screening": _answers(draw, visit) if kind is CaseKind.PERSON else {"danger_now": draw.choice(["yes", "no"])},
    }
    if kind is not CaseKind.PERSON or draw.random() < 0.5:
        document["kind"] = kind.value
    if kind is CaseKind.PERSON and draw.random() < 0.6:
        document["best_interests"] = {"assent": draw.choice(["yes", "no", "not_applicable"])}
    if draw.random() < 0.2:
        document["withhold_from"] = [str(draw.choice([*Agency, *RestrictedRecipient]))]
    return document


def _answers(draw: random.Random, visit: datetime) -> Json:
    density = draw.choice(DENSITIES)

    def asked() -> bool:
        return draw.random() < density

    answers: Json = {name: draw.choice(codes) for name, codes in CODES.items() if "." not in name and asked()}
    if density == SPARSE:
        answers |= CALM
    answers["age_band"] = draw.choice(CODES["age_band"])
    if draw.random() < 0.4:
        answers["accompaniment"] = "parent_or_guardian"
    if "country_origin" in answers:
        answers["country_origin"] = draw.choice(COUNTRIES)
    if asked():
        parts = {name.partition(".")[2]: codes for name, codes in CODES.items() if name.startswith("pregnancy.")}
        answers["pregnancy"] = {name: draw.choice(codes) for name, codes in parts.items() if draw.random() < 0.7}
    for name, codes in LISTS.items():
        if asked() or (name == "needs" and draw.random() < 0.5):
            answers[name] = draw.choices(codes, k=draw.randrange(4))
    if asked():
        answers["harm_events"] = [_harm(draw) for _ in range(draw.randrange(3))]
    if asked() or asked():
        answers[DATES[0]] = _entry(draw, visit)
    return answers | (_only_the_days_decide(draw, visit, answers) if draw.random() < 0.1 else {})


def _only_the_days_decide(draw: random.Random, visit: datetime, answers: Json) -> Json:
    """A fear of return whose urgency depends on the working days since the entry, and on nothing else."""
    for name in ("perpetrator_nearby", "removal_risk", "protection_status"):
        answers.pop(name, None)
    return {"danger_now": "no", "fear_of_return": "yes", DATES[0]: _entry(draw, visit)}


def _harm(draw: random.Random) -> Json:
    codes = ELEMENTS["harm_events"]
    known = {part: draw.choice(codes[part]) for part in ("kind", "when")}
    if draw.random() < 0.7:
        known["perpetrator"] = draw.choice(codes["perpetrator"])
    return known | ({"where": "MX-CHP"} if draw.random() < 0.3 else {})


def _entry(draw: random.Random, visit: datetime) -> str:
    """Mostly about as long ago as 25 working days are, with a holiday between them or not."""
    if draw.random() < 0.1:
        return "unknown"
    ago = draw.choice([draw.randint(33, 40), draw.randint(30, 45), draw.randint(-2, 90), draw.randint(300, 2000)])
    return (visit.date() - timedelta(days=ago)).isoformat()


def _visit(draw: random.Random, years: tuple[int, int]) -> datetime:
    """Half of them within an hour of midnight in Mexico City, when the day depends on whose clock one reads."""
    first, last = (datetime(year, 1, 1, 6, tzinfo=UTC) for year in (years[0], years[1] + 1))
    at = first + timedelta(days=draw.randrange((last - first).days))
    at += timedelta(minutes=draw.randint(-60, 60) if draw.random() < 0.5 else draw.randrange(24 * 60))
    return at.astimezone(timezone(timedelta(hours=draw.choice(OFFSETS))))
