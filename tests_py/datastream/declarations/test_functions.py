"""User functions: subclassable, abstract where they must be, and their Java-only companions."""

from __future__ import annotations

import pickle

import pytest

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.time import Time
from pyflinkpp.datastream import functions as f
from pyflinkpp.datastream.async_retry_predicates import empty_result_predicate, has_exception_predicate
from pyflinkpp.datastream.time_domain import TimeDomain
from pyflinkpp.datastream.timerservice import TimerService


@pytest.mark.parametrize(
    "cls",
    [
        f.MapFunction,
        f.FlatMapFunction,
        f.FilterFunction,
        f.ReduceFunction,
        f.AggregateFunction,
        f.KeySelector,
        f.Partitioner,
        f.CoMapFunction,
        f.ProcessFunction,
        f.KeyedProcessFunction,
        f.KeyedBroadcastProcessFunction,
        f.ProcessWindowFunction,
        f.ProcessJoinFunction,
        f.AsyncFunction,
        f.RuntimeContext,
        TimerService,
    ],
)
def test_what_must_be_written_is_abstract(cls):
    with pytest.raises(TypeError, match="abstract"):
        cls()


def test_open_and_close_are_optional():
    class Half(f.MapFunction[int, float]):
        def map(self, value):
            return value / 2

    half = Half()
    assert half.open(None) is None and half.close() is None
    assert half.map(3) == 1.5


def test_contexts_can_be_written_for_tests():
    class Timers(TimerService):
        def current_processing_time(self):
            return 5

        def current_watermark(self):
            return 3

        def register_processing_time_timer(self, timestamp):
            pass

        def register_event_time_timer(self, timestamp):
            pass

    class Context(f.KeyedProcessFunction.OnTimerContext):
        def timer_service(self):
            return Timers()

        def timestamp(self):
            return 1

        def get_current_key(self):
            return "k"

        def time_domain(self):
            return TimeDomain.EVENT_TIME

    assert Context().timer_service().current_watermark() == 3
    with pytest.raises(NotImplementedError):
        Timers().delete_event_time_timer(1)


def test_sources_and_sinks_in_python():
    class Numbers(f.SourceFunction):
        def run(self, ctx):
            for i in range(3):
                ctx.collect_with_timestamp(i, 10 * i)

    class Context(f.SourceFunction.SourceContext):
        seen = []

        def collect(self, element):
            self.seen.append(element)

        def collect_with_timestamp(self, element, timestamp):
            self.seen.append((element, timestamp))

        def emit_watermark(self, mark):
            pass

        def get_checkpoint_lock(self):
            return None

    context = Context()
    Numbers().run(context)
    assert context.seen == [(0, 0), (1, 10), (2, 20)]
    with pytest.raises(NotBuiltError):
        f.SinkFunction("org.example.Sink")
    with pytest.raises(NotImplementedError, match="invoke"):
        f.SinkFunction().invoke(1, None)


def test_retry_strategies():
    fixed = f.AsyncRetryStrategy.fixed_delay(2, 10, empty_result_predicate, has_exception_predicate)
    assert [fixed.can_retry(n) for n in (1, 2, 3)] == [True, True, False]
    assert fixed.get_retry_predicate().result_predicate()([])
    assert not f.AsyncRetryStrategy.no_restart().can_retry(1)
    growing = f.AsyncRetryStrategy.exponential_backoff(5, 10, 100, 3.0, None, None)
    assert [growing.get_backoff_time_millis(n) for n in (3, 1, 4, 2)] == [90, 10, 100, 30]
    assert pickle.loads(pickle.dumps(growing)).can_retry(5)
    with pytest.raises(ValueError, match="max_attempts"):
        f.AsyncRetryStrategy.fixed_delay(0, 10, None, None)


def test_async_descriptor():
    class Ask(f.AsyncFunction):
        async def async_invoke(self, value):
            return [value]

    mode = f.AsyncFunctionDescriptor.OutputMode.ORDERED
    none = f.AsyncRetryStrategy.no_restart()
    assert f.AsyncFunctionDescriptor(Ask(), Time.seconds(1), 5, none, mode).timeout_millis == 1000
    with pytest.raises(ValueError, match="capacity"):
        f.AsyncFunctionDescriptor(Ask(), Time.seconds(1), 0, none, mode)
    with pytest.raises(TimeoutError):
        Ask().timeout(1)
