"""Jobs whose state is large beside what changes of it, so that incremental checkpoints show."""

from __future__ import annotations

import random

from datastream import environments
from pyflinkpp.common import RestartStrategies, Types, WatermarkStrategy
from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import CheckpointedFunction, CheckpointListener
from pyflinkpp.datastream.state import ValueStateDescriptor

KEYS = 300
DIGITS = 1_000
ENDLESS = 10**12


def text_of(key: int) -> str:
    return f"{random.Random(key).getrandbits(4 * DIGITS):0{DIGITS}x}"


class Remember(KeyedProcessFunction, CheckpointedFunction, CheckpointListener):
    """Keeps a text for each key, and tells what it had before; fails once behind a checkpoint with all."""

    #: What attempts have gone on from.
    restored: list[int | None] = []

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails

    def initialize_state(self, context):
        Remember.restored.append(context.get_restored_checkpoint_id())

    def open(self, runtime_context):
        self.text = runtime_context.get_state(ValueStateDescriptor("text", Types.STRING()))
        self.fails = self.fails and runtime_context.get_attempt_number() == 0
        self.seen = 0
        self.complete_since = None
        self.shall_fail = False

    def process_element(self, value, ctx):
        if self.shall_fail:
            raise ValueError("planned")
        before = self.text.value()
        if before is None:
            self.text.update(text_of(ctx.get_current_key()))
        self.seen += 1
        yield ctx.get_current_key(), before

    def snapshot_state(self, context):
        if self.complete_since is None and self.seen >= KEYS:
            self.complete_since = context.get_checkpoint_id()

    def notify_checkpoint_complete(self, checkpoint_id):
        if self.fails and self.complete_since is not None and checkpoint_id >= self.complete_since:
            self.shall_fail = True


def environment(folder: str, **options: str) -> StreamExecutionEnvironment:
    env = environments.environment(
        1,
        options={
            # All keys are there at the first one: RocksDB puts several small files together.
            "execution.checkpointing.interval": "100 ms",
            "execution.checkpointing.dir": folder,
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            "execution.checkpointing.incremental": "true",
            "state.backend.type": "rocksdb",
        }
        | options,
    )
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(5, 0))
    return env


def remembering(env: StreamExecutionEnvironment, function: Remember | None = None):
    numbers = env.from_source(
        NumberSequenceSource(0, ENDLESS), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    return (
        numbers.key_by(lambda n: n % KEYS, Types.LONG())
        .process(function or Remember(), Types.TUPLE([Types.LONG(), Types.STRING()]))
        .uid("remember")
    )


def checkpoints(env: StreamExecutionEnvironment, count: int, function: Remember | None = None):
    """Of checkpoints with all keys; the job is cancelled when its last attempt has taken so many."""
    Remember.restored.clear()
    attempts = 2 if function and function.fails else 1
    with remembering(env, function).execute_and_collect() as results:
        for key, before in results:
            assert before in (None, text_of(key))
            restored = list(Remember.restored)  # an attempt may begin at any moment
            since = restored[-1] or 0
            found = [of for of in statistics(results) if of["id"] > since and has_all_keys(of)]
            if len(restored) >= attempts and len(found) >= count:
                break
    return found


def statistics(results):
    return results._job.checkpoint_statistics()


def has_all_keys(checkpoint) -> bool:
    # Snappy finds nothing in random digits.
    return checkpoint["state_size"] > KEYS * DIGITS


def is_incremental(checkpoint) -> bool:
    return checkpoint["checkpointed_size"] < checkpoint["state_size"] / 4
