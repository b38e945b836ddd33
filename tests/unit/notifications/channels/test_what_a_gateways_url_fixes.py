"""The installation's file fixes service, server and credentials of a channel; a contact is an address there."""

from pathlib import Path

import pytest

from services.notifications.channels.gateways import gateways
from services.programme.policy_file import PolicyFaultsError
from tests.support.fakes.gateway import open_gateway

FREE = ["{to}", "json://{to}", "json://{to}/x", "{to}://host/x", "json://user:{to}@host/{to}", "json://host:{to}/x",
        "ntfy://{to}", "json://host/x", "nada://host/{to}", "json:{to}", ""]  # fmt: skip
FIXED = ["json://127.0.0.1:9000/push/{to}", "ntfys://ntfy.example.org/{to}", "json://127.0.0.1/x?to={to}"]


def _written(folder: Path, kind: str, url: str) -> Path:
    path = folder / "channels.yaml"
    path.write_text(f"{kind}: '{url}'\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("url", FREE)
@pytest.mark.parametrize("kind", ["push", "sms"])
def test_a_url_that_leaves_the_service_or_the_server_to_a_contact_is_refused(
    kind: str, url: str, tmp_path: Path
) -> None:
    with pytest.raises(PolicyFaultsError):
        gateways(_written(tmp_path, kind, url))


@pytest.mark.parametrize("url", FIXED)
def test_a_url_with_the_address_in_its_path_or_query_is_taken(url: str, tmp_path: Path) -> None:
    assert gateways(_written(tmp_path, "push", url)).keys() == {"push"}


@pytest.mark.parametrize("stored", ["json://127.0.0.1:{port}/elsewhere", "../elsewhere", "..", "a/b", "x?y=1"])
async def test_an_address_that_was_stored_before_they_were_looked_at_is_sent_nowhere(
    stored: str, tmp_path: Path
) -> None:
    with open_gateway() as there:
        push = gateways(_written(tmp_path, "push", f"json://127.0.0.1:{there.port}/push/{{to}}"))["push"]
        parts = {"subject": "", "text": "U0 ABCD", "message_id": "<1@canaliza.invalid>"}
        assert await push.send(target=stored.format(port=there.port), **parts) == "address"
        assert there.requests == []
        assert await push.send(target="tema", **parts) is None
        assert [one.path for one in there.requests] == ["/push/tema"]
