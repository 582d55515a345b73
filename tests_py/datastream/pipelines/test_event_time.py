"""Timestamps and watermarks as functions see them."""

import json

import pytest

from pyflinkpp.common import Duration, Types, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.common.watermark_strategy import (
    TimestampAssigner,
    TimestampAssignerSupplier,
    Watermark,
    WatermarkGenerator,
    WatermarkGeneratorSupplier,
)
from pyflinkpp.datastream import ProcessFunction, RuntimeExecutionMode, TimeCharacteristic
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource

MIN, MAX = -(2**63), 2**63 - 1
MONOTONOUS = WatermarkStrategy.for_monotonous_timestamps()


@pytest.fixture
def env(make_env):
    """Without periodic watermarks, which come when the machine's clock says so."""
    return make_env(pipeline__auto_watermark_interval="0 ms")


class Seen(ProcessFunction):
    """(value, timestamp, watermark) of each record."""

    def process_element(self, value, ctx):
        yield value, ctx.timestamp(), ctx.timer_service().current_watermark()


class Punctuated(WatermarkGenerator):
    """A watermark right after each value that is a multiple of 10."""

    def on_event(self, event, event_timestamp, output):
        if event % 10 == 0:
            output.emit_watermark(event_timestamp)

    def on_periodic_emit(self, output):
        pass


def seen(stream):
    return list(stream.process(Seen()).execute_and_collect())


def test_records_without_an_assigner_have_no_timestamp(env):
    assert seen(env.from_collection([7])) == [(7, MIN, MIN)]


def test_a_second_assigner_is_given_the_timestamps_of_the_first(env):
    first = MONOTONOUS.with_timestamp_assigner(lambda value, before: value * 10)
    second = MONOTONOUS.with_timestamp_assigner(lambda value, before: before + 1)
    stream = env.from_collection([1, 2]).assign_timestamps_and_watermarks(first).map(lambda x: x)
    assert seen(stream.assign_timestamps_and_watermarks(second)) == [(1, 11, MIN), (2, 21, MIN)]


def test_without_an_assigner_timestamps_are_kept(env):
    stamped = MONOTONOUS.with_timestamp_assigner(lambda value, before: value)
    stream = env.from_collection([5]).assign_timestamps_and_watermarks(stamped)
    assert seen(stream.assign_timestamps_and_watermarks(MONOTONOUS)) == [(5, 5, MIN)]


def test_a_punctuated_watermark_comes_right_after_its_record(env):
    strategy = WatermarkStrategy.for_generator(Punctuated).with_timestamp_assigner(lambda value, _: value)
    stream = env.from_collection([1, 10, 3, 20, 15, 7]).assign_timestamps_and_watermarks(strategy)
    assert seen(stream) == [(1, 1, MIN), (10, 10, MIN), (3, 3, 10), (20, 20, 10), (15, 15, 20), (7, 7, 20)]


def test_watermarks_never_fall_and_upstream_has_none(env):
    strategy = WatermarkStrategy.for_generator(Punctuated).with_timestamp_assigner(lambda value, _: value)
    before = env.from_collection([20, 10, 30]).process(Seen())
    after = before.map(lambda s: s[0]).assign_timestamps_and_watermarks(strategy)
    both = after.process(Seen()).union(before)
    assert sorted(both.execute_and_collect()) == sorted(
        [(20, 20, MIN), (10, 10, 20), (30, 30, 20)] + [(value, MIN, MIN) for value in (20, 10, 30)]
    )


def test_periodic_emission_at_the_end_of_input_still_comes(env):
    class AtTheEnd(Punctuated):
        def on_event(self, event, event_timestamp, output):
            self.last = event_timestamp

        def on_periodic_emit(self, output):
            raise LookupError(f"last {self.last}")

    strategy = WatermarkStrategy.for_generator(AtTheEnd).with_timestamp_assigner(lambda value, _: value)
    stream = env.from_collection([3, 4]).assign_timestamps_and_watermarks(strategy)
    with pytest.raises(JobExecutionError, match="LookupError: last 4"):
        stream.execute_and_collect(limit=5)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "TypeError: extract_timestamp returned None of type NoneType; a time is an int"),
        (1.5, "TypeError: extract_timestamp returned 1.5 of type float"),
        ("now", "TypeError: extract_timestamp returned 'now' of type str"),
        (True, "TypeError: extract_timestamp returned True of type bool"),
        (2**63, "OverflowError: extract_timestamp returned 9223372036854775808"),
    ],
)
def test_what_is_no_timestamp_ends_the_job_and_shows_the_record(env, returned, message):
    strategy = MONOTONOUS.with_timestamp_assigner(lambda value, before: returned)
    stream = env.from_collection(["a record"]).assign_timestamps_and_watermarks(strategy)
    with pytest.raises(JobExecutionError) as failure:
        stream.execute_and_collect(limit=1)
    text = str(failure.value)
    assert message in text
    assert "record: 'a record'" in text
    assert "'Timestamps/Watermarks' (1/1)" in text
    assert __file__ in text


