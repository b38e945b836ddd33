"""What a running system tells Prometheus."""

from dataclasses import replace

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from services.system import Installation
from tests.support.system.system import HANG, NO_TLS, System


def measured(installation: Installation) -> Installation:
    """The same with a port for its numbers, any that is free."""
    return replace(installation, settings=installation.settings.model_copy(update={"metrics_port": 0}))


async def text_of(system: System) -> str:
    """What a scrape gets."""
    assert system.metrics_url is not None
    async with httpx2.AsyncClient(verify=NO_TLS, timeout=HANG) as client:
        answer = await client.get(system.metrics_url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


def samples_in(text: str) -> list[Sample]:
    """Every sample of a scrape."""
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


async def value(system: System, name: str, **labels: str) -> float | None:
    """The value of the sample that has these labels, perhaps among others; ``None``: there is none.

    Raises:
        AssertionError: several have them.
    """
    found = [
        one.value
        for one in samples_in(await text_of(system))
        if one.name == name and labels.items() <= one.labels.items()
    ]
    assert len(found) < 2, f"{name} {labels}: {len(found)}"
    return found[0] if found else None
