"""The operator harness."""

import pytest

from pyflinkpp.common import Types
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import CoMapFunction, KeyedProcessFunction
from pyflinkpp.datastream.output_tag import OutputTag
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.testing import OperatorHarness

ODD = OutputTag("odd", Types.LONG())


@pytest.fixture
def source():
    return StreamExecutionEnvironment.get_execution_environment().from_collection([])


class Timeouts(KeyedProcessFunction):
    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value, ctx):
        self.count.update((self.count.value() or 0) + 1)
        now = ctx.timer_service().current_processing_time()
        ctx.timer_service().register_processing_time_timer(now + 100)
        if value % 2:
            yield ODD, value

    def on_timer(self, timestamp, ctx):
        yield timestamp, ctx.get_current_key(), self.count.value()


def test_processing_time_is_turned_by_the_test(source):
    stream = source.key_by(lambda v: v % 10).process(Timeouts())
    with OperatorHarness(stream, processing_time=1_000) as harness:
        harness.process_element(3)
        harness.set_processing_time(1_050)
        harness.process_element(13)
        harness.process_element(4)
        harness.set_processing_time(1_100)
        assert harness.take_values() == []  # the timer's millisecond is not over
        harness.set_processing_time(1_101)
        assert harness.take_values() == [(1_100, 3, 2)]
        harness.set_processing_time(2_000)
        assert sorted(harness.take_values()) == [(1_150, 3, 2), (1_150, 4, 1)]
        assert harness.processing_time() == 2_000


def test_side_outputs_are_apart(source):
    stream = source.key_by(lambda v: v).process(Timeouts())
    stream.get_side_output(ODD)
    with OperatorHarness(stream) as harness:
        for value in (1, 2, 3):
            harness.process_element(value)
        assert harness.take_side_output(ODD) == [1, 3]
        assert harness.take_values() == []
        with pytest.raises(ValueError, match="'other'"):
            harness.take_side_output(OutputTag("other", Types.LONG()))


def test_records_keep_their_timestamps_and_watermarks_pass(source):
    with OperatorHarness(source.map(lambda v: v * 2)) as harness:
        harness.process_element(1, timestamp=7)
        harness.process_element(2)
        harness.process_watermark(9)
        assert harness.take_records() == [(2, 7), (4, None)]
        assert harness.take_watermarks() == [9]


def test_two_inputs(source):
    class Both(CoMapFunction):
        def map1(self, value):
            return "first", value

        def map2(self, value):
            return "second", value

    with OperatorHarness(source.connect(source).map(Both())) as harness:
        harness.process_element(1, input=1)
        harness.process_element(2, input=0)
        assert harness.take_values() == [("second", 1), ("first", 2)]
        with pytest.raises(IndexError, match="no input 2"):
            harness.process_element(1, input=2)


def test_a_failure_is_the_users_own_and_results_before_it_stay(source):
    def fails_at_zero(value):
        yield "first"
        yield 1 // value

    with OperatorHarness(source.flat_map(fails_at_zero)) as harness:
        with pytest.raises(ZeroDivisionError):
            harness.process_element(0)
        assert harness.take_values() == ["first"]


def test_time_does_not_go_back(source):
    with (
        OperatorHarness(source.map(str), processing_time=10) as harness,
        pytest.raises(RuntimeError, match="can't go back from 10 to 9"),
    ):
        harness.set_processing_time(9)


def test_a_source_is_no_operator(source):
    with pytest.raises(TypeError, match="one operator"):
        OperatorHarness(source)
