"""Sink templates: whatever is restored between any two steps, each record is committed once, in order."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import RestartStrategies, Types
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import RuntimeExecutionMode, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import (
    CheckpointCommitter,
    GenericWriteAheadSink,
    SinkFunction,
    TwoPhaseCommitSinkFunction,
)
from pyflinkpp.testing import OperatorHarness, OperatorSnapshot


class Database:
    """An outside system: transactions by number, rows in the order of their commits."""

    open: ClassVar[dict[int, list[Any]]] = {}
    rows: ClassVar[list[Any]] = []
    aborted: ClassVar[list[int]] = []
    marks: ClassVar[set[Any]] = set()
    failures: ClassVar[list[str]] = []
    told: ClassVar[list[Any]] = []

    @classmethod
    def clear(cls) -> None:
        for part in (cls.open, cls.rows, cls.aborted, cls.marks, cls.failures, cls.told):
            part.clear()

    @classmethod
    def may(cls, what: str) -> None:
        if what in cls.failures:
            cls.failures.remove(what)
            raise ConnectionError(what)


@pytest.fixture(autouse=True)
def clear() -> None:
    Database.clear()


class Transactions(TwoPhaseCommitSinkFunction):
    """Counts on from a user context, so that it is seen to be kept."""

    def initialize_user_context(self) -> dict[str, int]:
        return {"begun": 0}

    def finish_recovering_context(self, handled_transactions: Any) -> None:
        Database.told.append((dict(self.get_user_context()), len(handled_transactions)))

    def begin_transaction(self) -> int:
        self.get_user_context()["begun"] += 1
        number = max(Database.open, default=0) + 1
        Database.open[number] = []
        return number

    def invoke(self, transaction: int, value: Any, context: SinkFunction.Context) -> None:
        Database.open[transaction].append(value)

    def pre_commit(self, transaction: int) -> None:
        Database.may("pre_commit")

    def commit(self, transaction: int) -> None:
        Database.may("commit")
        Database.rows += Database.open[transaction]
        Database.open[transaction] = []

    def abort(self, transaction: int) -> None:
        Database.aborted.append(transaction)
        Database.open[transaction] = []

    def finish_processing(self, transaction: int | None) -> None:
        Database.told.append(("finished", transaction))


class Marks(CheckpointCommitter):
    def create_resource(self) -> None: ...

    def open(self) -> None:
        Database.told.append(("opened", self.job_id, self.operator_id))

    def close(self) -> None: ...

    def commit_checkpoint(self, subtask_idx: int, checkpoint_id: int) -> None:
        Database.marks.add((self.job_id, self.operator_id, subtask_idx, checkpoint_id))

    def is_checkpoint_committed(self, subtask_idx: int, checkpoint_id: int) -> bool:
        return (self.job_id, self.operator_id, subtask_idx, checkpoint_id) in Database.marks


class Log(GenericWriteAheadSink):
    def send_values(self, values: Any, checkpoint_id: int, timestamp: int) -> bool:
        Database.may("send")
        if "refuse" in Database.failures:
            Database.failures.remove("refuse")
            return False
        Database.rows += values
        return True


ENV = StreamExecutionEnvironment.get_execution_environment().enable_checkpointing(1000)
KINDS = {
    "transactions": Transactions(),
    "log": Log(Marks()),
    "typed log": Log(Marks(), Types.TUPLE([Types.LONG(), Types.LONG()])),
}


def sink(function: SinkFunction[Any]) -> Any:
    return ENV.from_collection([0]).add_sink(function)


class Job:
    """The subtasks of a sink and the coordinator of their checkpoints; the source is what is replayed."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.next_record = 0
        self.checkpoint = 0
        #: Those that are not complete, with the place of the source and the snapshots of the subtasks.
        self.pending: dict[int, tuple[int, list[OperatorSnapshot]]] = {}
        self.latest: tuple[int, list[OperatorSnapshot]] | None = None
        self.subtasks: list[OperatorHarness] = []
        self.run(2)

    def run(self, parallelism: int) -> None:
        for subtask in self.subtasks:
            subtask.close()
        self.next_record = 0 if self.latest is None else self.latest[0]
        self.pending.clear()
        restored = None if self.latest is None else self.latest[1]
        self.subtasks = [
            OperatorHarness(self.stream, restored=restored, subtask=each, parallelism=parallelism)
            for each in range(parallelism)
        ]

    def record(self) -> None:
        n = self.next_record
        self.next_record += 1
        self.subtasks[n % len(self.subtasks)].process_element((n % 3, n))

    def begin(self) -> None:
        self.checkpoint += 1
        snapshots = [each.snapshot(self.checkpoint, timestamp=self.checkpoint) for each in self.subtasks]
        self.pending[self.checkpoint] = (self.next_record, snapshots)

    def complete(self, which: int, told: int) -> None:
        """The checkpoint is complete, and so many subtasks hear of it."""
        if not self.pending:
            return
        checkpoint = sorted(self.pending)[which % len(self.pending)]
        self.latest = self.pending[checkpoint]
        self.pending = {each: kept for each, kept in self.pending.items() if each > checkpoint}
        for each in self.subtasks[:told]:
            each.notify_checkpoint_complete(checkpoint)

    def abort(self, which: int) -> None:
        if self.pending:
            checkpoint = sorted(self.pending)[which % len(self.pending)]
            del self.pending[checkpoint]
            for each in self.subtasks:
                each.notify_checkpoint_aborted(checkpoint)


