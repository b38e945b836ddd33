"""The places where data may be: what passes through NATS and is stored there, the database, the answers of the API."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import nats

from services.chassis.messaging.flushing import flush
from services.chassis.names import SERVICES
from services.chassis.vault.link_codes import LinkCodes
from services.local.cluster import binary
from services.referral.projections import policies_from_files
from services.system import Installation
from tests.support.builders.canaries import Places, leaks
from tests.support.system.system import HANG, System


@asynccontextmanager
async def overhearing(installation: Installation) -> AsyncIterator[Places]:
    """All that passes through NATS, subjects and headers too; in the end all that is stored there."""
    heard: Places = {}
    client = await nats.connect(
        installation.settings.nats_url or "",
        user="admin",
        password=installation.secrets.nats["admin"],
        connect_timeout=60,
    )

    async def hear(message: Any) -> None:
        # A shelter's own request carries the document by design; whatever follows from it must not.
        if ".submit." not in message.subject:
            head = f"{message.subject} {message.reply} {message.headers}".encode()
            heard[f"NATS message {len(heard)} on {message.subject}"] = head + b"\n" + message.data

    try:
        await client.subscribe(">", cb=hear)
        await flush(client, within=int(HANG))
        yield heard
        await flush(client, within=int(HANG))
        jetstream = client.jetstream()
        for service in SERVICES:
            stream = installation.settings.names.stream(service)
            last = (await jetstream.stream_info(stream)).state.last_seq
            for sequence in range(1, last + 1):
                stored = await jetstream.get_msg(stream, sequence)
                head = f"{stored.subject} {stored.headers}".encode()
                heard[f"{stream} {sequence}"] = head + b"\n" + (stored.data or b"")
    finally:
        await client.close()


async def dumped(installation: Installation, *besides: str) -> bytes:
    """Every table of every schema, as a backup would hold it."""
    assert installation.settings.postgres_dsn is not None
    command = [
        str(binary("pg_dump")),
        "--dbname",
        installation.settings.postgres_dsn.get_secret_value(),
        "--inserts",
        *besides,
    ]
    done = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, timeout=HANG)
    return done.stdout


async def without_policies(installation: Installation, places: Places) -> Places:
    """A policy file names codes that anybody may be asked for, and is kept to the letter where it was adopted."""
    texts = policies_from_files().texts
    left = {place: said for place, said in places.items() if not leaks({place: said}, {name: name for name in texts})}
    left["database dump"] = await dumped(installation, "--exclude-table-data=referral.policy")
    for text in texts.values():
        kept = json.dumps(text, ensure_ascii=False).encode().hex().encode()
        assert kept in left["database dump"]
        left["database dump"] = left["database dump"].replace(kept, b"")
    return left


async def every_answer(system: System, client: httpx2.AsyncClient, case: str, referral: str, access: str) -> Places:
    """What each GET route says about the case and about everything else."""
    description = (await client.get("/api/openapi.json")).json()
    key = system.installation.secrets.link_key or ""
    listed = await client.get("/api/v1/refusals")  # whoever may not list them asks for one that is nobody's
    refused = listed.json()["items"] if listed.is_success else []
    refusal = refused[0]["refusal_id"] if refused else str(UUID(int=0))
    answers: Places = {}
    for path, operations in description["paths"].items():
        if "get" in operations and not path.endswith("/stream"):
            known = path.replace("{case_id}", case).replace("{referral_id}", referral).replace("{desk}", "ACNUR-CHP")
            known = (
                known.replace("{agency}", "ACNUR")
                .replace("{log}", "referral")
                .replace("{event_id}", case)
                .replace("{position}", "1")
            )
            known = known.replace("{access_id}", access).replace("{refusal_id}", refusal)
            known = known.replace("{code}", LinkCodes(key).code(UUID(referral), datetime(2100, 1, 1, tzinfo=UTC)))
            assert "{" not in known, f"say here what to ask {path} for"
            answer = await client.get(known)
            answers[f"GET {path}"] = str(answer.headers).encode() + b"\n" + answer.content
    assert len(answers) > 5
    return answers
