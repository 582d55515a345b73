"""Assigners behind the shortcuts for common windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyflinkpp.datastream._checks import not_negative
from pyflinkpp.datastream.time_characteristic import TimeCharacteristic
from pyflinkpp.datastream.window import (
    CountSlidingWindowAssigner,
    CountTumblingWindowAssigner,
    SlidingEventTimeWindows,
    SlidingProcessingTimeWindows,
    TumblingEventTimeWindows,
    TumblingProcessingTimeWindows,
    WindowAssigner,
)

if TYPE_CHECKING:
    from pyflinkpp.datastream.stream_execution_environment import StreamExecutionEnvironment


def count_assigner(size: int, slide: int) -> WindowAssigner[Any, Any]:
    """Tumbling where the slide is 0."""
    if not_negative(slide, "slide") == 0:
        return CountTumblingWindowAssigner(size)
    return CountSlidingWindowAssigner(size, slide)


def time_assigner(env: StreamExecutionEnvironment, size: Any, slide: Any) -> WindowAssigner[Any, Any]:
    """Tumbling where there is no slide; by the wall clock if that is the environment's kind of time."""
    by_clock = env.get_stream_time_characteristic() is TimeCharacteristic.ProcessingTime
    if slide is None:
        return (TumblingProcessingTimeWindows if by_clock else TumblingEventTimeWindows).of(size)
    return (SlidingProcessingTimeWindows if by_clock else SlidingEventTimeWindows).of(size, slide)