steps = st.one_of(
    st.tuples(st.just("record")),
    st.tuples(st.just("begin")),
    st.tuples(st.just("complete"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("abort"), st.integers(0, 3)),
    st.tuples(st.just("run"), st.integers(1, 3)),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, deadline=None)
@given(program=st.lists(steps, max_size=40))
def test_each_record_is_committed_once_whatever_comes_between(kind: str, program: list[Any]) -> None:
    Database.clear()
    job = Job(sink(KINDS[kind]))
    for name, *arguments in [*program, ("begin",), ("complete", -1, 3)]:
        getattr(job, name)(*arguments)
    # All that the complete checkpoint covers, unless a failure keeps a subtask from hearing of it.
    assert Counter(Database.rows) == Counter((n % 3, n) for n in range(job.next_record))
    for subtask in job.subtasks:
        subtask.close()
    assert Counter(Database.rows) == Counter((n % 3, n) for n in range(job.next_record))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(program=st.lists(steps.filter(lambda step: step[0] != "run"), max_size=30))
def test_a_subtasks_records_are_committed_in_their_order(kind: str, program: list[Any]) -> None:
    Database.clear()
    job = Job(sink(KINDS[kind]))
    for name, *arguments in [*program, ("begin",), ("complete", -1, 3)]:
        getattr(job, name)(*arguments)
    for subtask in (0, 1):
        mine = [n for _, n in Database.rows if n % 2 == subtask]
        assert mine == sorted(mine)


def test_a_failed_commit_fails_the_job_after_the_others_and_is_made_up_for() -> None:
    stream = sink(Transactions())
    with OperatorHarness(stream) as harness:
        for n in range(2):
            harness.process_element(n)
            snapshot = harness.snapshot()
        Database.failures.append("commit")
        with pytest.raises(ConnectionError):
            harness.notify_checkpoint_complete(2)
        assert Database.rows == [1]
    with OperatorHarness(stream, restored=snapshot):
        assert Database.rows == [1, 0]


def test_a_pre_commit_that_fails_leaves_its_transaction_to_the_next_checkpoint() -> None:
    with OperatorHarness(sink(Transactions())) as harness:
        harness.process_element("a")
        Database.failures.append("pre_commit")
        with pytest.raises(ConnectionError):
            harness.snapshot(1)
        harness.notify_checkpoint_aborted(1)
        harness.process_element("b")
        harness.snapshot(2)
        harness.notify_checkpoint_complete(2)
    assert Database.rows == ["a", "b"]


def test_user_contexts_are_kept_and_merged() -> None:
    stream = sink(Transactions())
    snapshots = []
    for subtask in range(2):
        with OperatorHarness(stream, subtask=subtask, parallelism=2) as harness:
            snapshots.append(harness.snapshot(1))
    with OperatorHarness(stream, restored=snapshots):
        assert Database.told == [({"begun": 2}, 2), ({"begun": 2}, 2)]


def test_no_transaction_is_begun_after_the_last_record() -> None:
    with OperatorHarness(sink(Transactions())) as harness:
        harness.process_element("x")
        harness.end_input()
        assert Database.told == [("finished", 1)]
        for checkpoint in (1, 2):
            harness.snapshot(checkpoint)
            harness.notify_checkpoint_complete(checkpoint)
    assert (Database.rows, sorted(Database.open), Database.aborted) == (["x"], [1], [])


@pytest.mark.parametrize("kind", KINDS)
def test_without_checkpoints_the_end_commits_what_savepoints_cover_first(kind: str) -> None:
    plain = StreamExecutionEnvironment.get_execution_environment()
    records = [(0, n) for n in range(3)]
    with OperatorHarness(plain.from_collection([0]).add_sink(KINDS[kind])) as harness:
        for record in records[:2]:
            harness.process_element(record)
            harness.snapshot()
        harness.process_element(records[2])
        harness.end_input()
    assert Database.rows == records


class Impatient(Transactions):
    def __init__(self) -> None:
        super().__init__()
        self.set_transaction_timeout(100)
        self.enable_transaction_timeout_warnings(0.5)


def test_commits_that_are_late_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with OperatorHarness(sink(Impatient()), processing_time=1000) as harness:
        harness.snapshot()
        harness.set_processing_time(1050)
        harness.notify_checkpoint_complete(1)
        assert caplog.messages == []
        harness.snapshot()
        harness.set_processing_time(1102)
        harness.notify_checkpoint_complete(2)
    assert caplog.messages == [
        "Impatient: the transaction 2 has been open for 102 ms, and its timeout is 100 ms"
    ]


@pytest.mark.parametrize(("now", "ignored"), [(1100, False), (1101, True)])
def test_failures_after_the_timeout_are_ignored_where_they_are_to_be(
    now: int, ignored: bool, caplog: pytest.LogCaptureFixture
) -> None:
    stream = sink(Impatient().ignore_failures_after_transaction_timeout())
    with OperatorHarness(stream, processing_time=1000) as harness:
        snapshot = harness.snapshot()
    Database.failures.append("commit")
    caplog.set_level(logging.ERROR)
    if ignored:
        OperatorHarness(stream, restored=snapshot, processing_time=now).close()
        assert "its records may be lost" in caplog.text
    else:
        with pytest.raises(ConnectionError):
            OperatorHarness(stream, restored=snapshot, processing_time=now)


def test_wrong_limits_are_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        Transactions().set_transaction_timeout(-1)
    with pytest.raises(ValueError, match=r"1\.5"):
        Transactions().enable_transaction_timeout_warnings(1.5)
    with pytest.raises(TypeError, match="CheckpointCommitter"):
        Log(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["send", "refuse"])
def test_what_could_not_be_sent_is_sent_before_what_is_later(how: str) -> None:
    with OperatorHarness(sink(Log(Marks()))) as harness:
        for n in range(2):
            harness.process_element(n)
            harness.snapshot()
        Database.failures.append(how)
        harness.notify_checkpoint_complete(1)
        assert Database.rows == []
        harness.notify_checkpoint_complete(2)
        assert Database.rows == [0, 1]


@pytest.mark.parametrize("how", ["send", "refuse"])
def test_after_the_end_of_input_what_cannot_be_sent_fails_the_job(how: str) -> None:
    with OperatorHarness(sink(Log(Marks()))) as harness:
        harness.process_element("x")
        harness.end_input()
        harness.snapshot()
        Database.failures.append(how)
        with pytest.raises((ConnectionError, RuntimeError)):
            harness.notify_checkpoint_complete(1)


def test_the_committer_keeps_its_names_through_recovery() -> None:
    stream = sink(Log(Marks()))
    with OperatorHarness(stream) as harness:
        snapshot = harness.snapshot()
    OperatorHarness(stream, restored=snapshot, subtask=1, parallelism=2).close()
    assert Database.told[0] == Database.told[1]
    OperatorHarness(sink(Log(Marks(), job_id="mine"))).close()
    assert Database.told[2][1] == "mine"


@pytest.mark.parametrize("mode", [RuntimeExecutionMode.BATCH, RuntimeExecutionMode.STREAMING])
@pytest.mark.parametrize("kind", KINDS)
def test_without_checkpoints_the_end_of_the_input_commits(kind: str, mode: RuntimeExecutionMode) -> None:
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
    env.set_runtime_mode(mode)
    rows = [(n % 3, n) for n in range(100)]
    env.from_collection(rows).rebalance().add_sink(KINDS[kind])
    env.execute()
    assert sorted(Database.rows) == sorted(rows)


def test_without_checkpoints_a_failed_subtask_commits_nothing() -> None:
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    env.from_collection([1, 0]).map(lambda n: 1 // n).add_sink(Transactions())
    with pytest.raises(JobExecutionError, match="ZeroDivisionError"):
        env.execute()
    assert Database.rows == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_that_fails_commits_each_record_once(kind: str) -> None:
    def fail_once(n: int) -> tuple[int, int]:
        if n == 7_000 and 7_000 not in Database.told:
            Database.told.append(n)
            raise ValueError("planned")
        return n % 3, n

    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(2)
    env.enable_checkpointing(10)
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(3, 0))
    numbers = env.from_collection(list(range(10_000)), Types.LONG()).map(
        fail_once, Types.TUPLE([Types.LONG(), Types.LONG()])
    )
    numbers.add_sink(KINDS[kind])
    env.execute()
    assert 7_000 in Database.told
    assert Counter(Database.rows) == Counter((n % 3, n) for n in range(10_000))


def test_the_context_knows_time() -> None:
    class Times(SinkFunction):
        def invoke(self, value: Any, context: SinkFunction.Context) -> None:
            assert isinstance(context, SinkFunction.Context)
            Database.rows.append(
                (context.timestamp(), context.current_watermark(), context.current_processing_time())
            )

    with OperatorHarness(sink(Times()), processing_time=17) as harness:
        harness.process_element("a")
        harness.process_watermark(3)
        harness.process_element("b", 5)
    assert Database.rows == [(None, -(2**63), 17), (5, 3, 17)]
