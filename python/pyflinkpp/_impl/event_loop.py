"""The asyncio event loop of a job."""

from __future__ import annotations

import asyncio
import concurrent.futures
import ctypes
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from pyflinkpp._impl.local_job import FunctionInterrupted

#: How long what runs on the loop may take to end by itself, and how long until it is given up, in seconds.
_GRACE = 0.1
_GIVE_UP = 0.8
_STEP = 0.02


class EventLoop:
    """An asyncio loop on a thread of its own, shared by all asynchronous operators of a job in this process.

    One for a job rather than for a subtask: a client or lock that is shared at module level belongs to one
    loop, and fewer threads take the GIL from one another. The first operator that joins starts it, the last
    that leaves ends it with whatever still runs there. Public methods are called on the threads of tasks.
    """

    def __init__(self, job: str) -> None:
        self._job = job
        self._users: list[LoopUser] = []
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._report)
        self._stop = asyncio.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pyflinkpp-asyncio", daemon=True)
        self._thread.start()

    @classmethod
    def join(cls, job: str, user: LoopUser) -> EventLoop:
        """The loop of the job."""
        with _lock:
            loop = _loops.get(job)
            if loop is None:
                loop = _loops[job] = cls(job)
            loop._users.append(user)
            return loop

    def leave(self, user: LoopUser) -> None:
        """Ends what the user has running; with the last user the thread ends. Does not wait for long."""
        with _lock:
            self._users.remove(user)
            if not self._users:
                del _loops[self._job]
        if not self._users:
            self._end()
        elif not self._ended.is_set():
            self._cancel_all(user)

    def _cancel_all(self, user: LoopUser) -> None:
        cancelled: concurrent.futures.Future[None] = concurrent.futures.Future()

        def cancel() -> None:  # on the loop, which may never come to it: a coroutine that exists has to run
            task = self._loop.create_task(user.cancel_all())
            task.add_done_callback(lambda _: cancelled.set_result(None))

        self.call_soon(cancel)
        concurrent.futures.wait([cancelled], _GRACE)

    def call_soon(self, function: Callable[..., None], *arguments: Any) -> None:
        """Has the loop call a function; without effect once the loop has ended."""
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def run(self, function: Callable[..., None], *arguments: Any) -> None:
        """As `call_soon`, and waits until the function has returned; what it raises is raised here."""
        done: concurrent.futures.Future[None] = concurrent.futures.Future()

        def call() -> None:
            try:
                function(*arguments)
                done.set_result(None)
            except BaseException as error:
                done.set_exception(error)

        self.call_soon(call)
        while not done.done() and not self._ended.is_set():
            concurrent.futures.wait([done], _STEP)
        if done.done():
            done.result()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                try:
                    runner.run(self._stopped())
                except BaseException as error:  # an exit in a task that the user's function has started
                    for user in list(self._users):
                        user.loop_failed(error)
        except (FunctionInterrupted, _Over):
            pass
        finally:
            self._ended.set()

    async def _stopped(self) -> None:
        await self._stop.wait()

    def _report(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not self._stop.is_set():
            loop.default_exception_handler(context)

    def _end(self) -> None:
        """Cancels what runs on the loop; interrupts what does not end by itself, and gives up in the end."""
        started = time.monotonic()
        self.call_soon(self._stop.set)
        while not self._ended.is_set() and time.monotonic() - started < _GIVE_UP:
            try:
                if time.monotonic() - started > _GRACE:
                    self.call_soon(_raise_over)
                    _interrupt(self._thread)
                # Not `join`: it leaves an entry for the waiting thread, which is none of `threading`'s.
                self._ended.wait(_STEP)
            except FunctionInterrupted:  # meant to hurry this thread
                pass


class LoopUser(Protocol):
    """An operator with calls on the loop. Its methods are called on the loop's thread."""

    async def cancel_all(self) -> None:
        """Cancels the calls and waits for them."""

    def loop_failed(self, error: BaseException) -> None:
        """The loop has ended before its time: no call will be answered any more."""


class _Over(SystemExit):
    """Raised in a callback, ends the loop: of all exceptions asyncio lets only exits pass."""


def _raise_over() -> None:
    raise _Over


_loops: dict[str, EventLoop] = {}
_lock = threading.Lock()


def _interrupt(thread: threading.Thread) -> None:
    """Raises FunctionInterrupted in whatever the thread is running."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(FunctionInterrupted)
        )
