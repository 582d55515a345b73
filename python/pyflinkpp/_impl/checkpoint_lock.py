"""The lock that keeps what a source function emits and what it remembers together."""

from __future__ import annotations

import threading
from collections.abc import Callable


class CheckpointLock:
    """Held by a source function while it emits and notes that it has; claimed by the task for a snapshot.

    The task never blocks: a claim that can't be met yet keeps the function from entering anew, and the task
    is woken when the function leaves. The thread that holds it may acquire it again.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.RLock()
        self._unclaimed = threading.Event()
        self._claimed = False
        self._is_tasks = False
        # Written by the thread inside only:
        self._owner: int | None = None
        self._depth = 0

    def acquire(self) -> bool:
        """Waits for its turn. Always true."""
        while True:
            self._lock.acquire()
            self._owner = threading.get_ident()
            self._depth += 1
            if self._depth > 1 or not self._claimed:
                return True
            self.release()
            self._unclaimed.wait()

    def release(self) -> None:
        """Raises RuntimeError in a thread that does not hold it."""
        if self._owner != threading.get_ident():
            raise RuntimeError("the checkpoint lock is released by a thread that does not hold it")
        self._depth -= 1
        inside = self._depth > 0
        if not inside:
            self._owner = None
        self._lock.release()
        if self._claimed and not inside:
            self._wake()

    def claim(self) -> bool:
        """The task's: nobody enters from now on. True once nobody is inside."""
        if not self._is_tasks:
            self._unclaimed.clear()
            self._claimed = True
            self._is_tasks = self._lock.acquire(blocking=False)
        return self._is_tasks

    def end_claim(self) -> None:
        """The task's, on the thread that claimed: the function may go on."""
        self._claimed = False
        if self._is_tasks:
            self._is_tasks = False
            self._lock.release()
        self._unclaimed.set()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exception: object) -> None:
        self.release()
