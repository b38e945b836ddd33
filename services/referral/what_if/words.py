"""The result of a replay in words, the same on the page and on the command line."""

from collections.abc import Iterable

from services.chassis.locales import Translator
from services.referral.what_if.schemas import ChangeGroup, Hidden, Load, MissedDeadlines, Number, Pair, ReplayResult

ASSUMED = ("people", "answers", "unknown", "onward", "desks", "first", "consent")
"""What a replay assumes: a sentence each, which page and command say (ADR 0044)."""

NAMED = 20
"""Cases that a report names; with ``--json`` there are all that the result names."""


def report(result: ReplayResult, say: Translator) -> list[str]:
    """The whole result, line by line."""
    named = result.named or ()
    return [
        *heading(result, say),
        "",
        say("what_if.groups"),
        *(f"  {number}. {group_in_words(one, say)}" for number, one in enumerate(result.groups, start=1)),
        f"  {say('what_if.others')}: {number_in_words(result.others, say)}",
        "",
        say("what_if.load"),
        *(f"  {load_in_words(one, say)}" for one in result.load),
        "",
        say("what_if.missed"),
        *(f"  {missed_in_words(one, say)}" for one in result.missed),
        *(["", say("what_if.named")] if named else []),
        *(f"  {one.case_id}  {one.group + 1}" for one in named[:NAMED]),
        *([f"  … {len(named)}"] if len(named) > NAMED else []),
        "",
        say("what_if.assumed"),
        *(f"  - {say(f'what_if.assumed.{key}')}" for key in ASSUMED),
    ]


def number_in_words(number: Number, say: Translator) -> str:
    """A number, or why it is not shown."""
    if number.value is not None:
        return str(number.value)
    return say("what_if.few" if number.hidden is Hidden.FEW else "what_if.close")


def pair_in_words(pair: Pair, say: Translator) -> str:
    """``12 → 30``."""
    return f"{number_in_words(pair.before, say)} → {number_in_words(pair.after, say)}"


def heading(result: ReplayResult, say: Translator) -> list[str]:
    """What was asked, of how many cases, and what could not be compared."""
    policies = [
        *([] if result.rule_set is None else [say("what_if.with_rules", name=result.rule_set)]),
        *([] if result.deadlines is None else [say("what_if.with_deadlines", name=result.deadlines)]),
    ]
    apart = (
        ("what_if.erased", result.erased),
        ("what_if.lost", result.lost),
        ("what_if.not_reproduced", result.not_reproduced),
        ("what_if.deadlines_differ", result.deadlines_differ),
    )
    return [
        say(
            "what_if.asked",
            first=f"{result.first_day:%d/%m/%Y}",
            last=f"{result.last_day:%d/%m/%Y}",
            policies="; ".join(policies),
        ),
        f"{say.plural('what_if.compared', result.compared)} {verdict(result, say)}",
        *(say.plural(key, number) for key, number in apart if number),
    ]


def verdict(result: ReplayResult, say: Translator) -> str:
    """The answer in a sentence."""
    if result.changed.value == 0:
        return say("what_if.nothing_changes")
    return say("what_if.changed", number=number_in_words(result.changed, say))


def group_in_words(group: ChangeGroup, say: Translator) -> str:
    """How many cases, and what would have been otherwise of them."""
    return f"{say.plural('what_if.cases', group.cases)}: {otherwise(group, say)}"


def otherwise(group: ChangeGroup, say: Translator) -> str:
    """What would have been otherwise of a group's cases."""
    parts = [
        *_list("what_if.agencies_gained", map(_agency, group.agencies_gained), say),
        *_list("what_if.agencies_lost", map(_agency, group.agencies_lost), say),
        *_list("what_if.categories_added", (say(f"category.{one}") for one in group.categories_added), say),
        *_list("what_if.categories_lost", (say(f"category.{one}") for one in group.categories_lost), say),
        *_urgency(group, say),
        *_list("what_if.sent_gained", map(_agency, group.sent_gained), say),
        *_list("what_if.sent_lost", map(_agency, group.sent_lost), say),
    ]
    return "; ".join(parts)


def load_in_words(one: Load, say: Translator) -> str:
    """An agency's referrals, and those of its fullest day."""
    return say(
        "what_if.load_line",
        agency=_agency(one.agency),
        sent=pair_in_words(one.sent, say),
        peak=pair_in_words(one.peak, say),
    )


def missed_in_words(one: MissedDeadlines, say: Translator) -> str:
    """An agency's missed deadlines of one kind."""
    line = f"{_agency(one.agency)}, {say(f'clock.{one.clock}')}: {pair_in_words(one.missed, say)}"
    return line if one.unknown.value == 0 else f"{line} ({unknown_in_words(one, say)})"


def unknown_in_words(one: MissedDeadlines, say: Translator) -> str:
    """Of how many referrals nobody knows."""
    return say("what_if.unknown", number=number_in_words(one.unknown, say))


def _list(key: str, names: Iterable[str], say: Translator) -> list[str]:
    found = list(names)
    return [say(key, what=", ".join(found))] if found else []


def _urgency(group: ChangeGroup, say: Translator) -> list[str]:
    if group.urgency_before is None and group.urgency_after is None:
        return []
    names = [
        say("what_if.no_referral") if one is None else say(f"urgency.{one}")
        for one in (group.urgency_before, group.urgency_after)
    ]
    return [say("what_if.urgency", before=names[0], after=names[1])]


def _agency(code: str) -> str:
    return code.replace("_", " ")