def test_errors_of_users_functions_keep_their_traceback(env):
    class Broken(Punctuated):
        def on_event(self, event, event_timestamp, output):
            raise ZeroDivisionError("my generator")

    for strategy in (
        MONOTONOUS.with_timestamp_assigner(lambda value, before: 1 // 0),
        WatermarkStrategy.for_generator(Broken),
    ):
        stream = env.from_collection([6]).assign_timestamps_and_watermarks(strategy)
        with pytest.raises(JobExecutionError, match="record: 6") as failure:
            stream.execute_and_collect(limit=1)
        assert isinstance(failure.value.__cause__, ZeroDivisionError)
        assert failure.value.__cause__.__traceback__.tb_frame.f_code.co_filename == __file__


def test_watermark_outputs_take_whole_numbers_and_watermarks_during_the_call(env):
    class Emits(Punctuated):
        def __init__(self, mark):
            self.mark = mark

        def on_event(self, event, event_timestamp, output):
            output.emit_watermark(self.mark)

    for mark in (8, Watermark(8)):
        strategy = WatermarkStrategy.for_generator(lambda mark=mark: Emits(mark))
        result = seen(env.from_collection([1, 2]).assign_timestamps_and_watermarks(strategy))
        assert result == [(1, MIN, MIN), (2, MIN, 8)]
    strategy = WatermarkStrategy.for_generator(lambda: Emits(None))
    with pytest.raises(JobExecutionError, match="emit_watermark was given None"):
        env.from_collection([1]).assign_timestamps_and_watermarks(strategy).execute_and_collect(limit=1)


def test_a_watermark_output_is_of_no_use_after_the_call(env):
    kept = []

    class Keeps(Punctuated):
        def on_event(self, event, event_timestamp, output):
            kept.append(output)

    def late(value, before):
        for output in kept:
            output.mark_idle()
        return value

    strategy = WatermarkStrategy.for_generator(Keeps).with_timestamp_assigner(late)
    with pytest.raises(JobExecutionError, match="valid only during the call"):
        env.from_collection([1, 2]).assign_timestamps_and_watermarks(strategy).execute_and_collect(limit=5)


def test_suppliers_are_given_metrics(env):
    class Assigner(TimestampAssigner):
        def __init__(self, counter):
            self.counter = counter

        def extract_timestamp(self, value, record_timestamp):
            self.counter.inc()
            return self.counter.get_count()

    class Assigners(TimestampAssignerSupplier):
        def create_timestamp_assigner(self, context):
            return Assigner(context.get_metric_group().counter("stamped"))

    class Generators(WatermarkGeneratorSupplier):
        def create_watermark_generator(self, context):
            context.get_metric_group().counter("generators").inc()
            return Punctuated()

    strategy = WatermarkStrategy.for_generator(Generators()).with_timestamp_assigner(Assigners())
    stream = env.from_collection([5, 10, 5]).assign_timestamps_and_watermarks(strategy)
    assert seen(stream) == [(5, 1, MIN), (10, 2, MIN), (5, 3, 2)]
    env.from_collection([5, 10, 5]).assign_timestamps_and_watermarks(strategy).print()
    client = env.execute_async()
    client.get_job_execution_result().result()
    metrics = {name.rsplit(".", 1)[-1]: value for name, value in client.metrics().items()}
    assert (metrics["stamped"], metrics["generators"]) == (3, 1)


def test_a_strategy_that_is_both_assigner_and_generator_is_one_object_in_a_subtask(env):
    class Both(TimestampAssigner, WatermarkGenerator):
        last = 0

        def extract_timestamp(self, value, record_timestamp):
            self.last = value
            return value

        def on_event(self, event, event_timestamp, output):
            output.emit_watermark(self.last)

        def on_periodic_emit(self, output):
            pass

    both = Both()
    strategy = WatermarkStrategy.for_generator(lambda: both).with_timestamp_assigner(both)
    stream = env.from_collection([4, 5]).assign_timestamps_and_watermarks(strategy)
    assert seen(stream) == [(4, 4, MIN), (5, 5, 4)]


@pytest.mark.parametrize("wrong", [lambda: 5, lambda: None])
def test_a_supplier_that_gives_no_generator_is_refused(env, wrong):
    strategy = WatermarkStrategy.for_generator(wrong)
    with pytest.raises(JobExecutionError, match="must give a WatermarkGenerator"):
        env.from_collection([1]).assign_timestamps_and_watermarks(strategy).execute_and_collect(limit=1)


def test_refused_where_declared(env):
    stream = env.from_collection([1])
    with pytest.raises(TypeError, match="takes a WatermarkStrategy"):
        stream.assign_timestamps_and_watermarks(lambda x: x)
    with pytest.raises(ValueError, match="drift must not be negative"):
        MONOTONOUS.with_watermark_alignment("group", Duration.of_seconds(-1))
    with pytest.raises(ValueError, match="at least a millisecond"):
        MONOTONOUS.with_watermark_alignment("group", Duration.of_seconds(1), Duration.of_millis(0))


def test_sources_have_the_timestamps_and_watermarks_of_their_strategy(env):
    strategy = WatermarkStrategy.for_generator(Punctuated).with_timestamp_assigner(lambda value, _: value * 2)
    stream = env.from_source(NumberSequenceSource(9, 12), strategy, "numbers")
    assert seen(stream) == [(9, 18, MIN), (10, 20, MIN), (11, 22, 20), (12, 24, 20)]
    env.from_source(NumberSequenceSource(1, 2), strategy, "numbers").print()
    names = [node["type"] for node in json.loads(env.get_execution_plan())["nodes"]]
    assert names == ["Source: numbers", "Sink: Print to Std. Out"]


def test_in_batch_mode_there_is_only_the_last_watermark(env):
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    strategy = WatermarkStrategy.for_generator(Punctuated).with_timestamp_assigner(lambda value, _: value)
    stream = env.from_collection([10, 20]).assign_timestamps_and_watermarks(strategy)
    assert seen(stream) == [(10, 10, MIN), (20, 20, MIN)]


def test_ingestion_time_stamps_records_at_the_source(env):
    env.set_stream_time_characteristic(TimeCharacteristic.IngestionTime)
    results = seen(env.from_collection(list(range(5000))))
    stamps = [timestamp for _, timestamp, _ in results]
    assert stamps == sorted(stamps)
    assert all(stamp > 1_600_000_000_000 for stamp in stamps)
    assert all(watermark == MIN for _, _, watermark in results)
    env.set_stream_time_characteristic(TimeCharacteristic.ProcessingTime)
    assert env.get_config().get_auto_watermark_interval() == 0
    assert seen(env.from_collection([1])) == [(1, MIN, MIN)]


def test_watermarks_show_in_the_metrics(env):
    strategy = WatermarkStrategy.for_generator(Punctuated).with_timestamp_assigner(lambda value, _: value)
    env.from_collection([1, 2]).assign_timestamps_and_watermarks(strategy).print()
    client = env.execute_async("job")
    client.get_job_execution_result().result()
    metrics = client.metrics()
    scope = "localhost.taskmanager.local.job."
    assert metrics[scope + "Timestamps/Watermarks.0.currentOutputWatermark"] == MAX
    assert metrics[scope + "Sink: Print to Std. Out.0.currentInputWatermark"] == MAX


def test_timestamps_pass_through_a_shuffle_and_union(env):
    env.set_parallelism(2)
    strategy = MONOTONOUS.with_timestamp_assigner(lambda value, _: value)
    left = env.from_collection(list(range(50)), Types.LONG()).rebalance()
    right = env.from_collection(list(range(50, 100)), Types.LONG())
    stamped = left.assign_timestamps_and_watermarks(strategy).union(
        right.assign_timestamps_and_watermarks(strategy)
    )
    assert sorted(s[:2] for s in seen(stamped.shuffle())) == [(i, i) for i in range(100)]
