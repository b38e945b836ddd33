"""Describes lists that were taken out of the program."""

from collections.abc import Mapping

from events.contract import Event
from events.exports import BundleExported, ReferralsExported
from services.audit.prose.glossary import listed
from services.audit.prose.sentence import Describer, sentences
from services.chassis.locales import Translator


def _exported(event: ReferralsExported, say: Translator) -> str:
    narrowed = [
        *(say(f"state.{one}") for one in event.states),
        *(say(f"urgency.{one}") for one in event.urgencies),
        *(say(f"category.{one}") for one in event.categories),
        *([event.desk] if event.desk else []),
    ]
    return sentences(
        say.plural(
            "prose.referral.referrals_exported",
            event.rows,
            agency=event.agency,
            selection=say(f"export_selection.{event.selection}"),
            purpose=say(f"export_purpose.{event.purpose}"),
        ),
        say("prose.referral.referrals_exported.only", what=listed(narrowed, say)) if narrowed else None,
    )


def _bundle(event: BundleExported, say: Translator) -> str:
    return say.plural("prose.audit.bundle_exported", sum(one.size for one in event.sizes))


DESCRIBERS: Mapping[type[Event], Describer] = {ReferralsExported: _exported, BundleExported: _bundle}
