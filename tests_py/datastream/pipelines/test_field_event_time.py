"""A timestamp assigner that only reads a field of columns is not called, and tells the same."""

import pyarrow
import pytest

from pyflinkpp.common import WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import ProcessFunction, StreamExecutionEnvironment


class Stamps(ProcessFunction):
    def process_element(self, value, ctx):
        yield value["id"], ctx.timestamp()


class ByName(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value["at"]


class Before(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return record_timestamp


def stamped(assigner, at=(30, 10)):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    table = pyarrow.table({"id": ["x", "y"], "at": pyarrow.array(at)})
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(assigner)
    return env.from_arrow(table).assign_timestamps_and_watermarks(strategy)


@pytest.mark.parametrize(
    "assigner",
    [lambda r, _: r.at, lambda r, _: r["at"], lambda r, _: r[1], lambda r, _: r[-1], ByName()],
)
def test_a_field_is_read_from_its_column(assigner):
    stream = stamped(assigner)
    assert list(stream.process(Stamps()).execute_and_collect()) == [("x", 30), ("y", 10)]


def test_anything_else_is_called():
    later = stamped(lambda r, _: r.at + 1).process(Stamps())
    assert list(later.execute_and_collect()) == [("x", 31), ("y", 11)]
    unstamped = stamped(Before()).process(Stamps())
    assert list(unstamped.execute_and_collect()) == [("x", -(2**63)), ("y", -(2**63))]


def test_a_missing_time_is_refused():
    stream = stamped(lambda r, _: r.at, at=(30, None))
    with pytest.raises(
        JobExecutionError, match=r"(?s)None in field 1.*milliseconds.*test_field_event_time.py.*record: "
    ):
        list(stream.process(Stamps()).execute_and_collect())


def test_a_field_that_is_no_long_is_for_python_to_refuse():
    stream = stamped(lambda r, _: r.at, at=(1.5, 2.5))
    with pytest.raises(JobExecutionError, match="a time is an int"):
        list(stream.process(Stamps()).execute_and_collect())
