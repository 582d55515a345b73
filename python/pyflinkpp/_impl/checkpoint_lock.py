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
        self._changed = threading.Condition(threading.Lock())
        self._owner: int | None = None
        self._depth = 0
        self._claimed = False

    def acquire(self) -> bool:
        """Waits for its turn. Always true."""
        this = threading.get_ident()
        with self._changed:
            while self._owner != this and (self._owner is not None or self._claimed):
                self._changed.wait()
            self._owner = this
            self._depth += 1
        return True

    def release(self) -> None:
        """Raises RuntimeError in a thread that does not hold it."""
        with self._changed:
            if self._owner != threading.get_ident():
                raise RuntimeError("the checkpoint lock is released by a thread that does not hold it")
            self._depth -= 1
            if self._depth > 0:
                return
            self._owner = None
            self._changed.notify_all()
            claimed = self._claimed
        if claimed:
            self._wake()

    def claim(self) -> bool:
        """The task's: nobody enters from now on. True once nobody is inside."""
        with self._changed:
            self._claimed = True
            return self._owner is None

    def end_claim(self) -> None:
        """The task's: the function may go on."""
        with self._changed:
            self._claimed = False
            self._changed.notify_all()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exception: object) -> None:
        self.release()
