"""The template for sinks into systems with transactions."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Collection
from typing import Any, Generic, Self

from pyflinkpp.common._type_variables import CONTEXT, IN, TXN
from pyflinkpp.common.typeinfo import Types
from pyflinkpp.datastream._functions.endpoints import (
    FunctionInitializationContext,
    FunctionSnapshotContext,
    SinkFunction,
)
from pyflinkpp.datastream._functions.transactional import _TransactionalSink
from pyflinkpp.datastream.state import ListState, ListStateDescriptor

_log = logging.getLogger("pyflinkpp.sinks")

_NEVER = 2**63 - 1


class TwoPhaseCommitSinkFunction(_TransactionalSink[IN], Generic[IN, TXN, CONTEXT]):
    """A sink that writes into transactions of its own and commits those that a checkpoint covers
    (Flink's ``TwoPhaseCommitSinkFunction``); for ``add_sink``. An extension: PyFlink has none.

    Each subtask has one transaction open. A checkpoint pre-commits it and begins the next; once the
    checkpoint is complete everywhere, it is committed, with all those before it that are still waiting. An
    aborted checkpoint leaves its transaction to the next one. After a failure, transactions of the checkpoint
    that the job goes on from are committed again (``recover_and_commit``), whether or not they were before,
    and the one that was open is aborted: so ``commit`` must do nothing to what is committed already. Together
    with a source that resumes, each record is committed once.

    A transaction is whatever ``begin_transaction`` returns. It is pickled into checkpoints right after
    ``pre_commit``, and so are user contexts. At the end of a bounded input a final checkpoint commits what is
    left. Where none can come (BATCH mode, and jobs without checkpoints), the end of each subtask's input
    commits; Flink aborts there.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> from pyflinkpp.testing import OperatorHarness
    >>> class Ledger(TwoPhaseCommitSinkFunction):
    ...     committed = []
    ...     def begin_transaction(self):
    ...         return []
    ...     def invoke(self, transaction, value, context):
    ...         transaction.append(value)
    ...     def pre_commit(self, transaction):
    ...         pass
    ...     def commit(self, transaction):
    ...         print("commit", transaction)
    ...     def abort(self, transaction):
    ...         print("abort", transaction)
    >>> env = StreamExecutionEnvironment.get_execution_environment().enable_checkpointing(1000)
    >>> sink = env.from_collection([]).add_sink(Ledger())
    >>> with OperatorHarness(sink) as harness:
    ...     harness.process_element("a")
    ...     snapshot = harness.snapshot()
    ...     harness.process_element("b")
    ...     harness.notify_checkpoint_complete(1)
    commit ['a']
    abort ['b']
    >>> with OperatorHarness(sink, restored=snapshot) as harness:
    ...     pass
    commit ['a']
    abort []
    abort []

    What the methods raise fails the job, with one exception: see
    ``ignore_failures_after_transaction_timeout``.
    """

    # A transaction goes with the time of its beginning, in ms since the epoch.
    _current: tuple[TXN, int] | None = None
    _pending: dict[int, tuple[TXN, int]]
    _user_context: CONTEXT | None = None
    _state: ListState[Any]

    _transaction_timeout: int = _NEVER
    _warning_ratio: float | None = None
    _ignores_late_failures: bool = False

    # -- for subclasses to define

    @abstractmethod
    def begin_transaction(self) -> TXN:
        """A new transaction. Called before ``open`` the first time, and at each checkpoint."""

    @abstractmethod
    def invoke(  # type: ignore[override]
        self, transaction: TXN, value: IN, context: SinkFunction.Context
    ) -> None:
        """Write one element within the transaction."""

    @abstractmethod
    def pre_commit(self, transaction: TXN) -> None:
        """Make a later commit possible whatever happens, e.g. flush; it may still be aborted."""

    @abstractmethod
    def commit(self, transaction: TXN) -> None:
        """Make what was pre-committed visible. If it raises, the job restarts and it is tried again."""

    @abstractmethod
    def abort(self, transaction: TXN) -> None:
        """Undo a transaction that was not pre-committed."""

    def recover_and_commit(self, transaction: TXN) -> None:
        """Commit what a checkpoint covers, after a failure and in the order of checkpoints; it may have been
        committed already. Calls ``commit`` unless redefined.
        """
        self.commit(transaction)

    def recover_and_abort(self, transaction: TXN) -> None:
        """Abort what had just been begun at the checkpoint. Calls ``abort`` unless redefined."""
        self.abort(transaction)

    def initialize_user_context(self) -> CONTEXT | None:
        """What a subtask keeps beside its transactions, where nothing was restored; ``None`` unless
        redefined.

        Its attributes may change; each checkpoint keeps what it is then.
        """
        return None

    def finish_recovering_context(self, handled_transactions: Collection[TXN]) -> None:
        """Called after each user context has been restored, with the transactions of its subtask, which have
        been committed or aborted. At a lower parallelism a subtask has several, and goes on with the last.
        """

    def finish_processing(self, transaction: TXN | None) -> None:
        """Called after the last element, before the final checkpoint; ``None`` if no transaction is open."""

    # -- for subclasses to call

    def current_transaction(self) -> TXN | None:
        """The open transaction."""
        return None if self._current is None else self._current[0]

    def pending_transactions(self) -> list[tuple[int, TXN]]:
        """What was pre-committed and not yet committed, with the ids of the checkpoints."""
        return [(checkpoint, transaction) for checkpoint, (transaction, _) in self._pending.items()]

    def get_user_context(self) -> CONTEXT | None:
        """What ``initialize_user_context`` gave, or was restored."""
        return self._user_context

    def set_transaction_timeout(self, transaction_timeout: int) -> Self:
        """After how many milliseconds the outside system gives up a transaction; by itself without effect.

        Raises:
            ValueError: a negative time.
        """
        if transaction_timeout < 0:
            raise ValueError(f"transaction_timeout must not be negative: {transaction_timeout}")
        self._transaction_timeout = transaction_timeout
        return self

    def ignore_failures_after_transaction_timeout(self) -> Self:
        """Log what ``recover_and_commit`` raises where the transaction is older than its timeout, rather than
        fail: its records may be lost.
        """
        self._ignores_late_failures = True
        return self

    def enable_transaction_timeout_warnings(self, warning_ratio: float) -> Self:
        """Log a warning when a transaction is committed that is older than this part of its timeout.

        Raises:
            ValueError: a ratio outside of 0 to 1.
        """
        if not 0 <= warning_ratio <= 1:
            raise ValueError(f"warning_ratio must be from 0 to 1: {warning_ratio}")
        self._warning_ratio = warning_ratio
        return self

    # -- called by the engine; not to be redefined, but for initialize_state and close, which call these

    def initialize_state(self, context: FunctionInitializationContext) -> None:
        """Commit and abort what was restored, and begin a transaction."""
        store = context.get_operator_state_store()
        self._state = store.get_list_state(ListStateDescriptor("state", Types.PICKLED_BYTE_ARRAY()))
        self._pending = {}
        for current, pending, user_context in self._state.get() or ():
            self._recover(current, pending, user_context)
        if self._user_context is None:
            self._user_context = self.initialize_user_context()
        self._current = self._begin()

    def snapshot_state(self, context: FunctionSnapshotContext) -> None:
        """Pre-commit the open transaction and begin the next, unless the input has ended."""
        if self._current is not None:
            self.pre_commit(self._current[0])
            self._pending[context.get_checkpoint_id()] = self._current
            self._current = None
        if not self._finished:
            self._current = self._begin()
        self._state.update([(self._current, list(self._pending.values()), self._user_context)])

    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        """Commit what this checkpoint and those before it cover; raises the first failure after the rest."""
        failure: Exception | None = None
        for checkpoint in [each for each in self._pending if each <= checkpoint_id]:
            transaction, begun_at = self._pending.pop(checkpoint)
            self._warn_if_late(transaction, begun_at)
            try:
                self.commit(transaction)
            except Exception as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def finish(self) -> None:
        """Tell ``finish_processing``; commit where no checkpoint will."""
        self._finished = True
        self.finish_processing(self.current_transaction())
        if self._commits_at_end and self._current is not None:
            transaction, _ = self._current
            self.pre_commit(transaction)
            self._current = None
            self._commit_what_savepoints_cover()
            self.commit(transaction)

    def close(self) -> None:
        """Abort the open transaction. What has been pre-committed stays: a checkpoint may have it."""
        if self._current is not None:
            transaction, _ = self._current
            self._current = None
            self.abort(transaction)

    def _commit_what_savepoints_cover(self) -> None:
        """Nobody is told of savepoints. `commit` comes again where one of them is restored."""
        for checkpoint in list(self._pending):
            transaction, _ = self._pending.pop(checkpoint)
            self.commit(transaction)

    def _write(self, value: IN, context: Any) -> None:
        assert self._current is not None
        self.invoke(self._current[0], value, context)

    def _begin(self) -> tuple[TXN, int]:
        return self.begin_transaction(), self._now()

    def _recover(
        self,
        current: tuple[TXN, int] | None,
        pending: list[tuple[TXN, int]],
        user_context: CONTEXT | None,
    ) -> None:
        handled: list[TXN] = []
        for transaction, begun_at in pending:
            self._recover_and_commit(transaction, begun_at)
            handled.append(transaction)
        if current is not None:
            self.recover_and_abort(current[0])
            handled.append(current[0])
        if user_context is not None:
            self._user_context = user_context
            self.finish_recovering_context(handled)

    def _recover_and_commit(self, transaction: TXN, begun_at: int) -> None:
        self._warn_if_late(transaction, begun_at)
        try:
            self.recover_and_commit(transaction)
        except Exception:
            if not self._ignores_late_failures or self._age(begun_at) <= self._transaction_timeout:
                raise
            _log.exception(
                "%s: the transaction %r could not be committed, is older than its timeout of %d ms, and will "
                "not be tried again: its records may be lost",
                type(self).__name__,
                transaction,
                self._transaction_timeout,
            )

    def _warn_if_late(self, transaction: TXN, begun_at: int) -> None:
        age = self._age(begun_at)
        if self._warning_ratio is not None and age > self._transaction_timeout * self._warning_ratio:
            _log.warning(
                "%s: the transaction %r has been open for %d ms, and its timeout is %d ms",
                type(self).__name__,
                transaction,
                age,
                self._transaction_timeout,
            )

    def _age(self, begun_at: int) -> int:
        return self._now() - begun_at
