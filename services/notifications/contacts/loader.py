"""Reads the contacts from the installation's file, or from the starting directory."""

from pathlib import Path

from services.notifications.contacts.agency_check import refuse_unknown_desks
from services.notifications.contacts.domain import Contact, ContactFaultsError
from services.notifications.contacts.file_format import Known, parse_contacts
from services.programme.directory_file import programme
from services.programme.policy_file import PolicyFile, read


def load_contacts(path: Path | None, known: Known | None = None) -> list[Contact]:
    """Every contact of a file; ``None``: of the starting directory.

    ``known``: the shelters and people of the directory, with which a file is compared.

    Raises:
        UnknownDeskError: the file names a desk of an organisation that is no agency.
        PolicyFaultsError: the file has another fault, as ``file:line: …``. Addresses are not repeated.
        ContactFaultsError: the starting directory has a fault.
    """
    if path is None:
        return parse_contacts(programme()["desks"])
    refuse_unknown_desks(path)
    return contacts_in(read(path), known)


def contacts_in(file: PolicyFile, known: Known | None = None) -> list[Contact]:
    """The contacts of a file that was read.

    Raises:
        PolicyFaultsError: it has faults, as ``file:line: …``.
    """
    try:
        return parse_contacts(file.data, known)
    except ContactFaultsError as error:
        file.refuse(error.faults)
        raise
