"""Jobs that count numbers by key, with checkpoints, and what they are to count."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from datastream import environments
from pyflinkpp.common import Types, WatermarkStrategy
from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.state import ValueStateDescriptor


class CountByKey(KeyedProcessFunction):
    """Counts, and fails once at a number, in the first attempts."""

    def __init__(self, fail_at: int | None = None, attempts: int = 1) -> None:
        self.fail_at = fail_at
        self.attempts = attempts

    def open(self, runtime_context):
        self.attempt = runtime_context.get_attempt_number()
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value, ctx):
        if value == self.fail_at and self.attempt < self.attempts:
            raise ValueError(f"planned at {value}")
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield ctx.get_current_key(), count


def environment(tmp_path: Path | None = None, **options: str) -> StreamExecutionEnvironment:
    checkpointing = {"execution.checkpointing.interval": "10 ms"}
    if tmp_path is not None:
        checkpointing["execution.checkpointing.dir"] = str(tmp_path)
    return environments.environment(2, options=checkpointing | options)


def counts(env: StreamExecutionEnvironment, function: CountByKey, rows: int):
    numbers = env.from_source(
        NumberSequenceSource(1, rows), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    return numbers.key_by(lambda n: n % 7, Types.LONG()).process(
        function, Types.TUPLE([Types.LONG(), Types.LONG()])
    )


def expected(rows: int) -> Counter[int]:
    return Counter(n % 7 for n in range(1, rows + 1))


def every_count(rows: int) -> list[tuple[int, int]]:
    """What is counted in all, each once."""
    return [(key, count) for key, last in expected(rows).items() for count in range(1, last + 1)]


PROGRAM = """
import os, sys, time
from pyflinkpp.common import Configuration, Types, WatermarkStrategy
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
sys.path.insert(0, {folder!r})
from datastream.counting_jobs import CountByKey

class KillAt(CountByKey):
    def process_element(self, value, ctx):
        if value == {kill_at}:
            time.sleep({wait})
            os._exit(9)
        time.sleep(0.00002)
        yield from super().process_element(value, ctx)

conf = Configuration()
for option in sys.argv[1:]:
    conf.set_string(*option.split("=", 1))
env = StreamExecutionEnvironment.get_execution_environment(conf)
env.set_parallelism(conf.get_integer("parallelism.default", 2))
source = NumberSequenceSource(1, 20000)
numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
counts = numbers.key_by(lambda n: n % 7, Types.LONG()).process(
    KillAt(), Types.TUPLE([Types.LONG(), Types.LONG()]))
with counts.execute_and_collect() as results:
    final = {{}}
    for key, count in results:
        final[key] = max(final.get(key, 0), count)
print(sorted(final.items()))
"""


def run_program(tmp_path: Path, kill_at: int, *options: str) -> subprocess.CompletedProcess[str]:
    """A process that counts to 20,000 by checkpoints in the folder; it dies, with 9, at a number."""
    program = tmp_path / "job.py"
    here = str(Path(__file__).parent.parent)
    program.write_text(PROGRAM.format(folder=here, kill_at=kill_at, wait=0.2))
    standard = [
        "execution.checkpointing.interval=10 ms",
        f"execution.checkpointing.dir={tmp_path / 'checkpoints'}",
        "execution.batch-size=64",
    ]
    return subprocess.run(
        [sys.executable, str(program), *standard, *options], capture_output=True, text=True, timeout=120
    )
