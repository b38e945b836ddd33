"""The person's identity: sealed on arrival in the box ``identity``, never in clear in an event or a log."""

from services.intake.submissions.document.field_types import BirthDate, Name, Notes, Phone, ShortText, SubmissionPart


class Person(SubmissionPart):
    """All fields are optional, because help does not depend on a name."""

    name: Name | None = None
    birth_date: BirthDate | None = None
    """``1998``, ``1998-04`` or ``1998-04-30``: many know no more than the year."""
    document: ShortText | None = None
    phone: Phone | None = None
    notes: Notes | None = None
