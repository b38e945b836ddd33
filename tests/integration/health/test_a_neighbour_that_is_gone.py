"""A service that was killed says nothing; those who need it say it, and a shelter reads that nothing is routed."""

from events.vocabulary import Role
from services.system import Installation
from tests.support.people.alerts import SHELTER, a_child_alone, flag
from tests.support.system.health import quick, ready, until_failing, until_flowing
from tests.support.system.routing import until_routing
from tests.support.system.system import running


async def test_a_dead_referral_service_is_told_by_all_who_follow_it_and_by_every_case(
    installation: Installation,
) -> None:
    here = quick(installation)
    async with running(here) as system:
        await until_flowing(system)
        shelter = await system.signed_in(Role.SHELTER_WORKER, SHELTER)
        before = await flag(shelter, a_child_alone())
        await until_routing(shelter, before, "routed")
        await system.service("referral").stop()
        during = await flag(shelter, a_child_alone())
        await until_failing(
            system,
            *((name, "neighbour", "referral") for name in ("intake", "notifications", "audit")),
        )
        await until_routing(shelter, during, "not_routed")
        assert (await shelter.get(f"/api/v1/cases/{during}")).json()["referrals"] == []
        await until_routing(shelter, before, "routed")
        assert (await ready(system))[1]["intake"]["postgres"] == "ok"
        again = here.service("referral")
        await again.start()
        try:
            await until_routing(shelter, during, "routed")
        finally:
            await again.stop()
