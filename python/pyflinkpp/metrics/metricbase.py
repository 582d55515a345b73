"""Counters, gauges, meters and distributions, in named groups.

Updates come from the one thread of a subtask; a snapshot may be taken on any thread.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Counter", "Distribution", "Gauge", "Meter", "Metric", "MetricGroup"]

_log = logging.getLogger("pyflinkpp.metrics")


class Metric(ABC):
    """Base class of everything that is measured."""

    @abstractmethod
    def _values(self) -> dict[str, Any]:
        """What a snapshot shows: suffixes of the identifier and values."""


class Counter(Metric):
    """A whole number that goes up and down.

    >>> counter = Counter()
    >>> counter.inc(); counter.inc(5); counter.dec(2); counter.get_count()
    4
    """

    def __init__(self) -> None:
        self._count = 0

    def inc(self, n: int = 1) -> None:
        """Add `n`."""
        self._count += n

    def dec(self, n: int = 1) -> None:
        """Take `n` away."""
        self._count -= n

    def get_count(self) -> int:
        """The number now."""
        return self._count

    def _values(self) -> dict[str, Any]:
        return {"": self._count}


class Gauge(Metric):
    """A value that a function gives whenever it is asked for."""

    def __init__(self, function: Callable[[], Any]) -> None:
        if not callable(function):
            raise TypeError(f"a gauge needs a function without parameters, not {function!r}")
        self._function = function

    def get_value(self) -> Any:
        """What the function returns now."""
        return self._function()

    def _values(self) -> dict[str, Any]:
        return {"": self._function()}


class Meter(Metric):
    """Events, and how many there were per second lately.

    >>> meter = Meter()
    >>> meter.mark_event(3); meter.get_count()
    3
    """

    def __init__(self, time_span_in_seconds: int = 60, clock: Callable[[], float] = time.monotonic) -> None:
        """`time_span_in_seconds` is how far the rate looks back; `clock` gives seconds."""
        if time_span_in_seconds <= 0:
            raise ValueError(f"the time span of a meter must be positive, not {time_span_in_seconds}")
        self._span = time_span_in_seconds
        self._clock = clock
        self._count = 0
        self._started = clock()
        self._seconds: deque[tuple[int, int]] = deque()

    def mark_event(self, value: int = 1) -> None:
        """Note `value` events now."""
        self._count += value
        second = int(self._clock())
        if self._seconds and self._seconds[-1][0] == second:
            value += self._seconds.pop()[1]
        self._seconds.append((second, value))
        while self._seconds[0][0] <= second - self._span:
            self._seconds.popleft()

    def get_count(self) -> int:
        """All events since the start."""
        return self._count

    def get_rate(self) -> float:
        """Events per second over the time span, or since the start if that is less than the span."""
        now = self._clock()
        recent = sum(value for second, value in tuple(self._seconds) if second > int(now) - self._span)
        return recent / max(1.0, min(self._span, now - self._started))

    def _values(self) -> dict[str, Any]:
        return {".count": self._count, ".rate": self.get_rate()}


class Distribution(Metric):
    """Count, sum, least and greatest of the values given to it.

    >>> distribution = Distribution()
    >>> distribution.update(2); distribution.update(4)
    >>> distribution.get_statistics()
    {'count': 2, 'sum': 6, 'min': 2, 'max': 4, 'mean': 3.0}
    """

    def __init__(self) -> None:
        self._statistics: tuple[int, int, int | None, int | None] = (0, 0, None, None)

    def update(self, value: int) -> None:
        """Take the value into account."""
        count, total, least, greatest = self._statistics
        self._statistics = (
            count + 1,
            total + value,
            value if least is None else min(least, value),
            value if greatest is None else max(greatest, value),
        )

    def get_statistics(self) -> dict[str, Any]:
        """count, sum, min, max and mean; the last three are None before the first value."""
        count, total, least, greatest = self._statistics
        mean = total / count if count else None
        return {"count": count, "sum": total, "min": least, "max": greatest, "mean": mean}

    def _values(self) -> dict[str, Any]:
        return {f".{name}": value for name, value in self.get_statistics().items()}


M = TypeVar("M", bound=Metric)


class MetricGroup:
    """Metrics under a common name, and groups within it.

    >>> group = MetricGroup()
    >>> group.add_group('orders').counter('seen').inc(3)
    >>> group.gauge('size', lambda: 7)
    >>> group.snapshot()
    {'size': 7, 'orders.seen': 3}

    Asking again for a metric gives the same one. A name that another kind of metric has already is warned
    about, and the new metric works but is in no snapshot.
    """

    def __init__(self, scope: tuple[str, ...] = (), variables: dict[str, str] | None = None) -> None:
        """A group called by the components of `scope`; `variables` are the labels of its metrics."""
        self._scope = scope
        self._variables = dict(variables or {})
        self._metrics: dict[str, Metric] = {}
        self._groups: dict[tuple[str, str | None], MetricGroup] = {}

    def add_group(self, name: str, extra: str | None = None) -> MetricGroup:
        """The group called `name` within this one; with `extra`, the group of the label `name`=`extra`."""
        key = (name, extra)
        if key not in self._groups:
            components = (name,) if extra is None else (name, extra)
            labels = {} if extra is None else {name: extra}
            self._groups[key] = MetricGroup((*self._scope, *components), {**self._variables, **labels})
        return self._groups[key]

    def counter(self, name: str) -> Counter:
        """The counter of that name."""
        return self._registered(name, Counter, Counter)

    def gauge(self, name: str, obj: Callable[[], Any]) -> None:
        """Let calls of `obj` give the value of that name; TypeError if it cannot be called."""
        gauge = Gauge(obj)
        if isinstance(self._metrics.get(name), Gauge):
            self._metrics[name] = gauge
        else:
            self._registered(name, Gauge, lambda: gauge)

    def meter(self, name: str, time_span_in_seconds: int = 60) -> Meter:
        """The meter of that name; ValueError unless the span of its rate is positive."""
        return self._registered(name, Meter, lambda: Meter(time_span_in_seconds))

    def distribution(self, name: str) -> Distribution:
        """The distribution of that name."""
        return self._registered(name, Distribution, Distribution)

    def get_scope_components(self) -> list[str]:
        """The names from the outermost group to this one."""
        return list(self._scope)

    def get_all_variables(self) -> dict[str, str]:
        """The labels of this group and those around it."""
        return dict(self._variables)

    def get_metric_identifier(self, metric_name: str) -> str:
        """The name of a metric of this group with those of the groups, joined by dots."""
        return ".".join((*self._scope, metric_name))

    def snapshot(self) -> dict[str, Any]:
        """The values now, by identifier; meters and distributions give several each.

        A gauge whose function fails is left out with a warning.
        """
        values: dict[str, Any] = {}
        for name, metric in tuple(self._metrics.items()):
            identifier = self.get_metric_identifier(name)
            try:
                values.update({identifier + suffix: value for suffix, value in metric._values().items()})
            except Exception:
                _log.warning("gauge %s failed", identifier, exc_info=True)
        for group in tuple(self._groups.values()):
            values.update(group.snapshot())
        return values

    def _registered(self, name: str, kind: type[M], make: Callable[[], M]) -> M:
        existing = self._metrics.get(name)
        if isinstance(existing, kind):
            return existing
        metric = make()
        if existing is None:
            self._metrics[name] = metric
        else:
            _log.warning(
                "%s is a %s already; the %s of that name is not reported",
                self.get_metric_identifier(name),
                type(existing).__name__.lower(),
                kind.__name__.lower(),
            )
        return metric
