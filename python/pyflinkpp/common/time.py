"""Lengths of time (`Time` in milliseconds, `Duration` in nanoseconds) and `Instant`, a point in time."""

from __future__ import annotations

from functools import total_ordering

__all__ = ["Duration", "Instant", "Time"]

_NANOS_PER_SECOND = 1_000_000_000


def _whole(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be an int, not {value!r} of type {type(value).__name__}")
    return value


@total_ordering
class Duration:
    """An immutable length of time with nanosecond resolution; made by the `of_*` methods.

    >>> Duration.of_seconds(90) == Duration.of_millis(90_000)
    True
    >>> Duration.of_minutes(2).to_millis()
    120000
    >>> Duration.of_seconds(90)
    PT1M30S

    The `of_*` methods take whole numbers, negative ones too, and raise TypeError for anything else.
    """

    __slots__ = ("_nanos",)

    def __init__(self, nanos: int) -> None:
        self._nanos = _whole(nanos, "a duration")

    @staticmethod
    def of_days(days: int) -> Duration:
        """`days` times 24 hours."""
        return Duration(_whole(days, "days") * 86_400 * _NANOS_PER_SECOND)

    @staticmethod
    def of_hours(hours: int) -> Duration:
        """`hours` hours."""
        return Duration(_whole(hours, "hours") * 3_600 * _NANOS_PER_SECOND)

    @staticmethod
    def of_minutes(minutes: int) -> Duration:
        """`minutes` minutes."""
        return Duration(_whole(minutes, "minutes") * 60 * _NANOS_PER_SECOND)

    @staticmethod
    def of_seconds(seconds: int) -> Duration:
        """`seconds` seconds."""
        return Duration(_whole(seconds, "seconds") * _NANOS_PER_SECOND)

    @staticmethod
    def of_millis(millis: int) -> Duration:
        """`millis` milliseconds."""
        return Duration(_whole(millis, "millis") * 1_000_000)

    @staticmethod
    def of_nanos(nanos: int) -> Duration:
        """`nanos` nanoseconds."""
        return Duration(nanos)

    def to_millis(self) -> int:
        """Whole milliseconds, rounded down."""
        return self._nanos // 1_000_000

    def to_nanos(self) -> int:
        """Nanoseconds, exact."""
        return self._nanos

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Duration) and self._nanos == other._nanos

    def __lt__(self, other: object) -> bool:
        return self._nanos < other._nanos if isinstance(other, Duration) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._nanos)

    def __repr__(self) -> str:
        """ISO-8601, hours as the largest unit."""
        if self._nanos == 0:
            return "PT0S"
        sign = "-" if self._nanos < 0 else ""
        seconds, nanos = divmod(abs(self._nanos), _NANOS_PER_SECOND)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        parts = [f"{sign}{hours}H" if hours else "", f"{sign}{minutes}M" if minutes else ""]
        if seconds or nanos:
            fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
            parts.append(f"{sign}{seconds}{fraction}S")
        return "PT" + "".join(parts)


@total_ordering
class Time:
    """An immutable length of time in milliseconds, as window assigners take it.

    >>> Time.seconds(5).to_milliseconds()
    5000
    >>> Time.minutes(1) == Time(60_000)
    True
    """

    __slots__ = ("_milliseconds",)

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = _whole(milliseconds, "milliseconds")

    def to_milliseconds(self) -> int:
        """The length in milliseconds."""
        return self._milliseconds

    @staticmethod
    def milliseconds(milliseconds: int) -> Time:
        """`milliseconds` milliseconds."""
        return Time(milliseconds)

    @staticmethod
    def seconds(seconds: int) -> Time:
        """`seconds` seconds."""
        return Time(_whole(seconds, "seconds") * 1_000)

    @staticmethod
    def minutes(minutes: int) -> Time:
        """`minutes` minutes."""
        return Time(_whole(minutes, "minutes") * 60_000)

    @staticmethod
    def hours(hours: int) -> Time:
        """`hours` hours."""
        return Time(_whole(hours, "hours") * 3_600_000)

    @staticmethod
    def days(days: int) -> Time:
        """`days` times 24 hours."""
        return Time(_whole(days, "days") * 86_400_000)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and self._milliseconds == other._milliseconds

    def __lt__(self, other: object) -> bool:
        return self._milliseconds < other._milliseconds if isinstance(other, Time) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._milliseconds)

    def __repr__(self) -> str:
        return f"Time({self._milliseconds})"


@total_ordering
class Instant:
    """An immutable point on the UTC time line: seconds since 1970-01-01 and nanoseconds in that second.

    >>> Instant.of_epoch_milli(-1)
    Instant<-1, 999000000>
    >>> Instant(1, 500_000_000).to_epoch_milli()
    1500
    """

    __slots__ = ("_nanos", "_seconds")

    def __init__(self, seconds: int, nanos: int) -> None:
        self._seconds = _whole(seconds, "seconds")
        self._nanos = _whole(nanos, "nanos")

    @property
    def seconds(self) -> int:
        """Seconds since 1970-01-01T00:00:00Z, negative before it."""
        return self._seconds

    @property
    def nanos(self) -> int:
        """Nanoseconds after `seconds`, counted forward."""
        return self._nanos

    def to_epoch_milli(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z, rounded down."""
        return self._seconds * 1_000 + self._nanos // 1_000_000

    @staticmethod
    def of_epoch_milli(epoch_milli: int) -> Instant:
        """The instant `epoch_milli` milliseconds after 1970-01-01T00:00:00Z."""
        seconds, millis = divmod(_whole(epoch_milli, "epoch_milli"), 1_000)
        return Instant(seconds, millis * 1_000_000)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instant) and self._seconds == other._seconds and self._nanos == other._nanos

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Instant):
            return NotImplemented
        return (self._seconds, self._nanos) < (other._seconds, other._nanos)

    def __hash__(self) -> int:
        return hash((self._seconds, self._nanos))

    def __repr__(self) -> str:
        return f"Instant<{self._seconds}, {self._nanos}>"
