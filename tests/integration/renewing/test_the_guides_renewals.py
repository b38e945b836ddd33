"""The operator's guide, as it is typed on a machine on which everything runs."""

import json
import shlex
from typing import Any

import pytest

from tests.integration.renewing.test_a_shelter_leaves import canaliza
from tests.support.guides import commands


@pytest.mark.faults
async def test_every_renewal_of_the_guide_works_as_it_is_written_and_prints_no_secret(renewing: Any) -> None:
    typed = [
        line
        for block in commands("operator.md", "Renewing passwords, keys and certificates")
        for line in block.splitlines()
    ]
    assert len(typed) >= 10
    said = ""
    for line in typed:
        name, *words = shlex.split(line)
        assert name == "canaliza"
        code, out, complained = await canaliza(renewing, *words)
        assert code == 0, (line, complained)
        said += out + complained
    await renewing.all_attached()
    found = renewing.place.files.secrets()
    values = [found.postgres_admin, found.nats_admin, found.operator_token, found.jetstream_key]
    values += [one for own in found.services.values() for one in (own.postgres, own.nats, own.stream_subject)]
    assert not [value for value in values if value in said]
    assert json.loads(said[said.index("{") : said.index("}") + 1])["to_do"].startswith("It takes effect")


async def test_what_is_forgotten_is_counted_and_former_keys_are_gone(renewing: Any) -> None:
    await renewing.renew("links")
    code, said, _ = await canaliza(renewing, "renew", "links", "--forget", "--json")
    assert code == 0
    assert json.loads(said)["number"] >= 2
    for service in ("referral", "notifications"):
        assert "link_key" not in renewing.place.files.of(service).former
    assert (await canaliza(renewing, "renew", "nats", "--forget"))[0] == 2
