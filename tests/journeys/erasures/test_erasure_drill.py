"""The drill: nothing that is left of an erased person anywhere opens with any key that is left anywhere.

It reads the table's files, the log segments of the database, the last dump, the streams, the queues and the logs. With
the keys of the moment before, the same harness opens everything: it would notice.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import nats
import pytest

from events.sealed import Box
from events.vocabulary import BoxClass, Role
from services.chassis.clock import system_clock
from services.chassis.eventlog.log_entry import decode
from services.chassis.replication.cloudevents import entry_from_message
from services.chassis.secrets.folder import backup_folder, keys_folder
from services.chassis.settings import Settings
from services.chassis.vault.sealing import Place
from services.intake.erasures.policy import retention_policy
from services.system import Installation, installation
from services.upkeep import rotate_keys
from tests.support.builders.canaries import PERSON, SAID
from tests.support.builders.canary_submission import SHELTER, canary_submission
from tests.support.people.erasing import erase, in_the_vault
from tests.support.people.people import Programme, consent_to
from tests.support.people.shelter_work import person_of, somebody
from tests.support.system.remains import Sealed, Wrapped, dump, files, found_in, keys_on_disk, opened, unwrapped
from tests.support.system.system import running


async def copies(everything: Installation) -> list[Sealed]:
    """Every box in the streams, where nothing can ever be deleted."""
    settings, found = everything.settings, list[Sealed]()
    client = await nats.connect(str(settings.nats_url), user="admin", password=everything.secrets.nats_admin)
    try:
        jetstream = client.jetstream()
        for log in ("intake", "referral", "notifications"):
            stream = settings.names.stream(log)
            state = (await jetstream.stream_info(stream)).state
            for sequence in range(1, state.last_seq + 1):
                message = await jetstream.get_msg(stream, seq=sequence)
                fact = decode(entry_from_message(message))
                for name in type(fact.event).model_fields:
                    box = getattr(fact.event, name)
                    if isinstance(box, Box):
                        place = Place(fact.stream, fact.version, fact.event.NAME, name)
                        found.append(Sealed(box, place))
    finally:
        await client.close()
    return found


async def keys_of(programme: Programme, subject: UUID) -> list[Wrapped]:
    rows = await in_the_vault(programme, "select id, class, epoch, wrapped from vault.key where subject = $1", subject)
    return [Wrapped(UUID(int=row["id"].int), BoxClass(row["class"]), row["epoch"], row["wrapped"]) for row in rows]


def in_clear(paths: Iterable[Path]) -> set[tuple[str, str]]:
    needles = [text.encode() for text in (*PERSON.values(), *SAID.values())]
    return {(path.name, needle.decode()) for path in paths for needle in needles if needle in path.read_bytes()}


async def test_nothing_that_is_left_of_an_erased_person_opens_with_any_key_that_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "data"
    keys, backup = keys_folder(data, None), backup_folder(data, None, None)
    async with installation(Settings(data=data, port=0)) as everything, running(everything) as system:
        dsn = everything.settings.postgres_dsn
        assert dsn is not None
        worker = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        programme = Programme(system, worker, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))
        survivor = await programme.flag(somebody(consent_to("ACNUR")) | {"shelter": SHELTER})
        await rotate_keys(dsn.get_secret_value(), everything.settings, retention_policy())  # there are copies, too
        document = canary_submission()
        refused = {**document, "screening": {**document["screening"], "sex": "?"}}
        assert (await worker.post("/api/v1/submissions", json=refused)).status_code == 422
        case = await programme.flag(document)
        desk, referral = await programme.desk("ACNUR"), await programme.referral_to("ACNUR", case, state="requested")
        path = f"/api/v1/referrals/{referral['referral_id']}/disclosure"
        assert (await desk.get(path)).status_code == 200
        await system.audited()
        (row,) = await in_the_vault(programme, "select subject from intake.submission where case_id = $1", case)
        wrapped = await keys_of(programme, row["subject"])
        dump(dsn.get_secret_value(), tmp_path / "last.sql")
        await _checkpoint(dsn.get_secret_value())

        everywhere = (data, keys, backup, tmp_path / "last.sql")
        before = keys_on_disk(files(keys, backup))
        secrets = [unwrapped(one, before) for one in wrapped]
        assert all(secrets), "the harness opens what it finds with the keys of this moment"
        boxes = await copies(everything)
        assert {one.box.kind for one in boxes} == set(BoxClass)
        then = opened(boxes, [secret for secret in secrets if secret is not None])
        assert {PERSON["name"]} <= {content.get("name") for content in then}
        assert len(then) >= 4, "identity, answers, the refused document and what the desks were told"
        for one in wrapped:
            assert found_in(one.wrapped, _all(everywhere)), "and it finds it in the files"

        assert (await erase(programme.coordinator, case)).status_code == 200
        terms = retention_policy().epoch_keys
        await rotate_keys(dsn.get_secret_value(), everything.settings, retention_policy())
        kept = [unwrapped(one, keys_on_disk(files(keys, backup))) for one in wrapped]
        assert all(kept), "for the short term of the copies the last dump can still be opened"
        later = await rotate_keys(
            dsn.get_secret_value(),
            everything.settings,
            retention_policy(),
            lambda: system_clock() + terms.copies + timedelta(minutes=1),
            only_if_due=True,
        )
        assert len(later.copies_destroyed) >= 2
        await _checkpoint(dsn.get_secret_value())

        left = keys_on_disk(_all(everywhere))
        for one in wrapped:
            assert found_in(one.wrapped, _all(everywhere)), "the dump has it for ever"
            assert unwrapped(one, left) is None
        living = [secret for one in await _everybody(programme) if (secret := unwrapped(one, left)) is not None]
        assert opened(boxes, [*left, *living]) != [], "the living are there"
        of_the_erased = [one for one in boxes if one.box.key in {key.key for key in wrapped}]
        assert opened(of_the_erased, [*left, *living]) == []
        assert in_clear(_all(everywhere)) == set()
        assert not any(text in caplog.text for text in (*PERSON.values(), *SAID.values()))
        assert (await person_of(worker, survivor))["name"]


async def _everybody(programme: Programme) -> list[Wrapped]:
    rows = await in_the_vault(programme, "select id, class, epoch, wrapped from vault.key")
    return [Wrapped(UUID(int=row["id"].int), BoxClass(row["class"]), row["epoch"], row["wrapped"]) for row in rows]


async def _checkpoint(dsn: str) -> None:
    """What was committed is in the tables' files."""
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute("checkpoint")
    finally:
        await admin.close()


def _all(places: Iterable[Path]) -> list[Path]:
    return [path for place in places for path in ([place] if place.is_file() else files(place))]
