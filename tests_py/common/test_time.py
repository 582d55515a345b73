import pickle

import pytest

from pyflinkpp.common import Duration, Instant, Time


def test_durations():
    assert Duration.of_days(1) == Duration.of_hours(24) == Duration.of_minutes(1440)
    assert Duration.of_seconds(1) == Duration.of_millis(1000) == Duration.of_nanos(10**9)
    assert Duration.of_seconds(1) < Duration.of_minutes(1)
    assert Duration.of_seconds(1) != 1000
    assert Duration.of_nanos(-1).to_millis() == -1
    assert len({Duration.of_seconds(1), Duration.of_millis(1000)}) == 1


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration.of_nanos(0), "PT0S"),
        (Duration.of_hours(25), "PT25H"),
        (Duration.of_millis(90_500), "PT1M30.5S"),
        (Duration.of_seconds(-90), "PT-1M-30S"),
    ],
)
def test_durations_print_as_iso(duration, text):
    assert repr(duration) == str(duration) == text


@pytest.mark.parametrize(
    "make", [Duration.of_seconds, Duration.of_nanos, Time.minutes, Time, Instant.of_epoch_milli]
)
@pytest.mark.parametrize("value", [1.5, "1", True, None])
def test_only_whole_numbers(make, value):
    with pytest.raises(TypeError, match="must be an int"):
        make(value)


def test_times():
    assert Time.days(1) == Time.hours(24) == Time.minutes(1440) == Time.seconds(86400)
    assert Time.milliseconds(5).to_milliseconds() == 5
    assert Time(1) < Time(2)
    assert Time.seconds(1) != Duration.of_seconds(1)


@pytest.mark.parametrize("millis", [0, 1, -1, 1500, -1500, 2**40])
def test_instants_round_trip(millis):
    instant = Instant.of_epoch_milli(millis)
    assert instant.to_epoch_milli() == millis
    assert 0 <= instant.nanos < 10**9
    assert pickle.loads(pickle.dumps(instant)) == instant
    assert hash(instant) == hash(Instant(instant.seconds, instant.nanos))


def test_instants_print_and_compare():
    assert repr(Instant(1, 2)) == "Instant<1, 2>"
    assert Instant(1, 2) < Instant(1, 3) < Instant(2, 0)
