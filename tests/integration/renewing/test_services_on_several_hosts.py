"""Services on hosts of their own have copies of their files: a prepared renewal waits until each has its new one."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from events.vocabulary import Role
from services.chassis.authorization.policy import Principal
from services.chassis.errors import StoreUnavailableError
from services.chassis.names import SERVICES
from services.chassis.operations.migrate import migrate_database
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.secrets.folder import SERVICE_FILE, keys_folder
from services.chassis.settings import Settings
from services.chassis.web.cursors import Cursors
from services.local import NatsServer
from services.rotation.commands import prepare
from services.rotation.files import SecretFiles
from services.rotation.renewal import NotOursError, Place
from services.system import installation
from tests.integration.renewing.conftest import Renewing
from tests.support.system.system import running


@dataclass(frozen=True)
class Hosts(Renewing):
    """The services read copies of their files; the operator renews in the folder that they were copied from."""

    copies: Path
    left_out: Path
    """Another copy, to which nothing is brought."""

    def bring(self) -> None:
        for service in SERVICES:
            target = self.copies / service / SERVICE_FILE
            shutil.copy2(self.place.files.folder / service / SERVICE_FILE, target.with_suffix(".new"))
            target.with_suffix(".new").replace(target)

    async def each_signs_in_anew(self, keys: Path) -> None:
        there = replace(self, place=replace(self.place, settings=self.place.settings.model_copy(update={"keys": keys})))
        for service in SERVICES:
            await there.as_a_new_process(service)

    def reload_nats(self) -> None:
        place, found = self.place, self.place.files.secrets()
        NatsServer(place.settings.data, found, (place.settings.namespace,)).renew_users(found)


@pytest.fixture(scope="module")
async def apart(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hosts]:
    folder: Path = tmp_path_factory.mktemp("hosts")
    async with installation(Settings(data=folder / "data", port=0, nats_port=0)) as everything:
        own = everything.settings
        assert own.postgres_dsn is not None
        keys = keys_folder(own.data, own.keys)
        for copy in ("copies", "left-out"):
            shutil.copytree(keys, folder / copy)
        there = replace(everything, settings=own.model_copy(update={"keys": folder / "copies"}))
        dsn, files = own.postgres_dsn.get_secret_value(), SecretFiles(own, keys)
        place = Place(own, dsn, files, own_postgres=True, own_nats=True)
        async with running(there) as system:
            yield Hosts(system, place, folder / "copies", folder / "left-out")


async def test_postgresqls_passwords_are_renewed_and_no_service_is_refused_while_files_are_brought(
    apart: Hosts,
) -> None:
    async with apart.under_load() as load:
        waits = await prepare("postgres", apart.place)
        assert all(f"{service}/service.json" in waits.en for service in SERVICES)
        await apart.each_signs_in_anew(apart.left_out)  # whoever has nothing yet goes on
        apart.bring()
        await apart.each_signs_in_anew(apart.copies)
        assert await apart.renew("postgres") is None
        await apart.each_signs_in_anew(apart.copies)
        apart.bring()
        await apart.each_signs_in_anew(apart.copies)
        await load.another()
        assert load.repeated == 0
    with pytest.raises(StoreUnavailableError):
        await apart.each_signs_in_anew(apart.left_out)


async def test_a_next_page_is_read_by_an_instance_with_either_file_before_and_after_a_renewal(apart: Hosts) -> None:
    reader = Principal(Role.SHELTER_WORKER, "ALB-TAP-01", "w-009")

    def instance(keys: Path) -> Cursors:
        return ServiceContext.of(apart.place.settings.model_copy(update={"keys": keys}), "intake").cursors()

    before = instance(apart.copies)
    cursor = before.issue("cases", reader, "844")
    await prepare("postgres", apart.place)
    own = apart.place.files.folder
    for each in (instance(own), instance(apart.copies)):
        assert each.read(cursor, "cases", reader) == "844"
    apart.bring()
    await apart.renew("postgres")
    apart.bring()
    after = instance(apart.copies)
    assert after.read(cursor, "cases", reader) == "844"
    assert before.read(after.issue("cases", reader, "845"), "cases", reader) == "845"


async def test_nats_passwords_wait_for_files_and_for_the_operators_reload(apart: Hosts) -> None:
    async with apart.under_load() as load:
        await prepare("nats", apart.place)
        apart.bring()
        waits = await apart.renew("nats")
        assert waits is not None
        assert "users.conf" in waits.en
        apart.reload_nats()
        assert await apart.renew("nats") is None
        await load.another()
        assert load.repeated == 0
    await apart.all_attached()


@pytest.mark.faults
async def test_streams_wait_for_files_and_for_the_operators_reload(apart: Hosts) -> None:
    async with apart.under_load() as load:
        await prepare("streams", apart.place)
        apart.bring()
        waits = await apart.renew("streams")
        assert waits is not None, "nobody may publish on the new subject yet: a stream there would stay empty"
        apart.reload_nats()
        assert await apart.renew("streams") is None
        await load.another()
        assert load.repeated == 0
    await apart.all_attached()


async def test_what_is_prepared_twice_is_written_once_and_carried_out_once(apart: Hosts) -> None:
    await prepare("links", apart.place)
    first = apart.place.files.of("referral").link_key
    await prepare("links", apart.place)
    assert await apart.renew("links") is None
    assert apart.place.files.of("referral").link_key == first
    assert "links" not in apart.place.files.prepared()
    await prepare("links", apart.place)
    assert apart.place.files.of("referral").link_key != first
    assert await apart.renew("links") is None


async def test_a_migration_in_between_changes_no_password(apart: Hosts) -> None:
    await prepare("postgres", apart.place)
    try:
        await migrate_database(apart.place.dsn, apart.place.files.secrets())
        await apart.each_signs_in_anew(apart.copies)
    finally:
        apart.bring()
        await apart.renew("postgres")
    await apart.each_signs_in_anew(apart.copies)


async def test_a_renewal_that_was_not_prepared_is_refused_on_servers_of_ones_own_and_changes_nothing(
    apart: Hosts,
) -> None:
    before = apart.place.files.of("intake")
    for what in ("postgres", "nats", "streams", "links", "accounts", "transit"):
        with pytest.raises(NotOursError) as refused:
            await apart.renew(what)
        assert f"canaliza renew {what} --prepare" in refused.value.es
    assert apart.place.files.of("intake") == before
