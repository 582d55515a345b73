"""Asynchronous functions as their native operator calls them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyflinkpp._native as _native
from pyflinkpp._impl.checkpointed import Participants, open_function
from pyflinkpp._impl.event_loop import EventLoop
from pyflinkpp._impl.shipping import unship
from pyflinkpp.datastream.functions import AsyncFunction, AsyncRetryStrategy

#: A result's value is a list of records, a failure's an exception, a retry's the milliseconds until then.
AnswerKind = Literal["result", "failure", "retry"]


@dataclass
class AsyncOpener:
    """Loads and opens a shipped pair of AsyncFunction and AsyncRetryStrategy in a subtask."""

    shipped: bytes

    def __call__(self, where: Mapping[str, Any], answers: _native.AsyncAnswers) -> FunctionCalls:
        function, strategy = unship(self.shipped)
        open_function(function, where)
        return FunctionCalls(function, strategy, where["job_id"], answers)


class _Call:
    """One record on its way through the function."""

    __slots__ = ("attempts", "record", "task")

    def __init__(self, record: Any) -> None:
        self.record = record
        self.attempts = 0
        #: The running attempt; None between attempts, and once nobody wants its result any more.
        self.task: asyncio.Task[None] | None = None


class FunctionCalls(Participants):
    """The calls of one AsyncFunction in one subtask; see `PythonAsync` in cpp/bindings.

    The native operator numbers calls, and tells when one begins, is tried again or has timed out. To each
    of these there is an answer in the end, save that a call that timed out while it was answered gets no
    second one. All code of the user but `open` and `close` runs on the event loop's thread.
    """

    def __init__(
        self,
        function: AsyncFunction[Any, Any],
        strategy: AsyncRetryStrategy[Any],
        job: str,
        answers: _native.AsyncAnswers,
    ) -> None:
        predicate = strategy.get_retry_predicate()
        self._function = function
        self.functions = [function]
        self._strategy = strategy
        self._on_result = predicate.result_predicate()
        self._on_exception = predicate.exception_predicate()
        self._sink = answers
        self._calls: dict[int, _Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: list[tuple[int, AnswerKind, Any]] = []
        self._closing = False
        self._loop = EventLoop.join(job, self)

    # -- on the operator's thread

    def begin(self, calls: list[tuple[int, Any]]) -> None:
        self._loop.call_soon(self._begin, calls)

    def retry(self, calls: list[int]) -> None:
        self._loop.call_soon(self._retry, calls)

    def time_out(self, calls: list[int]) -> None:
        self._loop.call_soon(self._time_out, calls)

    def snapshot_state(self, checkpoint_id: int, timestamp: int) -> None:
        self._loop.run(super().snapshot_state, checkpoint_id, timestamp)

    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        self._loop.run(super().notify_checkpoint_complete, checkpoint_id)

    def notify_checkpoint_aborted(self, checkpoint_id: int) -> None:
        self._loop.run(super().notify_checkpoint_aborted, checkpoint_id)

    def close(self) -> None:
        """Ends what still runs, then closes the function."""
        self._closing = True
        try:
            self._loop.leave(self)
        finally:
            self._function.close()

    # -- on the event loop's thread

    def _begin(self, calls: list[tuple[int, Any]]) -> None:
        for number, record in calls:
            self._calls[number] = _Call(record)
        self._retry([number for number, _ in calls])

    def _retry(self, numbers: list[int]) -> None:
        for number in numbers:
            call = self._calls[number]
            call.attempts += 1
            call.task = asyncio.get_running_loop().create_task(self._attempt(number, call))
            self._tasks.add(call.task)
            call.task.add_done_callback(self._tasks.discard)

    def _time_out(self, numbers: list[int]) -> None:
        for number in numbers:
            call = self._calls.get(number)
            if call is None:
                continue
            if call.task is not None:
                call.task.cancel()
                call.task = None
            try:
                result = self._records(self._function.timeout(call.record))
            except BaseException as error:
                self._answer(number, "failure", error)
            else:
                self._answer(number, "result", result)

    async def _attempt(self, number: int, call: _Call) -> None:
        if self._closing:
            return
        this = asyncio.current_task()
        try:
            kind, value = await self._judged(call)
        except BaseException as error:
            kind, value = "failure", error
        if call.task is this and not self._closing:
            call.task = None
            self._answer(number, kind, value)

    async def _judged(self, call: _Call) -> tuple[AnswerKind, Any]:
        try:
            result = await self._function.async_invoke(call.record)
        except Exception as error:
            delay = self._delay(call, self._on_exception, error)
            if delay is None:
                raise
            return "retry", delay
        if result is not None:
            delay = self._delay(call, self._on_result, result)
            if delay is not None:
                return "retry", delay
        return "result", self._records(result)

    def _delay(self, call: _Call, predicate: Callable[[Any], bool] | None, outcome: Any) -> int | None:
        """Milliseconds until the next attempt; None if there shall be none."""
        if predicate is None or not predicate(outcome) or not self._strategy.can_retry(call.attempts):
            return None
        return max(0, int(self._strategy.get_backoff_time_millis(call.attempts)))

    def _records(self, result: Any) -> list[Any]:
        if isinstance(result, Iterable):
            return list(result)
        name = type(self._function).__name__
        raise TypeError(
            f"async_invoke and timeout of {name} must return a list, or another iterable, of records: "
            f"got {result!r}"
        )

    def _answer(self, number: int, kind: AnswerKind, value: Any) -> None:
        if kind != "retry":
            del self._calls[number]
        self._answers.append((number, kind, value))
        if len(self._answers) == 1:
            asyncio.get_running_loop().call_soon(self._hand_over)

    def _hand_over(self) -> None:
        answers, self._answers = self._answers, []
        self._sink.put(answers)

    async def cancel_all(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def loop_failed(self, error: BaseException) -> None:
        self._sink.put([(0, "failure", error)])
