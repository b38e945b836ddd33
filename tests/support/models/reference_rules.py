"""Reads the policy's plain JSON straight from the head of ``policy/rules.yaml``, as somebody with a pencil would.

Slow and obvious: what the program makes of the same JSON is held against it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.referral.deadlines.calendar import working_days_after

Json = Any
Account = dict[str, Any]


def holds(condition: Json, answers: Json, case: Json) -> bool:  # noqa: PLR0911 - one for each kind of condition
    """``case`` has the day (``on``), the rules that fired (``fired``) and the policy's ``facts``."""
    match condition:
        case {"all": members}:
            return all(holds(one, answers, case) for one in members)
        case {"any": members}:
            return any(holds(one, answers, case) for one in members)
        case {"not": inner}:
            return not holds(inner, answers, case)
        case {"fact": name}:
            return holds(case["facts"][name], answers, case)
        case {"fired": codes}:
            return any(code in case["fired"] for code in codes)
        case {"only_fired": codes}:
            return all(code in codes for code in case["fired"])
        case {"some": name, "where": where}:
            return any(holds(where, element, case) for element in answers.get(name, []))
        case {"working_days_since": name, "at_least": days}:
            since = _answer(answers, name)
            return since not in {None, "unknown"} and working_days_after(date.fromisoformat(since), case["on"]) >= days
        case {"field": name, **question}:
            return bool(_answered(_answer(answers, name), question))
    raise AssertionError(condition)


def account(condition: Json, answers: Json, case: Json) -> Account:  # noqa: PLR0911 - likewise
    """The answers that made a condition what it is; of an element only kind and when."""
    match condition:
        case {"all": members} | {"any": members}:
            outcome = holds(condition, answers, case)
            return joined(account(one, answers, case) for one in members if holds(one, answers, case) is outcome)
        case {"not": inner}:
            return account(inner, answers, case)
        case {"fact": name}:
            return account(case["facts"][name], answers, case)
        case {"some": name, "where": where}:
            found = [one for one in answers.get(name, []) if holds(where, one, case)]
            return joined([{name: [{"kind": one.get("kind"), "when": one.get("when")}]} for one in found])
        case {"contains_any": codes, "field": name}:
            return joined({name: [one]} for one in answers.get(name, []) if one in codes)
        case {"field": name} | {"working_days_since": name}:
            given = _answer(answers, name)
            return joined({name: [one]} for one in given) if isinstance(given, list) else _said(name, given)
        case _:
            return {}


def joined(accounts: Any) -> Account:
    """Every answer once, in the order in which it was first told."""
    whole: Account = {}
    for one in accounts:
        for name, value in one.items():
            if not isinstance(value, list):
                whole[name] = value
                continue
            known = whole.setdefault(name, [])
            known += [member for member in value if member not in known]
    return whole


def ground(rule: Json, answers: Json, case: Json) -> tuple[str, Account, Account]:
    """A fired rule's urgency, the account of why it fired, and that of what raised it."""
    fired = joined(account(one, answers, case) for one in [rule["when"], *_whens(rule.get("suppressed", []))])
    for one in rule.get("raises", []):
        if holds(one["when"], answers, case):
            return one["to"], fired, account(one["when"], answers, case)
    return rule["urgency"], fired, {}


def led_to(rule: Json, child_rule: Json, answers: Json, case: Json) -> dict[str, Account]:
    """The agencies of a fired rule, each with what led to it beyond the rule itself."""
    found: dict[str, Account] = {rule["lead"]: {}}
    for also in rule.get("also", []):
        when = also.get("when", {"all": []})
        if holds(when, answers, case):
            found.setdefault(also["agency"], account(when, answers, case))
    if rule["code"] not in child_rule["except"] and holds(child_rule["when"], answers, case):
        found.setdefault(child_rule["to"], account(child_rule["when"], answers, case))
    return found


def _whens(parts: Json) -> list[Json]:
    return [one["when"] for one in parts]


def _answer(answers: Json, name: str) -> Any:
    head, _, part = name.partition(".")
    given = answers.get(head)
    return given.get(part) if part and isinstance(given, Mapping) else given


def _answered(given: Any, question: Json) -> Any:
    match question:
        case {"is": code}:
            return given == code
        case {"in": codes}:
            return given in codes
        case {"contains_any": codes}:
            return any(one in codes for one in given or ())
        case {"not_empty": _}:
            return bool(given)
        case {"count_at_least": number}:
            return len({*(given or ())}) >= number
    raise AssertionError(question)


def _said(name: str, given: Any) -> Account:
    return {} if given is None else {name: given}
