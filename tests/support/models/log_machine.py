"""What may happen to a log, in any order, as a state machine: after every step it is what the model says."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from events.contract import Recorded
from events.notifications import AlertAnswered
from events.vocabulary import Agency
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.append import Appended, Progress
from services.chassis.eventlog.log import MAPPER
from tests.support.fakes.unreliable_log import MortalLog
from tests.support.models.log_model import Disagreement, Model, Seen, Told, Unknown, Wanted
from tests.support.system.logs import A_DAY

STREAMS, COMMANDS = range(4), range(5)


@dataclass(frozen=True, slots=True)
class Wish:
    """A request in small numbers, which mean the same whatever was stored before."""

    streams: tuple[int, ...]
    """The stream of each of its entries."""
    off: int
    """How far the last entry's version is from the right one."""
    command: int | None
    follows: tuple[int | None, int] | None
    """How far the follower's belief is from where it is (``None``: it does not say), and how far it goes."""
    writes: bool
    fails: bool


WISHES = st.builds(
    Wish,
    streams=st.lists(st.sampled_from(STREAMS), max_size=3).map(tuple),
    off=st.sampled_from([0, 0, 0, 0, 1, -1]),
    command=st.none() | st.sampled_from(COMMANDS),
    follows=st.none() | st.tuples(st.sampled_from([0, 0, None, 1, -1]), st.integers(1, 3)),
    writes=st.booleans(),
    fails=st.sampled_from([False, False, False, True]),
)
AT_ONCE = st.lists(WISHES, min_size=2, max_size=4)


class LogAgainstAModel(RuleBasedStateMachine):
    """Requests one by one and several at once, repeats, faults, cuts, deaths and lost answers.

    ``answers`` counts what callers were told, over all examples: a run in which nobody is ever refused shows nothing.
    """

    def __init__(self, log: Callable[[UUID], MortalLog], answers: Counter[str]) -> None:
        """``log`` makes one for an example's namespace: no two examples share a stream, a command or an upstream."""
        super().__init__()
        self._namespace = uuid4()
        self._answers = answers
        self._count = 0
        self._past: list[Wanted] = []
        self._streams = [self._id(f"stream {number}") for number in STREAMS]
        self._commands = [self._id(f"command {number}") for number in COMMANDS]
        self.log = log(self._namespace)
        self.model = Model(start=self.log.head())

    def teardown(self) -> None:
        """Ends the log, whatever came of the example."""
        self.log.close()

    @rule(wish=WISHES)
    def somebody_asks(self, wish: Wish) -> None:
        """One request."""
        self._ask([self._wanted(wish)])

    @rule(wishes=AT_ONCE)
    def several_ask_at_once(self, wishes: list[Wish]) -> None:
        """They decided on the same state of the log and share a commit, unless they touch the same."""
        self._ask([self._wanted(wish) for wish in wishes])

    @precondition(lambda self: self._past)
    @rule(which=st.integers(0, 50), times=st.integers(1, 2))
    def somebody_asks_the_same_again(self, which: int, times: int) -> None:
        """Word for word, once or twice at once."""
        self._ask([self._past[which % len(self._past)]] * times)

    @rule(wishes=st.lists(WISHES, min_size=1, max_size=3))
    def the_answer_is_lost_and_everybody_asks_again(self, wishes: list[Wish]) -> None:
        """The server has committed and nobody hears of it."""
        requests = [self._wanted(wish) for wish in wishes]
        self._learn(requests, self.log.ask_and_lose_the_answer(requests), "kept")
        self._ask(requests)

    @rule(wishes=st.lists(WISHES, min_size=1, max_size=3))
    def the_connection_is_cut_in_the_transaction_and_everybody_asks_again(self, wishes: list[Wish]) -> None:
        """The server has not committed."""
        requests = [self._wanted(wish) for wish in wishes]
        self._learn(requests, self.log.ask(requests, first=self.log.cut_off), "undone")
        self._ask(requests)

    @rule(wish=WISHES)
    def the_process_dies_in_the_transaction_and_the_next_is_asked_again(self, wish: Wish) -> None:
        """Nobody heard an answer; the next process finds what was committed, and nothing else."""
        request = self._wanted(wish)
        told = self.log.ask([request], first=self.log.drop)
        self.log.die()
        self._learn([request], told, "undone")
        self._ask([request])

    @rule()
    def the_process_dies_between_two_requests(self) -> None:
        """Without stopping its log."""
        self.log.die()

    @invariant()
    def the_log_is_what_the_model_says(self) -> None:
        """Entries, positions, versions, head, what each command led to, progress and notes."""
        expected = self.model.seen(self._streams, self._commands)
        seen = self._seen()
        if seen != expected:
            raise Disagreement(f"not as the model says: {expected.differs(seen)}")

    def _seen(self) -> Seen:
        return self.log.seen(start=self.model.start, streams=self._streams, commands=self._commands)

    def _ask(self, requests: Sequence[Wanted]) -> None:
        self._learn(requests, self.log.ask(requests), None)
        self._past += requests

    def _learn(self, requests: Sequence[Wanted], told: Sequence[Told], unknown: Unknown | None) -> None:
        self.model = self.model.after(requests, told, None if len(requests) == 1 else self._seen(), unknown)
        self._answers.update(_kind(one, unknown) for one in told)

    def _id(self, name: str) -> UUID:
        return uuid5(self._namespace, name)

    def _wanted(self, wish: Wish) -> Wanted:
        self._count += 1
        versions = {stream: self.model.last(stream) or 0 for stream in self._streams}
        entries = []
        for number, stream in enumerate((self._streams[n] for n in wish.streams), start=1):
            versions[stream] += 1
            off = wish.off if number == len(wish.streams) else 0
            entries.append(self._fact(stream, versions[stream] + off, number))
        return Wanted(
            entries=tuple(MAPPER.to_stored_event(fact) for fact in entries),
            command=None if wish.command is None else self._commands[wish.command],
            progress=None if wish.follows is None else self._progress(*wish.follows),
            note=self._count if wish.writes else None,
            fails=wish.fails,
        )

    def _fact(self, stream: UUID, version: int, number: int) -> Recorded[AlertAnswered]:
        return Recorded(
            id=self._id(f"event {self._count} {number}"),
            stream=stream,
            version=version,
            case=None,
            occurred_at=A_DAY,
            recorded_at=A_DAY,
            actor="somebody",
            cause=None,
            event=AlertAnswered(referral=stream, agency=Agency.ACNUR),
        )

    def _progress(self, off: int | None, ahead: int) -> Progress:
        now = self.model.progress or 0
        after = None if off is None else now + off
        return Progress(upstream=self.log.upstream, after=after, position=max(1, now + ahead - 2 * (off is None)))


def _kind(told: Told, unknown: Unknown | None) -> str:
    if isinstance(told, Appended):
        return "repeated" if told.repeated else "appended"
    return f"{told.__name__}, {unknown}" if told is StoreUnavailableError else told.__name__
