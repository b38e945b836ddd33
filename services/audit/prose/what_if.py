"""Describes that a period was decided again by other rules."""

from collections.abc import Mapping

from events.contract import Event
from events.what_if import RulesReplayed
from services.audit.prose.glossary import listed
from services.audit.prose.sentence import Describer, sentences
from services.chassis.locales import Translator


def _replayed(event: RulesReplayed, say: Translator) -> str:
    policies = [
        *([] if event.rule_set is None else [say("prose.referral.rules_replayed.rules", name=event.rule_set)]),
        *([] if event.deadlines is None else [say("prose.referral.rules_replayed.deadlines", name=event.deadlines)]),
    ]
    return sentences(
        say.plural(
            "prose.referral.rules_replayed",
            event.cases,
            first=f"{event.first_day:%d/%m/%Y}",
            last=f"{event.last_day:%d/%m/%Y}",
            policies=listed(policies, say),
        ),
        say("prose.referral.rules_replayed.named") if event.names_cases else None,
    )


DESCRIBERS: Mapping[type[Event], Describer] = {RulesReplayed: _replayed}
