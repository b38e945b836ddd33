"""What a shelter submits (domain.md §4): read, checked, and told all that is wrong with it.

Pure: no clock, no file, no network.
"""

from .document import Submission
from .faults import Fault, InvalidSubmission
from .json_document import from_json
from .reading import read, received

__all__ = ["Fault", "InvalidSubmission", "Submission", "from_json", "read", "received"]
