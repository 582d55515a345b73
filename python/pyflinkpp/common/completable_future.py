"""`CompletableFuture`, a result that comes later."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

__all__ = ["CompletableFuture"]

T = TypeVar("T")

_threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


class CompletableFuture(Generic[T]):
    """A result that another thread delivers; every method may be called from any thread.

    >>> future = CompletableFuture.completed(5)
    >>> future.done(), future.result()
    (True, 5)
    """

    def __init__(self, future: Future[T] | None = None) -> None:
        """A view of `future`, or a future of its own to be completed by `complete`."""
        self._future: Future[T] = Future() if future is None else future

    @staticmethod
    def completed(value: Any) -> CompletableFuture[Any]:
        """A future that already has its result."""
        future: CompletableFuture[Any] = CompletableFuture()
        future._future.set_result(value)
        return future

    @staticmethod
    def supply_async(supplier: Callable[[], Any]) -> CompletableFuture[Any]:
        """A future of what `supplier` returns or raises on a daemon thread of its own."""
        future: CompletableFuture[Any] = CompletableFuture()

        def run() -> None:
            if not future._future.set_running_or_notify_cancel():
                return
            try:
                future._future.set_result(supplier())
            except BaseException as error:
                future._future.set_exception(error)

        thread = threading.Thread(target=run, name="pyflinkpp-future", daemon=True)
        _threads.add(thread)
        thread.start()
        return future

    def cancel(self) -> bool:
        """Give up on a result that nobody has begun to work out; whether that was possible."""
        return self._future.cancel()

    def cancelled(self) -> bool:
        """Whether `cancel` succeeded."""
        return self._future.cancelled()

    def done(self) -> bool:
        """Whether there is a result or an exception, or the future is cancelled."""
        return self._future.done()

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result and return it, or raise the exception there is instead.

        Raises TimeoutError after `timeout` seconds; None waits without end.
        """
        return self._future.result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait for the end and return its exception, None if there is a result; `timeout` as in `result`."""
        return self._future.exception(timeout)

    def __repr__(self) -> str:
        return f"<CompletableFuture {'done' if self.done() else 'pending'}>"


def end_threads(seconds: float) -> None:
    """Waits so long for the threads of futures to end, before the program does.

    One that still holds the last reference to a job cannot let go of it once Python shuts down.
    """
    until = time.monotonic() + seconds
    for thread in list(_threads):
        if thread is not threading.current_thread():
            thread.join(max(0.0, until - time.monotonic()))
