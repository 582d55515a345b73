"""Which assigners and triggers the native operator knows by itself, and how they are told to it."""

from __future__ import annotations

from typing import Any

from pyflinkpp.datastream import window as w

#: A name and numbers, as cpp/bindings/register_windows.cc takes them; None where Python has to be called.
Spec = tuple[Any, ...] | None

_TUMBLING = {w.TumblingEventTimeWindows: True, w.TumblingProcessingTimeWindows: False}
_SLIDING = {w.SlidingEventTimeWindows: True, w.SlidingProcessingTimeWindows: False}
_SESSIONS = {w.EventTimeSessionWindows: True, w.ProcessingTimeSessionWindows: False}


def assigner_spec(assigner: Any) -> Spec:
    """Only of the library's own classes: a subclass may do something else."""
    kind = type(assigner)
    if kind in _TUMBLING:
        return "time", assigner._size, assigner._size, assigner._offset, _TUMBLING[kind]
    if kind in _SLIDING:
        return "time", assigner._size, assigner._slide, assigner._offset, _SLIDING[kind]
    if kind in _SESSIONS:
        return "session", assigner._session_gap, _SESSIONS[kind]
    if kind is w.GlobalWindows:
        return ("global",)
    if kind is w.CountTumblingWindowAssigner:
        return "count", assigner._window_size, assigner._window_size
    if kind is w.CountSlidingWindowAssigner:
        return "count", assigner._window_size, assigner._window_slide
    return None


def trigger_spec(trigger: Any) -> Spec:
    """Only of the library's own classes: a subclass may do something else."""
    kind = type(trigger)
    if kind is w.EventTimeTrigger:
        return ("event_time",)
    if kind is w.ProcessingTimeTrigger:
        return ("processing_time",)
    if kind is w.NeverTrigger:
        return ("never",)
    if kind is w.CountTrigger:
        return "count", trigger._window_size
    if kind is w.ContinuousEventTimeTrigger:
        return "continuous_event_time", trigger.interval
    if kind is w.ContinuousProcessingTimeTrigger:
        return "continuous_processing_time", trigger.interval
    if kind is w.PurgingTrigger:
        nested = trigger_spec(trigger.nested_trigger)
        return None if nested is None else ("purging", nested)
    return None


def fires_by_itself(windows: Spec, trigger: Spec) -> bool:
    """Whether windows are of time and have the trigger that such windows have by default."""
    if windows is None or windows[0] != "time":
        return False
    return trigger == (("event_time",) if windows[4] else ("processing_time",))


def in_slices(windows: Spec, trigger: Spec) -> Spec:
    """Windows that overlap and fire by themselves, cut into slices that they share; else None."""
    if windows is None or not fires_by_itself(windows, trigger) or windows[1] <= windows[2]:
        return None
    return "slices", *windows[1:]


def merging_of(assigner: Any) -> str:
    """How an assigner written in Python merges its windows: not at all, as sessions do, or its own way."""
    if not isinstance(assigner, w.MergingWindowAssigner):
        return ""
    inherited = type(assigner).merge_windows is w.EventTimeSessionWindows.merge_windows
    return "sessions" if inherited else "custom"


def window_kind(assigner: Any) -> str:
    """Which windows an assigner makes, by the serializer that it names."""
    kinds = {
        w.TimeWindowSerializer: "time",
        w.CountWindowSerializer: "count",
        w.GlobalWindowSerializer: "global",
    }
    return kinds.get(type(assigner.get_window_serializer()), "custom")
