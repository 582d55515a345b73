"""The lock between a source function and the snapshots of its task."""

from __future__ import annotations

import threading

import pytest

from pyflinkpp._impl.checkpoint_lock import CheckpointLock


def test_a_claim_is_met_when_the_function_leaves_and_keeps_it_out():
    woken, entered = threading.Event(), threading.Event()
    leave, again = threading.Event(), threading.Event()
    lock = CheckpointLock(woken.set)

    def function() -> None:
        with lock, lock:
            entered.set()
            leave.wait()
        with lock:
            again.set()

    thread = threading.Thread(target=function)
    thread.start()
    entered.wait()
    assert not lock.claim()
    leave.set()
    assert woken.wait(30)
    assert lock.claim()
    assert not again.is_set()
    lock.end_claim()
    thread.join(30)
    assert again.is_set()


def test_it_is_released_by_its_holder_only():
    lock = CheckpointLock(lambda: None)
    with pytest.raises(RuntimeError, match="does not hold"):
        lock.release()
    lock.acquire()
    lock.release()
    assert lock.claim()
