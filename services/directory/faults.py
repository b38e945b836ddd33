"""Faults of a directory whose shape is valid: missing desks, states without a desk, wrong people."""

from collections.abc import Iterator

from events.vocabulary import Agency, RestrictedRecipient, Role
from services.directory.model import Directory, DutyDesk
from services.programme.policy_file import Fault

IN_AGENCY = {Role.OFFICER, Role.SUPERVISOR}
MIN_PHONE_DIGITS = 7
IN_SHELTER = {Role.SHELTER_WORKER, Role.SHELTER_COORDINATOR}


def directory_faults(directory: Directory) -> Iterator[Fault]:
    """Every fault with its place; Spanish · English."""
    yield from _of_agencies(directory)
    for code, desk in directory.duty_desks.items():
        yield from _of_desk(directory, code, desk)
    for person in directory.people:
        yield from _of_person(directory, person)
    for code in directory.counterparts:
        if code in {*Agency, *RestrictedRecipient}:
            yield ("counterparts", code), f"{code} no es una contraparte nacional · {code} is no national counterpart"
    for recipient in RestrictedRecipient:
        if recipient not in directory.restricted:
            yield ("restricted",), f"falta el destinatario restringido {recipient} · restricted {recipient} is missing"
    for agency, where in directory.desks.items():
        if any(_leads_somewhere(text) for text in _texts(where)):
            yield (
                ("desks", agency),
                (
                    "una dirección verdadera no va en el directorio, sino en CANALIZA_CONTACTS"
                    " · a real address belongs in CANALIZA_CONTACTS, not in the directory"
                ),
            )


def own_desks(directory: Directory, agency: Agency, state: str) -> list[str]:
    """The codes of an agency's desks for a state, without its round-the-clock desk."""
    fallback = directory.agencies[agency].fallback
    return [
        code
        for code, desk in directory.duty_desks.items()
        if desk.agency is agency and state in desk.states and code != fallback
    ]


def _of_agencies(directory: Directory) -> Iterator[Fault]:
    for agency in Agency:
        if agency not in directory.agencies:
            yield ("agencies",), f"falta la agencia {agency} · agency {agency} is missing"
    leading = [agency for agency, entry in directory.agencies.items() if entry.leads_programme]
    if len(leading) != 1:
        yield ("agencies",), "una agencia, y solo una, lidera el programa · exactly one agency leads the programme"
    for agency, entry in directory.agencies.items():
        place = ("agencies", agency, "fallback")
        desk = directory.duty_desks.get(entry.fallback)
        if desk is None or desk.agency is not agency:
            yield place, f"{entry.fallback} no es una mesa de {agency} · {entry.fallback} is no desk of {agency}"
            continue
        if not desk.open.always:
            yield (
                place,
                (
                    f"la mesa {entry.fallback} no atiende las 24 horas, todos los días"
                    f" · desk {entry.fallback} is not open at every hour of every day"
                ),
            )
        for state in sorted(directory.states - set(desk.states)):
            yield place, f"la mesa {entry.fallback} no cubre {state} · desk {entry.fallback} does not cover {state}"
        for state in sorted(directory.states):
            if len(own_desks(directory, agency, state)) > 1:
                yield (
                    ("agencies", agency),
                    f"{agency} tiene más de una mesa para {state} · {agency} has more than one desk for {state}",
                )


def _of_desk(directory: Directory, code: str, desk: DutyDesk) -> Iterator[Fault]:
    if not code.startswith(f"{desk.agency}-"):
        yield ("duty_desks", code), f"el código de una mesa de {desk.agency} empieza con {desk.agency}- · so must it"
    for state in desk.states:
        if state not in directory.states:
            yield (
                ("duty_desks", code, "states"),
                f"ningún albergue del programa está en {state} · no shelter of the programme is in {state}",
            )
    for person in desk.on_call:
        entry = directory.people.get(person)
        if entry is None or entry.org != desk.agency:
            yield (
                ("duty_desks", code, "on_call"),
                f"{person} no es personal de {desk.agency} · {person} is not of {desk.agency}'s staff",
            )


def _of_person(directory: Directory, code: str) -> Iterator[Fault]:
    person = directory.people[code]
    if person.role in IN_AGENCY:
        exists = person.org in directory.agencies
    elif person.role in IN_SHELTER:
        exists = person.org in directory.shelters
    else:
        exists = person.org == "*" and person.role is not Role.OPERATOR
    if not exists:
        yield ("people", code), "ese papel no existe en esa organización · nobody has that role there"


def _leads_somewhere(text: str) -> bool:
    """Whether a text is an e-mail address or a telephone; other texts there describe an address."""
    return ("@" in text and not text.endswith(".invalid")) or sum(map(str.isdecimal, text)) >= MIN_PHONE_DIGITS


def _texts(where: object) -> Iterator[str]:
    if isinstance(where, dict):
        for part in where.values():
            yield from _texts(part)
    elif isinstance(where, list | tuple):
        for part in where:
            yield from _texts(part)
    else:
        yield str(where)
