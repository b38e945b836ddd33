"""The ``eventsourcing`` library's own conformance suites, run against our log."""

import asyncio
import threading
from collections.abc import Iterator
from unittest import TestCase

import pytest
from eventsourcing.tests import persistence as suites

from services.chassis.secrets.installation import Secrets
from tests.integration.recorder import LogRecorder, StreamRecorder
from tests.support.system.logs import database_of


class _OnOurLog(TestCase):
    """Each test has a log of its own."""

    RECORDER: type[LogRecorder] = LogRecorder

    @pytest.fixture(autouse=True)
    def _opened(self, database: str, secrets: Secrets) -> Iterator[None]:
        self.recorder = self.RECORDER(database_of(database, secrets))
        yield
        self.recorder.close()

    def create_recorder(self) -> LogRecorder:
        return self.recorder


class TestAsARecorderOfStreams(_OnOurLog, suites.AggregateRecorderTestCase):
    RECORDER = StreamRecorder


class TestAsARecorderOfAnApplication(_OnOurLog, suites.ApplicationRecorderTestCase[LogRecorder]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestAsARecorderOfAFollower(_OnOurLog, suites.ProcessRecorderTestCase): ...


class TestAsARecorderOfPositions(_OnOurLog, suites.TrackingRecorderTestCase): ...


class TestThatAppendsDoNotInterleave(_OnOurLog, suites.NonInterleavingNotificationIDsBaseCase): ...


class TestTheFacade(_OnOurLog):
    def test_refuses_to_wait_for_the_loop_on_the_loops_own_thread(self) -> None:
        refused = threading.Event()

        async def on_the_loop() -> None:
            with pytest.raises(RuntimeError, match="own thread"):
                self.recorder.max_notification_id()
            refused.set()

        asyncio.run_coroutine_threadsafe(on_the_loop(), self.recorder._loop).result(60)
        assert refused.is_set()
