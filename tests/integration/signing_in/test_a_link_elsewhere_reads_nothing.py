"""A link on another site, which a signed-in person follows, reads nothing in her name; a mail's link still opens."""

from uuid import uuid4

import pytest

from events.vocabulary import Role
from services.chassis.runtime.application import API
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.models.route_table import route_table
from tests.support.models.routes_by_role import filled
from tests.support.people.accounts import account, browser, enrols, enters_first, failed
from tests.support.system.system import System


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_no_route_of_the_api_is_read_by_a_link_on_another_site(
    system: System, clock: AdjustableClock, method: str
) -> None:
    code = await account(system.installation, "p-101", Role.OFFICER, "ACNUR", clock)
    asking = [
        filled(path)
        for (verb, path), action in route_table(system.installation.application()).items()
        if verb == "GET" and path.startswith(API) and action is not None and "stream" not in path
    ]
    assert f"{API}/referrals" in asking
    async with browser(system) as client:
        await enters_first(client, "p-101", code)
        await enrols(client, clock)
        for path in asking:
            for site in ("cross-site", "same-site"):
                answer = await client.request(method, path, headers={"Sec-Fetch-Site": site})
                assert answer.status_code == 403, path
                if method == "GET":
                    assert failed(answer) == (403, "cross_site"), path
        for site in ("same-origin", "none"):  # a page of ours, and an address that was typed
            assert (await client.get(f"{API}/referrals", headers={"Sec-Fetch-Site": site})).status_code == 200
        link = await client.get(f"/c/{uuid4()}", headers={"Sec-Fetch-Site": "cross-site", "Accept": "text/html"})
        assert link.status_code == 404, "a mail's link is looked up: the page reads nothing that is sealed"
