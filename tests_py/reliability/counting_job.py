"""A job that counts numbers by key, from whatever checkpoint it finds; much can be made to happen meanwhile.

    python -m reliability.counting_job FOLDER BACKEND [NUMBER=EVENT...] [KEY=VALUE...]

At a number comes an event: "end", or a fault that is written to the file $DISK_FAULT.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from pyflinkpp.common import Configuration, Types, WatermarkStrategy
from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import MapFunction
from pyflinkpp.datastream.state import ValueStateDescriptor

ROWS = 2000
KEYS = 7


def expected_counts() -> dict[int, int]:
    return dict(sorted(Counter(n % KEYS for n in range(1, ROWS + 1)).items()))


class Count(KeyedProcessFunction):
    """Tells each count; a long text beside makes state that has files of its own."""

    def open(self, runtime_context: Any) -> None:
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))
        self.text = runtime_context.get_state(ValueStateDescriptor("text", Types.STRING()))
        seen.append(runtime_context._where["restored_checkpoint_id"])

    def process_element(self, value: int, ctx: KeyedProcessFunction.Context) -> Any:
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        text = f"{count} " * 100
        if self.text.value() not in (None, f"{count - 1} " * 100):
            raise ValueError(f"{count} does not go with {self.text.value()!r}")
        self.text.update(text)
        yield ctx.get_current_key(), count


#: The checkpoints that subtasks went on from.
seen: list[int | None] = []


class Events(MapFunction):
    def __init__(self, events: dict[int, str]) -> None:
        self.events = events

    def map(self, value: int) -> int:
        if self.events:
            time.sleep(0.0002)
        event = self.events.get(value)
        if event == "end":
            os._exit(9)
        if event is not None:
            Path(os.environ["DISK_FAULT"]).write_text(event)
        return value


def counting(
    folder: Path,
    backend: str,
    events: dict[int, str] | None = None,
    options: dict[str, str] | None = None,
) -> tuple[dict[int, int], int | None]:
    """The last count of each key, and the checkpoint that the job went on from."""
    configuration = Configuration()
    for key, value in {
        "execution.checkpointing.interval": "10 ms" if events else "1 h",
        "execution.checkpointing.dir": str(folder),
        "execution.checkpointing.num-retained": "4",
        "execution.checkpointing.data-inline-threshold": "100",
        "execution.state-recovery.path": "latest",
        "execution.batch-size": "16" if events else "1000",
        "state.backend.type": backend,
        **(options or {}),
    }.items():
        configuration.set_string(key, value)
    env = StreamExecutionEnvironment.get_execution_environment(configuration).set_parallelism(2)
    source = NumberSequenceSource(1, ROWS)
    numbers = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers").set_parallelism(1)
    numbers = numbers.map(Events(events or {}), Types.LONG()).set_parallelism(1)
    counts = numbers.key_by(lambda n: n % KEYS, Types.LONG()).process(
        Count(), Types.TUPLE([Types.LONG(), Types.LONG()])
    )
    seen.clear()
    found: dict[int, int] = {}
    with counts.execute_and_collect() as results:
        for key, count in results:
            found[key] = max(count, found.get(key, 0))
    return dict(sorted(found.items())), seen[0]


def main() -> None:
    settings = dict(argument.split("=", 1) for argument in sys.argv[3:])
    events = {int(key): value for key, value in settings.items() if key.isdigit()}
    options = {key: value for key, value in settings.items() if not key.isdigit()}
    print(counting(Path(sys.argv[1]), sys.argv[2], events, options))


if __name__ == "__main__":
    # By its name: functions of a program's own module are shipped as copies, which `seen` must not be.
    from reliability import counting_job

    counting_job.main()
