"""Timers of functions that take long."""

import time

from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import KeyedProcessFunction, ReduceFunction
from pyflinkpp.datastream.window import TumblingProcessingTimeWindows


class Slow(KeyedProcessFunction):
    """Takes 50 ms for each record, and sets a timer for the first that comes due meanwhile."""

    def __init__(self, fails=False):
        self.fails = fails

    def process_element(self, value, ctx):
        if value == 1:
            timers = ctx.timer_service()
            timers.register_processing_time_timer(timers.current_processing_time() + 10)
        time.sleep(0.05)
        yield value

    def on_timer(self, timestamp, ctx):
        if self.fails:
            raise LookupError("in the timer")
        yield f"timer of {ctx.get_current_key()}"


class SlowAdds(ReduceFunction):
    def reduce(self, value1, value2):
        time.sleep(0.02)
        return value1 + value2


def test_windows_of_the_clock_fire_between_the_rows_of_a_batch():
    """Records that come after belong to later windows, as the clock goes on."""
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    keyed = env.from_collection([1] * 20).key_by(lambda value: value)
    windows = keyed.window(TumblingProcessingTimeWindows.of(100)).reduce(SlowAdds())
    with windows.execute_and_collect() as results:
        assert next(results) < 20


def slow(function):
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    return env.from_collection([1, 2, 3]).key_by(lambda value: value).process(function)


def test_a_timer_fires_between_the_rows_of_a_batch_and_keeps_its_key():
    assert list(slow(Slow()).execute_and_collect()) == [1, "timer of 1", 2, 3]


def test_the_failure_of_a_timer_is_not_blamed_on_the_next_record():
    try:
        list(slow(Slow(fails=True)).execute_and_collect())
    except JobExecutionError as failure:
        assert "LookupError: in the timer" in str(failure)
        assert "record:" not in str(failure)
    else:
        raise AssertionError("the job should have failed")
