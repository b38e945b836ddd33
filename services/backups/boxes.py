"""Whether keys open a sample of what is sealed, and nothing of the erased. No content is looked at or told."""

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from events.contract import Event, Recorded
from events.sealed import Box
from events.vocabulary import BoxClass
from services.chassis.secrets.service import EpochKeys
from services.chassis.vault.epochs import EpochKeys as Epochs
from services.chassis.vault.epochs import KeysUnavailableError, UnwrappingError, decoded
from services.chassis.vault.sealing import BrokenBoxError, Place, open_box

SAMPLE = """
select key.id, key.class, key.epoch, key.wrapped from vault.epoch
cross join lateral (
  select * from vault.key where key.class = epoch.class and key.epoch = epoch.epoch order by id limit $1) as key
"""
SAMPLED = 50
"""Keys of a class and epoch: not every key has a box, so more than one is looked for."""
CAME_BACK = "select count(*) from vault.key join vault.erased on key.id = erased.id or key.subject = erased.subject"


@dataclass
class Boxes:
    """The sample, and what was found of it in the logs."""

    keys: dict[UUID, bytes]
    """Unwrapped, by id."""
    places: dict[UUID, tuple[str, int]]
    """Class and epoch of each key of the sample."""
    unopened: set[tuple[str, int]]
    """Classes and epochs whose keys did not unwrap."""
    opened: set[tuple[str, int]] = field(default_factory=set)
    broken: int = 0
    """Boxes that their key did not open."""

    def look(self, fact: Recorded[Event]) -> None:
        """Opens the boxes of an event whose keys are in the sample, one of each class and epoch."""
        for name in type(fact.event).model_fields:
            box = getattr(fact.event, name)
            if not isinstance(box, Box) or box.key not in self.keys or self.places[box.key] in self.opened:
                continue
            try:
                found = open_box(box, Place(fact.stream, fact.version, fact.event.NAME, name), self.keys)
            except BrokenBoxError:
                self.broken += 1
                continue
            if found is not None:  # otherwise it was sealed with the predecessor of a lost key
                self.opened.add(self.places[box.key])

    @property
    def without(self) -> set[tuple[str, int]]:
        """Classes and epochs of which no box was opened, for whatever reason."""
        return {*self.places.values(), *self.unopened} - self.opened


async def sample(connection: asyncpg.Connection, held: EpochKeys) -> Boxes:
    """Unwraps a few keys of every class and epoch."""
    epochs = Epochs({kind: decoded(of_kind) for kind, of_kind in held.items()})
    found = Boxes({}, {}, set())
    for row in await connection.fetch(SAMPLE, SAMPLED):
        id_, place = UUID(int=row["id"].int), (row["class"], row["epoch"])
        try:
            found.keys[id_] = epochs.unwrap(id_, BoxClass(row["class"]), row["epoch"], row["wrapped"])
        except (KeysUnavailableError, UnwrappingError):
            found.unopened.add(place)
        else:
            found.places[id_] = place
    return found


async def came_back(connection: asyncpg.Connection) -> int:
    """Keys of erased people that are in the vault."""
    count: int = await connection.fetchval(CAME_BACK)
    return count
