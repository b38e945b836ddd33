"""A server that says nothing, or stutters, costs an attempt's time and no thread for longer."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from services.notifications.channels import conversation, smtp
from services.notifications.channels.email import EmailChannel
from services.notifications.channels.gateways import gateways
from services.notifications.delivery.scheduler import Channel
from tests.support.fakes.hanging_servers import hanging_server
from tests.support.system.system import HANG, eventually

Make = Callable[[int, Path], Channel]


def _mail(options: str) -> Make:
    return lambda port, _: EmailChannel(f"mailto://127.0.0.1:{port}?from=avisos@canaliza.invalid{options}")


def _sms(scheme: str) -> Make:
    def make(port: int, folder: Path) -> Channel:
        path = folder / "channels.yaml"
        path.write_text(f"sms: '{scheme}://127.0.0.1:{port}/sms/{{to}}'\n", encoding="utf-8")
        return gateways(path)["sms"]

    return make


WORST = {
    "a mail server that says nothing": (_mail("&mode=insecure"), b"", "guardia@canaliza.invalid"),
    "a mail server that stutters its greeting": (_mail("&mode=insecure"), b"2", "guardia@canaliza.invalid"),
    "a mail server that greets without end": (_mail("&mode=insecure"), b"220-x\r\n", "guardia@canaliza.invalid"),
    "a mail server that stutters before its handshake": (_mail("&mode=ssl"), b"", "guardia@canaliza.invalid"),
    "a gateway that says nothing": (_sms("json"), b"", "+525512345678"),
    "a gateway that stutters its head": (_sms("json"), b"X", "+525512345678"),
    "a gateway that says nothing by TLS": (_sms("jsons"), b"", "+525512345678"),
}


@pytest.mark.parametrize(("make", "drip", "target"), WORST.values(), ids=WORST)
async def test_an_attempt_ends_in_time_and_takes_its_connection_and_its_thread_along(
    make: Make, drip: bytes, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "SECONDS", 1.0)
    monkeypatch.setattr(smtp, "READ_SECONDS", 3600.0)  # so that no read ends by its own time limit
    with hanging_server(drip) as there:
        channel = make(there.port, tmp_path)
        attempts = [
            channel.send(target=target, subject="Aviso", text="U0 ABCD", message_id=f"<{n}@canaliza.invalid>")
            for n in range(conversation.AT_ONCE + 2)
        ]
        async with asyncio.timeout(HANG):
            results = await asyncio.gather(*attempts)
        assert set(results) <= {"timeout", "SMTPServerDisconnected", "SMTPConnectError", "not_taken"}
        assert "timeout" in results

        async def over() -> bool:
            own = [one for one in threading.enumerate() if one.name == f"channel-{channel.name}"]
            return not own and not there.open()

        await eventually(over)
