"""Rule sets nobody has thought of: every policy that the rule language can say, and files made to get past it."""

import json
import unicodedata
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from events.vocabulary import Agency, CaseKind, RestrictedRecipient, RiskCategory, Urgency
from services.programme.policy_file import Location
from services.referral.routing.fields import CODES, DATES, ELEMENTS, LISTS

Json = dict[str, Any]

AGENCIES = st.sampled_from([agency.value for agency in Agency])
CATEGORIES = st.sampled_from([category.value for category in RiskCategory])
ANSWERS = {
    field: st.sampled_from(codes) for field, codes in CODES.items() if "." not in field and field != "country_origin"
}


def _asked(fields: dict[str, Any]) -> st.SearchStrategy[Json]:
    """A question about one answer that is a code."""
    return st.sampled_from(sorted(fields)).flatmap(
        lambda name: st.one_of(
            st.sampled_from(fields[name]).map(lambda code: {"field": name, "is": code}),
            st.lists(st.sampled_from(fields[name]), min_size=1, max_size=3).map(
                lambda codes: {"field": name, "in": codes}
            ),
        )
    )


_LISTED = st.sampled_from(sorted(LISTS)).flatmap(
    lambda name: st.one_of(
        st.just({"field": name, "not_empty": True}),
        st.integers(1, 3).map(lambda count: {"field": name, "count_at_least": count}),
        st.lists(st.sampled_from(LISTS[name]), min_size=1, max_size=3).map(
            lambda codes: {"field": name, "contains_any": codes}
        ),
    )
)
_ELEMENT = _asked(dict(ELEMENTS["harm_events"])).map(lambda where: {"some": "harm_events", "where": where})
_DATE = st.integers(1, 60).map(lambda days: {"working_days_since": DATES[0], "at_least": days})


def conditions(*more: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Any condition there is, composed of single ones and of those in ``more``."""
    return st.recursive(
        st.one_of(st.just({"all": []}), _asked(dict(CODES)), _LISTED, _ELEMENT, _DATE, *more),
        lambda inner: st.one_of(
            inner.map(lambda one: {"not": one}),
            st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
            st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        ),
        max_leaves=4,
    )


WHEN = conditions(st.sampled_from([{"fact": "child"}, {"fact": "danger"}]))


@st.composite
def _rule(draw: st.DrawFn, code: str) -> Json:
    urgency = draw(st.sampled_from(list(Urgency)))
    raised = st.sampled_from([one.value for one in Urgency if one < urgency] or [""])
    raises = draw(st.lists(st.builds(lambda to, when: {"to": to, "when": when}, raised, WHEN), max_size=1))
    also = draw(st.lists(st.builds(lambda agency, when: {"agency": agency, "when": when}, AGENCIES, WHEN), max_size=2))
    return {
        "code": code,
        "es": "una regla",
        "en": "a rule",
        "kinds": draw(st.lists(st.sampled_from([kind.value for kind in CaseKind]), min_size=1, max_size=3)),
        "when": draw(WHEN),
        "lead": draw(AGENCIES),
        "leads_case": draw(st.booleans()),
        "also": also,
        "urgency": urgency.value,
        "raises": [one for one in raises if one["to"]],
    }


@st.composite
def rule_sets(draw: st.DrawFn) -> Json:
    """A policy with a rule for every category, each leading wherever a rule can lead. The rest is drawn too."""
    told = {"always": ["age_band", "shelter"], "of_a_harm_event": ["kind", "when"]}
    drawn = draw(st.lists(CATEGORIES, min_size=1, max_size=3, unique=True))
    plain = {"es": "una regla", "en": "a rule", "kinds": ["person"], "urgency": "U2"}
    others = {**plain, "when": draw(_LISTED), "lead": draw(AGENCIES)}
    rules = [draw(_rule(code)) if code in drawn else {"code": code.value, **others} for code in RiskCategory]
    return {
        "version": "2013.9",
        "facts": {"child": draw(conditions()), "danger": draw(conditions())},
        "discloses": told,
        "reports": {one: {**told, "always": ["shelter"]} for one in draw(st.lists(AGENCIES, max_size=2, unique=True))},
        "restricted": draw(st.lists(CATEGORIES, max_size=3, unique=True)),
        "child_rule": {"when": draw(WHEN), "to": draw(AGENCIES), "except": draw(st.lists(CATEGORIES, max_size=3))},
        "rules": rules,
    }


def _look_alikes(code: str) -> list[str]:
    """The name, and what a hurried or a hostile editor would write to the same effect."""
    fullwidth = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    greek_or_cyrillic = code.translate(str.maketrans("AICONMST", "АІСОΝМЅТ"))
    return [
        code, code.lower(), code.title(), f" {code}", f"{code} ", f"{code}\u00a0", f"{code}\u200b", f"\ufeff{code}",
        f"{code}\x00", ".".join(code), f"{code[0]}\u0301{code[1:]}", unicodedata.normalize("NFD", f"{code}Í"),
        fullwidth, greek_or_cyrillic, f"OIM,{code}", f"OIM\n{code}", f"Agency.{code}", f"RestrictedRecipient.{code}",
    ]  # fmt: skip


RESTRICTED_NAMES = [name for one in RestrictedRecipient for name in _look_alikes(one.value)]


def destinations(policy: Json) -> list[Location]:
    """Every place of a policy that says where a case leads."""
    found: list[Location] = [("child_rule", "to")]
    for at, rule in enumerate(policy["rules"]):
        found.append(("rules", at, "lead"))
        found += [("rules", at, "also", number, "agency") for number in range(len(rule.get("also", [])))]
    return found


def places(value: Any, place: Location = ()) -> list[Location]:
    """Every place there is, the whole included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(one for key, each in inner for one in places(each, (*place, key)))]


def planted(value: Any, place: Location, what: Any) -> Any:
    """The same with something else in one place."""
    if not place:
        return what
    if isinstance(value, dict):
        return {key: planted(each, place[1:], what) if key == place[0] else each for key, each in value.items()}
    return [planted(each, place[1:], what) if at == place[0] else each for at, each in enumerate(value)]


def written(policy: Any, path: Path) -> Path:
    """As a file: each rule in a line of its own, for JSON is YAML too."""
    if not isinstance(policy, dict) or not isinstance(policy.get("rules"), list):
        path.write_text(json.dumps(policy), encoding="utf-8")
        return path
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in policy.items() if key != "rules"]
    lines += ["rules:", *(f"  - {json.dumps(rule)}" for rule in policy["rules"])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def line_of(place: Location, path: Path) -> int:
    """Where a place of such a file stands."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if place[0] == "rules":
        return lines.index("rules:") + 2 + int(place[1])
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(f'"{place[0]}"'))
