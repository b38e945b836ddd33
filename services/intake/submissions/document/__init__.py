"""Parses and validates the document that a shelter submits (domain.md §4), and reports all its faults.

Pure: no clock, no file, no network.
"""

from services.intake.submissions.document.canonical_json import from_json
from services.intake.submissions.document.document import Submission
from services.intake.submissions.document.faults import Fault, InvalidSubmission
from services.intake.submissions.document.validation import read, read_bytes

__all__ = ["Fault", "InvalidSubmission", "Submission", "from_json", "read", "read_bytes"]
