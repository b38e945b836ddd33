"""Who did something and who was told, in words: roles, organisations and the codes of people, never a name."""

import re
from collections.abc import Mapping

from events.vocabulary import Agency, Duty, Role
from services.audit.prose.glossary import reader_in_words
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.locales import Translator

ABOVE_ALL = frozenset({Duty.COORDINATOR, Duty.STEERING, Duty.OPERATOR})
"""Duties of the programme, whichever organisation lists the contact."""
WRITTEN_DOWN = ABOVE_ALL | {Duty.DESK, Duty.ON_CALL, Duty.SUPERVISOR, Duty.SHELTER, Duty.SHELTER_COORDINATOR}
"""Duties that the file of contacts can give a contact."""
PROGRAMS = {"installation": "who.installation", "cli": "who.command_line"}
"""Labels of actors that are no person's code, but the program's own, and their words."""
PERSON = re.compile(r"p-[0-9]{3,}")
_MAILBOX = re.compile(r"(?P<owner>[A-Z0-9_-]+)(?:/(?P<duty>[a-z_]+))?/(?:[a-z]+/)?(?P<number>[0-9]+)")


def actor_in_words(actor: str, say: Translator) -> str:
    """The actor of a fact: «p-013, mesa de guardia, ACNUR»; a service is «el sistema»."""
    role, _, rest = actor.partition(":")
    org, _, label = rest.partition(":")
    if role not in set(Role):
        return say("who.system")
    place = "" if org == EVERYWHERE else org.replace("_", " ")
    label = say(PROGRAMS[label]) if label in PROGRAMS else label
    return ", ".join(part for part in (label, say(f"role.{role}"), place) if part)


def person_of(actor: str) -> str:
    """The label of an actor: the code of the person, as a rule; of a service nothing."""
    return actor.partition(":")[2].partition(":")[2]


def organisation_of(actor: str) -> str:
    """The organisation of an actor; of a service nothing."""
    return actor.partition(":")[2].partition(":")[0]


def contact_in_words(contact: str, say: Translator) -> str:
    """A contact of the staff by its code: «p-013», or «contacto 1 de la mesa de guardia de OIM»."""
    form = _MAILBOX.fullmatch(contact)
    if form is None:
        return contact if PERSON.fullmatch(contact) else say("who.contact")
    duty = duty_of(contact)
    known = duty if duty in WRITTEN_DOWN else Duty.DESK
    return say(f"contact.{known}", owner=form["owner"], number=form["number"])


def duty_of(contact: str) -> Duty | None:
    """The duty that a mailbox's code tells; ``None``: a person's code, which tells none."""
    form = _MAILBOX.fullmatch(contact)
    if form is None:
        return None
    known: Mapping[str, Duty] = {duty.value: duty for duty in Duty}
    if form["duty"] in known:
        return known[form["duty"]]
    return Duty.SHELTER if form["owner"].startswith("ALB-") else Duty.DESK


def organisation_in_words(org: str, say: Translator) -> str:
    """An organisation: an agency by its name, a shelter by its code, or the programme's coordination."""
    if org == EVERYWHERE:
        return reader_in_words(org, say)
    if org == Agency.PEAS:
        return say("who.peas")
    return org.replace("_", " ") if org in set(Agency) else say("who.shelter", shelter=org)
