"""Whole lists, page by page: what tests share fills more than one page."""

from typing import Any

import httpx2

Item = dict[str, Any]
PAGE = 500


async def all_alerts(client: httpx2.AsyncClient) -> list[Item]:
    """Every alert that this client may see, oldest first."""
    found: list[Item] = []
    while True:
        after = found[-1]["sequence"] if found else 0
        answer = await client.get("/api/v1/alerts", params={"after": after, "limit": PAGE})
        assert answer.status_code == 200, answer.text
        items: list[Item] = answer.json()["items"]
        found += items
        if len(items) < PAGE:
            return found


async def alerts_about(client: httpx2.AsyncClient, case: str) -> list[Item]:
    """Of the alerts that this client may see, those about this case's referrals."""
    answer = await client.get("/api/v1/referrals", params={"case": case, "limit": PAGE})
    referrals = {item["referral_id"] for item in answer.json()["items"]}
    return [alert for alert in await all_alerts(client) if alert["referral_id"] in referrals]
