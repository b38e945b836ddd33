"""Whether the keys at hand open a backup."""

from events.vocabulary import BoxClass
from services.backups.checking import Chosen
from services.backups.manifest import EpochNeeded
from services.backups.refusals import RefusedError
from services.chassis.secrets.service import EpochKeys
from services.chassis.vault.epochs import check_value, decoded


def must_open(chosen: Chosen, held: EpochKeys, *, although_keys_are_lost: bool) -> None:
    """Refuses what these keys cannot open, before anything is written.

    An epoch that WAL leads beyond may have been replaced by a later one: that is looked at after the recovery.

    Raises:
        RefusedError: a key is missing, or is another installation's.
    """
    wrong = keys_missing(chosen.manifest.epochs, held)
    named = ", ".join(f"{one.kind} {one.epoch}" for one in wrong)
    others = [one for one in wrong if str(one.epoch) in map(str, held.get(BoxClass(one.kind), {}))]
    if others:
        raise RefusedError(
            f"Las llaves son de otra instalación: no abren {named}. No se cambió nada.",
            f"The keys are another installation's: they do not open {named}. Nothing was changed.",
        )
    gone = [one for one in wrong if chosen.archive is None or one.epoch > max(held[BoxClass(one.kind)])]
    if gone and not although_keys_are_lost:
        raise RefusedError(
            f"Faltan llaves de época: {named}. Lo que sellaban no se abrirá. Con --although-keys-are-lost se"
            " restaura sin ellas.",
            f"Epoch keys are missing: {named}. What they sealed will not open."
            " --although-keys-are-lost restores without them.",
        )


def keys_missing(needed: list[EpochNeeded], held: EpochKeys) -> list[EpochNeeded]:
    """The epochs that these keys lack, or have another key of."""
    checks = {
        (kind.value, epoch): check_value(kind, epoch, key).hex()
        for kind, epochs in held.items()
        for epoch, key in decoded(epochs).items()
    }
    return [one for one in needed if checks.get((one.kind, one.epoch)) != one.check]
