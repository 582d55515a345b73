"""A source that lets no checkpoint through."""

from __future__ import annotations

import threading
import time

from pyflinkpp.datastream.functions import SourceFunction


class HeldSource(SourceFunction):
    """Keeps the checkpoint lock until `release`. One at a time, in this process."""

    holds = threading.Event()
    released = threading.Event()
    ended = threading.Event()

    @classmethod
    def prepare(cls) -> HeldSource:
        for event in (cls.holds, cls.released, cls.ended):
            event.clear()
        return cls()

    def run(self, ctx):
        with ctx.get_checkpoint_lock():
            ctx.collect(1)
            self.holds.set()
            self.released.wait(30)
        while not self.ended.is_set():
            time.sleep(0.001)

    def cancel(self):
        self.ended.set()
