"""Imports HSDS tables as a directory: completely or not at all, with every fault by row and column.

HSDS has no on-call order, roles, counterparts or restricted recipients: they stay as in the present directory, and
a new desk starts with the on-call order of its agency's round-the-clock desk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from events.vocabulary import Agency
from services.directory.faults import directory_faults
from services.directory.hsds.entries import check_links, desks_of, phones_of, shelters_of
from services.directory.hsds.rows import Rows
from services.directory.hsds.tables import HsdsFaultsError, Received, RowFault, both
from services.directory.model import Directory


@dataclass(frozen=True, slots=True)
class Imported:
    """A valid directory, and the imported telephones, which are stored apart."""

    directory: Directory
    phones: Mapping[str, Sequence[str]]


def imported(received: Received, present: Directory) -> Imported:
    """A directory from the tables; what HSDS cannot express is taken from ``present``.

    Raises:
        HsdsFaultsError: with every fault; nothing is taken.
    """
    rows = Rows(received)
    agencies = {rows.code(row, Agency, "hsds.no_agency"): row for row in received.tables["organizations"]}
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
        whole = both("hsds.directory")
        faults = [RowFault.of(whole, place, "hsds.wrong_form") for place in places]
        raise HsdsFaultsError(sorted(faults)) from None
    whole = both("hsds.directory")
    faults = [RowFault(*whole, ".".join(map(str, place)), *_parts(text)) for place, text in directory_faults(directory)]
    if faults:
        raise HsdsFaultsError(sorted(set(faults)))
    return directory


def _parts(text: str) -> tuple[str, str]:
    es, _, en = text.partition(" · ")
    return es, en
