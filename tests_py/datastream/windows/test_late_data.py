"""The bound, the allowed lateness and the side output, together."""

import re
import subprocess
import sys
from pathlib import Path

from pyflinkpp.common import Types, WatermarkStrategy
from pyflinkpp.common.watermark_strategy import TimestampAssigner, WatermarkGenerator
from pyflinkpp.datastream import OutputTag
from pyflinkpp.datastream.window import TumblingEventTimeWindows

PAGE = Path(__file__).parents[3] / "docs" / "late_data.md"
RECORD = Types.TUPLE([Types.STRING(), Types.LONG()])


class At(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[1]


class FiveBehind(WatermarkGenerator):
    """A bound of 5 ms, told after each record."""

    def on_event(self, event, event_timestamp, output):
        output.emit_watermark(event_timestamp - 5 - 1)

    def on_periodic_emit(self, output):
        pass


def late_data(env):
    late = OutputTag("late", RECORD)
    strategy = WatermarkStrategy.for_generator(FiveBehind).with_timestamp_assigner(At())
    times = [1, 9, 14, 3, 15, 4, 24, 5, 25, 6]
    counts = (
        env.from_collection([("k", time) for time in times], RECORD)
        .assign_timestamps_and_watermarks(strategy)
        .key_by(lambda record: record[0])
        .window(TumblingEventTimeWindows.of(10))
        .allowed_lateness(10)
        .side_output_late_data(late)
        .sum(1)
    )
    return counts, counts.get_side_output(late)


def test_each_record_meets_the_setting_that_takes_it(env):
    # 3 is within the bound; 4 fires again, since its window is over at watermark 19; so does 5; 6 is late.
    counts, _ = late_data(env)
    of_first_window = [total for _, total in counts.execute_and_collect()][:4]
    assert of_first_window == [13, 17, 22, 29]


def test_what_is_too_late_goes_to_the_side(env):
    _, late = late_data(env)
    assert list(late.execute_and_collect()) == [("k", 6)]


def test_the_program_of_the_page_runs(tmp_path):
    program = tmp_path / "job.py"
    program.write_text("\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)))
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    printed = sorted(re.sub(r"^\d+> ", "", line) for line in done.stdout.splitlines())
    assert printed == ["(page,1000,1)", "(page,61000,1)"]
