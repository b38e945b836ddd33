"""From tables of HSDS to a directory: all of it or nothing, every fault by row and column.

HSDS says who there is, where and when. Who is on call, roles, counterparts and restricted recipients are not in it and
stay as they are in the directory at hand; a new desk begins with the on-call order of its agency's 24-hour desk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from events.vocabulary import Agency
from services.directory.faults import directory_faults
from services.directory.hsds.entries import check_links, desks_of, phones_of, shelters_of
from services.directory.hsds.rows import Rows
from services.directory.hsds.tables import HsdsFaultsError, Received, RowFault
from services.directory.model import Directory

WHOLE = ("directorio", "directory")


@dataclass(frozen=True, slots=True)
class Imported:
    """A directory that may be used, and the telephones that came with it and are kept apart."""

    directory: Directory
    phones: Mapping[str, Sequence[str]]


def imported(received: Received, present: Directory) -> Imported:
    """What the tables say, on top of what they cannot say.

    Raises:
        HsdsFaultsError: with every fault; nothing is taken.
    """
    rows = Rows(received)
    agencies = {
        rows.code(row, Agency, "no es una agencia del programa", "it is no agency of the programme"): row
        for row in received.tables["organizations"]
    }
    shelters = shelters_of(rows, received)
    desks = desks_of(rows, received, present)
    phones = phones_of(rows, received)
    check_links(rows, received, shelters, desks)
    if rows.faults:
        raise HsdsFaultsError(sorted(rows.faults))
    data = present.model_dump(mode="json")
    data["agencies"] = {
        code: {**data["agencies"][code], "name": row.row["name"]} for code, row in agencies.items() if code
    }
    data["shelters"] = {code: shelter.model_dump() for code, shelter in shelters.items()}
    data["duty_desks"] = {code: desk.model_dump(mode="json") for code, desk in desks.items()}
    gone = set(present.shelters) - set(shelters)
    data["people"] = {code: person for code, person in data["people"].items() if person["org"] not in gone}
    return Imported(_valid(data), phones)


def _valid(data: Mapping[str, object]) -> Directory:
    try:
        directory = Directory.model_validate(data)
    except ValidationError as error:
        places = {".".join(map(str, fault["loc"])) for fault in error.errors(include_input=False)}
        es, en = "no es de la forma que debe", "not of the form it must have"
        raise HsdsFaultsError([RowFault(*WHOLE, place, es, en) for place in sorted(places)]) from None
    faults = [RowFault(*WHOLE, ".".join(map(str, place)), *_both(told)) for place, told in directory_faults(directory)]
    if faults:
        raise HsdsFaultsError(sorted(set(faults)))
    return directory


def _both(told: str) -> tuple[str, str]:
    es, _, en = told.partition(" · ")
    return es, en
