"""Refusals and failures that cross a border, each with a stable code and an answer in two languages.

A sentence here is all that a caller ever sees: it never repeats what the caller sent.
"""

from collections.abc import Mapping
from typing import Any


class ServiceError(Exception):
    """Something a caller is told: a code that never changes, an HTTP status, Spanish and English."""

    code = "internal"
    status = 500
    es = "Algo falló de nuestro lado. Queda registrado; intente de nuevo."
    en = "Something failed on our side. It is recorded; please try again."

    def __init__(self, **details: Any) -> None:
        """Details are for the answer's extra members; they must hold nothing that a caller sent."""
        super().__init__(self.code)
        self.details: Mapping[str, Any] = details


class StoreUnavailableError(ServiceError):
    """PostgreSQL cannot be reached, or it is unknown whether it took what was sent. Safe to repeat."""

    code = "store_unavailable"
    status = 503
    es = "El servicio no puede guardar en este momento. Repita el envío: no se duplicará."
    en = "The service cannot store right now. Send it again: it will not be stored twice."


class LogHaltedError(ServiceError):
    """The log and its copy disagree. Somebody must look before anything more is written."""

    code = "log_halted"
    status = 503
    es = "El registro está detenido por una alarma; el equipo de operación debe revisarlo."
    en = "The log is stopped by an alarm; the operators must look at it."


class VersionConflictError(ServiceError):
    """Somebody else wrote to the same stream first."""

    code = "version_conflict"
    status = 409
    es = "Alguien más actuó primero. Vuelva a leer y decida de nuevo."
    en = "Somebody else acted first. Read again and decide again."


class StaleProgressError(ServiceError):
    """Another process followed further, or the follower is not where it believes it is."""

    code = "stale_progress"
    status = 500


class EntryTooLargeError(ServiceError):
    """An event's state is over the limit of one entry."""

    code = "too_large"
    status = 413
    es = "El envío es demasiado grande."
    en = "The submission is too large."


class NotSignedInError(ServiceError):
    """No token, or one that is not valid (any more)."""

    code = "not_signed_in"
    status = 401
    es = "Falta una credencial válida."
    en = "A valid credential is missing."


class NotAllowedError(ServiceError):
    """The credential is valid, but not for this."""

    code = "not_allowed"
    status = 403
    es = "Su credencial no permite esta acción."
    en = "Your credential does not allow this."


class NotFoundError(ServiceError):
    """It does not exist, or is none of the caller's business: both look the same."""

    code = "not_found"
    status = 404
    es = "No existe, o no le corresponde."
    en = "It does not exist, or is not yours to see."


class MalformedRequestError(ServiceError):
    """The request is not what the API describes. Faults are named by field, values never repeated."""

    code = "malformed_request"
    status = 422
    es = "La solicitud no tiene la forma esperada."
    en = "The request does not have the expected form."


class CommandIdReusedError(ServiceError):
    """The command id was used before for something else."""

    code = "command_id_reused"
    status = 409
    es = "Ese identificador de orden ya se usó para otra cosa."
    en = "That command id was already used for something else."


class ErasedError(ServiceError):
    """The person's data were erased: nothing can be opened, sealed, sent or decided for them any more."""

    code = "erased"
    status = 409
    es = "Los datos de la persona fueron suprimidos."
    en = "The person's data were erased."
