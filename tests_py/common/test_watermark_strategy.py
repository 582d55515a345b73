import pickle

import pytest

from pyflinkpp.common import AssignerWithPeriodicWatermarksWrapper, Duration, WatermarkStrategy
from pyflinkpp.common.errors import NoJvmError
from pyflinkpp.common.watermark_strategy import TimestampAssigner, WatermarkGenerator


class First(TimestampAssigner):
    def extract_timestamp(self, value, record_timestamp):
        return value[0]


class Generator(WatermarkGenerator):
    def on_event(self, event, event_timestamp, output):
        output.emit_watermark(event_timestamp)

    def on_periodic_emit(self, output):
        pass


def test_builtin_strategies():
    assert WatermarkStrategy.no_watermarks()._generator.kind == "none"
    monotonous = WatermarkStrategy.for_monotonous_timestamps()._generator
    assert monotonous == WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_nanos(0))._generator
    assert (monotonous.kind, monotonous.max_out_of_orderness_ms) == ("bounded", 0)
    strategy = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(5))
    assert strategy._generator.max_out_of_orderness_ms == 5000
    assert strategy._timestamp_assigner is strategy._idle_timeout_ms is strategy._alignment is None


def test_with_methods_add_up_in_any_order():
    base = WatermarkStrategy.for_monotonous_timestamps()
    assigner, minute, second = First(), Duration.of_minutes(1), Duration.of_seconds(1)
    one = base.with_timestamp_assigner(assigner).with_idleness(minute)
    one = one.with_watermark_alignment("g", second)
    two = base.with_watermark_alignment("g", second).with_idleness(minute)
    two = two.with_timestamp_assigner(assigner)
    for strategy in (one, two):
        assert strategy._timestamp_assigner is assigner
        assert strategy._idle_timeout_ms == 60_000
        assert strategy._alignment == ("g", 1000, 1000)
    assert base._timestamp_assigner is None
    with pytest.raises(AttributeError):
        base._idle_timeout_ms = 5


def test_alignment_interval():
    strategy = WatermarkStrategy.no_watermarks().with_watermark_alignment(
        "g", Duration.of_seconds(2), Duration.of_millis(30)
    )
    assert strategy._alignment == ("g", 2000, 30)


def test_functions_as_assigners():
    strategy = WatermarkStrategy.no_watermarks().with_timestamp_assigner(lambda value, before: value + before)
    assert strategy._timestamp_assigner.extract_timestamp(2, 3) == 5


def test_own_generators():
    strategy = WatermarkStrategy.for_generator(Generator)
    assert strategy._generator.kind == "custom"
    assert isinstance(strategy._generator.supplier(), Generator)
    with pytest.raises(TypeError, match="makes a WatermarkGenerator"):
        WatermarkStrategy.for_generator(Generator())
    with pytest.raises(TypeError):
        WatermarkGenerator()


def test_refused_arguments():
    base = WatermarkStrategy.no_watermarks()
    for millis in (0, -1):
        with pytest.raises(ValueError, match="must be positive"):
            base.with_idleness(Duration.of_millis(millis))
    with pytest.raises(TypeError, match="idle_timeout must be a Duration"):
        base.with_idleness(5)
    with pytest.raises(ValueError, match="must not be negative"):
        WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_seconds(-1))
    for wrong in (None, 5, First):
        with pytest.raises(TypeError, match="TimestampAssigner instance"):
            base.with_timestamp_assigner(wrong)
    with pytest.raises(NoJvmError):
        AssignerWithPeriodicWatermarksWrapper(object())


def test_strategies_pickle():
    strategy = WatermarkStrategy.for_monotonous_timestamps().with_idleness(Duration.of_seconds(1))
    twin = pickle.loads(pickle.dumps(strategy))
    assert (twin._generator, twin._idle_timeout_ms) == (strategy._generator, 1000)
    assert repr(twin) == "<WatermarkStrategy bounded(0 ms), idle after 1000 ms>"
