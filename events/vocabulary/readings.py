"""What somebody was shown of a case besides its sealed data."""

from enum import StrEnum


class ShownView(StrEnum):
    """The kind of view that showed that a case has a restricted category, or that a file took it along."""

    LIST = "list"
    """A line among others: a worklist, a list of the coordination, of a shelter's cases."""
    REFERRAL = "referral"
    """One referral by itself."""
    CASE = "case"
    """A case with its referrals."""
    EXPORT = "export"
    """A row of a file that left the program."""


class AuditView(StrEnum):
    """What an auditor looked at."""

    HISTORY = "history"
    ALERTS = "alerts"
    """What became of a referral's alerts."""
    KNOWLEDGE = "knowledge"
    """What each organisation knew."""
    READINGS = "readings"
    """Who read."""
    SEARCH = "search"
    """The case was found by a number, a receipt or a code."""
    STATE = "state"
    """How something was at a moment."""
    EXPLANATION = "explanation"
    """Why something was decided."""
    EXPORT = "export"
    """A bundle that left the program."""
    SECURITY = "security"
    """What became of accounts and tokens, which is about no case."""
