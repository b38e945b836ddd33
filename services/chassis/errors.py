"""Refusals and failures that callers see, each with a stable code.

The sentence of a code is in the catalogue of the service that defines the error, as ``problem.<code>``. A caller sees
nothing else, and it never repeats what the caller sent.
"""

from collections.abc import Mapping
from typing import Any

from services.chassis.locales import SPANISH, catalogue


class ServiceError(Exception):
    """An error with a code that never changes and an HTTP status."""

    code = "internal"
    status = 500

    def __init__(self, **details: Any) -> None:
        """``details`` become extra members of the problem document; they must not contain anything that was sent."""
        super().__init__(self.code)
        self.details: Mapping[str, Any] = details

    def title(self, locale: str = SPANISH) -> str:
        """The sentence for people in a language."""
        return catalogue(type(self).__module__)(locale).first(f"problem.{self.code}", "problem.internal")


class StoreUnavailableError(ServiceError):
    """PostgreSQL cannot be reached, or it is unknown whether it committed. The request is safe to repeat."""

    code = "store_unavailable"
    status = 503


class LogHaltedError(ServiceError):
    """The log and its copy differ. An operator must resolve that before anything more is written."""

    code = "log_halted"
    status = 503


class VersionConflictError(ServiceError):
    """Another caller wrote to the same stream first."""

    code = "version_conflict"
    status = 409


class StaleProgressError(ServiceError):
    """The stored position differs from the follower's: another process has followed further."""

    code = "stale_progress"
    status = 500


class EntryTooLargeError(ServiceError):
    """An event's state is over the limit of one entry."""

    code = "too_large"
    status = 413


class NotSignedInError(ServiceError):
    """No token, or one that is not valid (any more)."""

    code = "not_signed_in"
    status = 401


class AdmissionClosedError(ServiceError):
    """Nobody is admitted but the operators of this machine: the accounts may be those of an older backup (ADR 0038)."""

    code = "admission_closed"
    status = 503


class NotAllowedError(ServiceError):
    """The credential is valid, but not for this."""

    code = "not_allowed"
    status = 403


class NeedsAPersonError(ServiceError):
    """The action is for a person with an account; the token belongs to nobody."""

    code = "needs_a_person"
    status = 403


class NotFoundError(ServiceError):
    """The resource does not exist, or the caller may not know of it: both look the same."""

    code = "not_found"
    status = 404


class MalformedRequestError(ServiceError):
    """The request does not match the API's description. Faults name the fields and never repeat values."""

    code = "malformed_request"
    status = 422


class CommandIdReusedError(ServiceError):
    """The command id was used before for something else."""

    code = "command_id_reused"
    status = 409


class UnreadableContentError(ServiceError):
    """What is sealed about a person cannot be opened by anybody: it was erased, or its key was lost."""

    status = 409


class ErasedError(UnreadableContentError):
    """The person's data were erased: nothing can be opened, sealed, sent or decided about them any more."""

    code = "erased"


class KeysLostError(UnreadableContentError):
    """The keys of the person's data were lost with a backup that was too old. Sent again, the case is whole again."""

    code = "keys_lost"


class NotHttpError(ServiceError):
    """What came is not HTTP, or could be read in two ways. The connection is closed."""

    code = "not_http"
    status = 400


class TlsRequiredError(ServiceError):
    """The request came by plain HTTP from another machine, and not through a proxy of the installation."""

    code = "tls_required"
    status = 403
