"""Timestamps and watermarks that a SourceFunction gives its records."""

import pytest

from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.common.watermark_strategy import Watermark
from pyflinkpp.datastream import ProcessFunction, TimeCharacteristic
from pyflinkpp.datastream.functions import SourceFunction

MIN = -(2**63)


class Seen(ProcessFunction):
    def process_element(self, value, ctx):
        yield value, ctx.timestamp(), ctx.timer_service().current_watermark()


class Script(SourceFunction):
    """Does with its context what a function of the test says."""

    def __init__(self, script):
        super().__init__()
        self.script = script

    def run(self, ctx):
        self.script(ctx)


def timed(ctx):
    ctx.collect_with_timestamp("a", 5)
    ctx.collect("no timestamp")
    ctx.emit_watermark(5)
    ctx.collect_with_timestamp("late", 3)
    ctx.emit_watermark(Watermark(4))
    ctx.collect_with_timestamp("b", 9)
    ctx.mark_as_temporarily_idle()
    ctx.mark_as_temporarily_idle()
    ctx.emit_watermark(8)
    ctx.collect("c")


def seen(env, script):
    return list(env.add_source(Script(script)).process(Seen()).execute_and_collect())


def test_timestamps_and_watermarks_come_where_they_were_emitted(env):
    assert seen(env, timed) == [
        ("a", 5, MIN),
        ("no timestamp", MIN, MIN),
        ("late", 3, 5),
        ("b", 9, 5),
        ("c", MIN, 8),
    ]


def test_in_processing_time_neither_counts(env):
    env.set_stream_time_characteristic(TimeCharacteristic.ProcessingTime)
    assert {entry[1:] for entry in seen(env, timed)} == {(MIN, MIN)}


def test_in_ingestion_time_the_clock_counts(env):
    env.set_stream_time_characteristic(TimeCharacteristic.IngestionTime)
    stamps = [timestamp for _, timestamp, _ in seen(env, timed)]
    assert stamps == sorted(stamps)
    assert stamps[0] > 1_600_000_000_000


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (lambda ctx: ctx.collect_with_timestamp("a", None), "collect_with_timestamp: a time is an int"),
        (lambda ctx: ctx.collect_with_timestamp("a", 1.5), "not 1.5"),
        (lambda ctx: ctx.emit_watermark("now"), "emit_watermark: a time is an int"),
        (lambda ctx: ctx.emit_watermark(2**63), "OverflowError"),
    ],
)
def test_what_is_no_time_ends_the_job(env, script, message):
    with pytest.raises(JobExecutionError, match=message):
        seen(env, script)


def test_many_records_keep_their_timestamps(env):
    def many(ctx):
        for i in range(5000):
            ctx.collect_with_timestamp(i, i * 2)
            if i % 1000 == 999:
                ctx.emit_watermark(i)

    results = seen(env, many)
    assert [timestamp for _, timestamp, _ in results] == [i * 2 for i in range(5000)]
    assert {watermark for _, _, watermark in results} == {MIN, 999, 1999, 2999, 3999}
