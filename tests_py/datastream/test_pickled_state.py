"""Objects of a program's own classes in state, when another run of the program goes on from it."""

import subprocess
import sys

import pytest

from pyflinkpp.state_processor import SavepointReader

PROGRAM = """
import sys
from dataclasses import dataclass

from pyflinkpp.common import Configuration, Types, WatermarkStrategy
from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.state import ListStateDescriptor, ValueStateDescriptor


@dataclass
class Total:
    sum: int = 0

    def shown(self):
        return {shown}


class Adds(KeyedProcessFunction):
    def open(self, context):
        self.total = context.get_state(ValueStateDescriptor("total", Types.PICKLED_BYTE_ARRAY()))
        self.totals = context.get_list_state(ListStateDescriptor("totals", Types.PICKLED_BYTE_ARRAY()))

    def process_element(self, value, ctx):
        total = self.total.value() or Total()
        total.sum += 1
        self.total.update(total)
        self.totals.update([total])
        assert all(type(one) is Total for one in [self.total.value(), *self.totals.get()])
        yield total.shown()


configuration = Configuration()
for option in sys.argv[2:]:
    configuration.set_string(*option.split("="))
env = StreamExecutionEnvironment.get_execution_environment(configuration).set_parallelism(1)
endless = NumberSequenceSource(1, 2**62)
numbers = env.from_source(endless, WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
totals = numbers.key_by(lambda n: 0, Types.LONG()).process(Adds(), Types.STRING()).uid("adds")
with totals.execute_and_collect() as results:
    print(next(results))
    job = results.get_job_client()
    stopping = job.stop_with_savepoint(False, sys.argv[1])
    for _ in results:
        pass
    print(stopping.result(60))
"""


def run(tmp_path, shown, *options):
    program = tmp_path / "job.py"
    program.write_text(PROGRAM.format(shown=shown))
    ended = subprocess.run(
        [sys.executable, program, tmp_path / "savepoints", *options],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


def test_they_are_of_the_classes_that_the_program_has_now(tmp_path):
    for backend in ("hashmap", "rocksdb"):
        first, savepoint = run(tmp_path, "f'before:{self.sum}'", f"state.backend.type={backend}")
        assert first == "before:1"
        shown, _ = run(tmp_path, "f'now:{self.sum > 1}'", f"execution.state-recovery.path={savepoint}")
        assert shown == "now:True"


def test_one_that_is_gone_is_missed_by_name(tmp_path):
    _, savepoint = run(tmp_path, "str(self.sum)")
    with pytest.raises(AttributeError, match="Total") as missed:
        list(SavepointReader(savepoint).read("adds", "total"))
    assert "define or import it, by that name" in missed.value.__notes__[0]
