"""Services on servers of one's own may have copies of their files: a renewal waits until each has its new one."""

from collections.abc import Sequence

from services.chassis.secrets.folder import SERVICE_FILE
from services.rotation.renewal import NotOursError, Waits


def not_prepared(what: str) -> NotOursError:
    """The refusal of a renewal that could lock out services whose file is a copy."""
    first = f"canaliza renew {what} --prepare"
    return NotOursError(
        f"En servidores propios cada servicio puede tener una copia de su archivo, y sin la clave nueva quedaría fuera."
        f" Primero: {first}. No se cambió nada.",
        f"On servers of your own each service may have a copy of its file, and without the new secret it would be"
        f" locked out. First: {first}. Nothing was changed.",
    )


def to_bring(what: str, services: Sequence[str]) -> Waits:
    """What is brought where before a prepared renewal is carried out."""
    files = ", ".join(f"{service}/{SERVICE_FILE}" for service in services)
    return Waits(
        f"Falta, en este orden: llevar {files} al equipo de cada servicio que tenga copia (con su dueño y permisos"
        f" 0600); cada uno lo lee solo. Después: canaliza renew {what}.",
        f"Still to do, in this order: bring {files} to the host of each service that has a copy (its owner, mode 0600);"
        f" each reads it by itself. Then: canaliza renew {what}.",
    )
