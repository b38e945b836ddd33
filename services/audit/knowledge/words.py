"""Words for codes of what is known, the same on pages and in a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.audit.knowledge.domain import AUDITORS, Attempt, Reading, Told
from services.audit.prose.glossary import fields_in_words, listed
from services.audit.prose.people import actor_in_words, contact_in_words, organisation_in_words
from services.chassis.ids import short_code
from services.chassis.locales import Translator

OF_IDENTITY = "identity"
AUDIT = "audit"
SHOWN = "shown"
WHOLE = {"all": "other.all_fields", "own": "other.own_fields"}
WITHOUT_FIELDS = {"refusal": "reading.refusal", SHOWN: "reading.shown", AUDIT: "reading.audit"}
"""Kinds of reading that name no fields."""


@dataclass(frozen=True, slots=True)
class Said:
    """Words for codes of what is known, in the viewer's language."""

    say: Translator

    def organisation(self, code: str) -> str:
        """An organisation, or whoever audits."""
        return self.say("who.auditors") if code == AUDITORS else organisation_in_words(code, self.say)

    def contact(self, attempt: Attempt) -> str:
        """Whom an attempt went to."""
        return contact_in_words(attempt.contact, self.say)

    def channel(self, attempt: Attempt) -> str:
        """By which channel."""
        return self.say.first(f"channel.{attempt.channel}", "other.channel")

    def actor(self, reading: Reading) -> str:
        """Who read."""
        return actor_in_words(reading.actor, self.say)

    def told_by(self, told: Told) -> str:
        """Who told the person."""
        return actor_in_words(told.actor, self.say)

    def named(self, told: Told) -> str:
        """The organisations that were named to the person."""
        return listed([self.organisation(one) for one in told.organisations], self.say)

    def purpose(self, reading: Reading) -> str:
        """What for, or by which view; of an exceptional access also on what ground."""
        return self.purpose_of(reading.what, reading.purpose, reading.override, reading.view)

    def purpose_of(self, what: str, purpose: str | None, override: str | None, view: str | None) -> str:
        """The same, from codes."""
        if view is not None:
            return self.say(f"audit_view.{view}" if what == AUDIT else f"shown_view.{view}")
        if purpose is None:
            return self.say("reading.no_purpose")
        if what == OF_IDENTITY:
            return self.say(f"identity_purpose.{purpose}")
        said = self.say(f"read_for.{purpose}")
        return said if override is None else f"{said}: {self.say(f'override.{override}')}"

    def fields(self, names: Sequence[str], *, what: str = "") -> str:
        """Names of answers, of texts, or of parts of an identity."""
        if what in WITHOUT_FIELDS:
            return self.say(WITHOUT_FIELDS[what])
        if not names:
            return self.say("reading.nothing")
        if what == OF_IDENTITY:
            said = [self.say.first(f"identity_field.{name}", "other.field") for name in names]
            return ", ".join(dict.fromkeys(said))
        if len(names) == 1 and names[0] in WHOLE:
            return self.say(WHOLE[names[0]])
        return fields_in_words(names, self.say)

    def code(self, referral: UUID | None) -> str:
        """The four characters by which a referral is named."""
        return "" if referral is None else short_code(referral)
