"""What an operator types to erase, to keep to the terms, and to renew the keys."""

import json
import shutil
from pathlib import Path
from uuid import uuid4

from events.vocabulary import Role
from services.chassis.secrets.folder import EPOCHS_FILE, keys_folder
from services.system import Installation
from tests.support.people.people import SHELTER, Programme, consent_to, is_a_problem
from tests.support.people.shelter_work import opens, somebody
from tests.support.system.commands import typed
from tests.support.system.system import System, running


async def _programme(system: System) -> Programme:
    shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
    return Programme(system, shelter, await system.signed_in(Role.PROGRAMME_COORDINATOR, "*"))


async def test_an_operator_erases_a_case_after_seeing_in_numbers_what_goes(installation: Installation) -> None:
    async with running(installation) as system:
        programme = await _programme(system)
        case = await programme.flag(somebody(consent_to("ACNUR")))
        code, said, asked = await typed(installation, "erase", case, "--basis", "person_request", url=system.url)
        assert (code, said.strip()) == (1, ""), "nobody said yes"
        assert "2  sellos del caso" in asked
        assert (await opens(programme.shelter, case)).status_code == 200
        words = ("erase", case, "--basis", "person_request", "--yes", "--json")
        code, said, _ = await typed(installation, *words, url=system.url)
        assert code == 0
        assert (json.loads(said)["basis"], json.loads(said)["id"]) == ("person_request", case)
        is_a_problem(await opens(programme.shelter, case), 409, "erased")
        code, _, complained = await typed(installation, *words, url=system.url)
        assert (code, "Ya fueron suprimidos." in complained) == (1, True)
        assert (await typed(installation, "erase", str(uuid4()), *words[2:], url=system.url))[0] == 1
        code, said, _ = await typed(installation, "retention", "--apply", "--yes", "--json", url=system.url)
        assert (code, json.loads(said)["items"], json.loads(said)["erased"]) == (0, [], [])


async def test_an_operator_renews_the_keys_beside_the_running_services(
    installation: Installation, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "keys", installation.settings
    shutil.copytree(keys_folder(settings.data, settings.keys), folder)
    own = Installation(settings.model_copy(update={"keys": folder}), installation.secrets, first_start=False)
    async with running(own) as system:
        programme = await _programme(system)
        case = await programme.flag(somebody(consent_to("ACNUR")))
        code, said, _ = await typed(own, "keys", "rotate", "--json")
        assert code == 0
        assert {(one["class"], one["epoch"]) for one in json.loads(said)["rotated"]} == {
            ("identity", 2),
            ("screening", 2),
        }
        assert (await opens(programme.shelter, case)).status_code == 200
        later = await programme.flag(somebody(consent_to("ACNUR")))
        assert (await opens(programme.shelter, later)).status_code == 200
        desk, referral = await programme.desk("ACNUR"), await programme.referral_to("ACNUR", later, state="requested")
        assert (await desk.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")).status_code == 200
        code, said, _ = await typed(own, "keys", "rotate", "--if-due", "--json")
        assert (code, json.loads(said)["rotated"]) == (0, [])
        assert set(json.loads((folder / "intake" / EPOCHS_FILE).read_text())["identity"]) == {"2"}
        assert (await typed(own, "keys", "recover"))[0] == 0
        code, said, _ = await typed(own, "keys", "reception", "--json")
        assert (code, json.loads(said)) == (0, {"made": 2, "deleted": 1}), "the one that served still opens"
