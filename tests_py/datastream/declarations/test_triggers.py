"""When each trigger fires."""

from __future__ import annotations

import pytest

from datastream.declarations.trigger_context import FakeTriggerContext as Context
from pyflinkpp.datastream.window import (
    ContinuousEventTimeTrigger,
    ContinuousProcessingTimeTrigger,
    CountTrigger,
    DeltaTrigger,
    EventTimeTrigger,
    GlobalWindow,
    NeverTrigger,
    ProcessingTimeTrigger,
    PurgingTrigger,
    TimeWindow,
    TriggerResult,
)

FIRE, CONTINUE = TriggerResult.FIRE, TriggerResult.CONTINUE
WINDOW = TimeWindow(0, 100)


def test_event_time_trigger_fires_at_the_last_timestamp_and_for_late_elements():
    trigger, ctx = EventTimeTrigger.create(), Context()
    assert trigger.on_element("a", 5, WINDOW, ctx) is CONTINUE
    assert ctx.advance_watermark(trigger, WINDOW, 98) == []
    assert ctx.advance_watermark(trigger, WINDOW, 99) == [(99, FIRE)]
    assert trigger.on_element("late", 7, WINDOW, ctx) is FIRE
    assert trigger.on_event_time(50, WINDOW, ctx) is CONTINUE


def test_event_time_trigger_clear_and_merge():
    trigger, ctx = EventTimeTrigger(), Context(watermark=10)
    trigger.on_merge(TimeWindow(0, 11), ctx)
    assert ctx.event_timers == set()
    trigger.on_merge(WINDOW, ctx)
    assert ctx.event_timers == {99}
    trigger.clear(WINDOW, ctx)
    assert ctx.event_timers == set()


def test_processing_time_trigger():
    trigger, ctx = ProcessingTimeTrigger.create(), Context()
    assert trigger.on_element("a", -1, WINDOW, ctx) is CONTINUE
    assert ctx.advance_clock(trigger, WINDOW, 99) == [(99, FIRE)]
    assert trigger.can_merge()


def test_count_trigger_counts_anew_after_firing_and_adds_up_on_merge():
    trigger, ctx = CountTrigger.of(3), Context()
    results = [trigger.on_element(i, i, WINDOW, ctx) for i in range(7)]
    assert results == [CONTINUE, CONTINUE, FIRE, CONTINUE, CONTINUE, FIRE, CONTINUE]
    other, target = Context(), Context()
    trigger.on_element(0, 0, WINDOW, other)
    target.merged = [ctx, other]
    trigger.on_merge(WINDOW, target)
    assert trigger.on_element(1, 1, WINDOW, target) is FIRE


def test_purging_trigger_purges_when_the_nested_one_fires():
    trigger, ctx = PurgingTrigger.of(CountTrigger.of(2)), Context()
    assert trigger.on_element(0, 0, WINDOW, ctx) is CONTINUE
    assert trigger.on_element(0, 0, WINDOW, ctx) is TriggerResult.FIRE_AND_PURGE
    with pytest.raises(TypeError):
        PurgingTrigger.of(3)


def test_continuous_event_time_trigger_fires_on_multiples_and_at_the_end():
    trigger, ctx = ContinuousEventTimeTrigger.of(30), Context()
    assert trigger.on_element("a", 35, WINDOW, ctx) is CONTINUE
    assert ctx.event_timers == {60, 99}
    assert ctx.advance_watermark(trigger, WINDOW, 1000) == [(60, FIRE), (90, FIRE), (99, FIRE)]
    assert trigger.on_element("late", 1, WINDOW, ctx) is FIRE
    trigger.clear(WINDOW, ctx)
    assert ctx.event_timers == set()


def test_continuous_event_time_trigger_floors_negative_times():
    trigger, ctx = ContinuousEventTimeTrigger.of(10), Context()
    trigger.on_element("a", -7, TimeWindow(-100, 100), ctx)
    assert min(ctx.event_timers) == 0


def test_continuous_event_time_trigger_merge_takes_the_earliest_time():
    trigger, first, second, target = ContinuousEventTimeTrigger.of(10), Context(), Context(), Context()
    trigger.on_element("a", 35, WINDOW, first)
    trigger.on_element("b", 12, WINDOW, second)
    target.merged = [first, second]
    trigger.on_merge(WINDOW, target)
    assert target.event_timers == {20, 99}


def test_continuous_processing_time_trigger():
    trigger, ctx = ContinuousProcessingTimeTrigger.of(40), Context(clock=50)
    assert trigger.on_element("a", 0, WINDOW, ctx) is CONTINUE
    assert ctx.processing_timers == {80}
    assert ctx.advance_clock(trigger, WINDOW, 80) == [(80, FIRE)]
    assert ctx.processing_timers == {99}
    trigger.clear(WINDOW, ctx)
    assert ctx.processing_timers == set()


def test_delta_trigger_measures_from_the_last_firing():
    trigger, ctx = DeltaTrigger.of(10, lambda old, new: new - old), Context()
    window = GlobalWindow.get()
    results = [trigger.on_element(x, 0, window, ctx) for x in (0, 10, 11, 20, 22)]
    assert results == [CONTINUE, CONTINUE, FIRE, CONTINUE, FIRE]
    assert not trigger.can_merge()


def test_never_trigger_and_its_results():
    assert NeverTrigger().on_element(1, 1, GlobalWindow.get(), Context()) is CONTINUE
    assert [r.name for r in TriggerResult if r.is_purge()] == ["FIRE_AND_PURGE", "PURGE"]


@pytest.mark.parametrize(
    "make", [CountTrigger, ContinuousEventTimeTrigger.of, ContinuousProcessingTimeTrigger.of]
)
def test_sizes_must_be_positive(make):
    with pytest.raises(ValueError, match="got 0"):
        make(0)
