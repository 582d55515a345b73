"""How often and how fast a job restarts after a failure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta

__all__ = ["RestartStrategies", "RestartStrategyConfiguration"]


def _as_timedelta(value: timedelta | int | None, what: str) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be milliseconds as int, or datetime.timedelta, not {value!r}")
    return timedelta(milliseconds=value)


def _millis(value: timedelta) -> str:
    return f"{value // timedelta(milliseconds=1)} ms"


class RestartStrategyConfiguration(ABC):
    """An immutable description of a restart strategy, equal by what it describes."""

    @abstractmethod
    def get_description(self) -> str:
        """One line for people."""

    @abstractmethod
    def _to_options(self) -> dict[str, str]:
        """The same as configuration keys and values; empty where the configuration decides."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), tuple(vars(self).values())))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.get_description()}>"


class RestartStrategies:
    """Makes restart strategies.

    >>> RestartStrategies.fixed_delay_restart(3, 1000).get_restart_attempts()
    3

    Lengths of time are `datetime.timedelta`, or milliseconds as int; TypeError for anything else.
    """

    class NoRestartStrategyConfiguration(RestartStrategyConfiguration):
        """The first failure ends the job."""

        def get_description(self) -> str:
            """One line for people."""
            return "Restart deactivated."

        def _to_options(self) -> dict[str, str]:
            return {"restart-strategy.type": "none"}

    class FixedDelayRestartStrategyConfiguration(RestartStrategyConfiguration):
        """A number of restarts, always after the same wait."""

        def __init__(
            self,
            restart_attempts: int | None = None,
            delay_between_attempts_interval: timedelta | int | None = None,
        ) -> None:
            if isinstance(restart_attempts, bool) or not isinstance(restart_attempts, int):
                raise TypeError(f"restart_attempts must be an int, not {restart_attempts!r}")
            self._restart_attempts = restart_attempts
            self._delay = _as_timedelta(delay_between_attempts_interval, "delay_between_attempts_interval")

        def get_restart_attempts(self) -> int:
            """Restarts before the job fails."""
            return self._restart_attempts

        def get_delay_between_attempts_interval(self) -> timedelta:
            """The wait before each restart."""
            return self._delay

        def get_description(self) -> str:
            """One line for people."""
            return (
                f"Restart with fixed delay ({_millis(self._delay)}). "
                f"#{self._restart_attempts} restart attempts."
            )

        def _to_options(self) -> dict[str, str]:
            return {
                "restart-strategy.type": "fixed-delay",
                "restart-strategy.fixed-delay.attempts": str(self._restart_attempts),
                "restart-strategy.fixed-delay.delay": _millis(self._delay),
            }

    class FailureRateRestartStrategyConfiguration(RestartStrategyConfiguration):
        """Restarts as long as failures in an interval stay few."""

        def __init__(
            self,
            max_failure_rate: int | None = None,
            failure_interval: timedelta | int | None = None,
            delay_between_attempts_interval: timedelta | int | None = None,
        ) -> None:
            if isinstance(max_failure_rate, bool) or not isinstance(max_failure_rate, int):
                raise TypeError(f"max_failure_rate must be an int, not {max_failure_rate!r}")
            self._max_failure_rate = max_failure_rate
            self._failure_interval = _as_timedelta(failure_interval, "failure_interval")
            self._delay = _as_timedelta(delay_between_attempts_interval, "delay_between_attempts_interval")

        def get_max_failure_rate(self) -> int:
            """Failures in the interval after which the job fails."""
            return self._max_failure_rate

        def get_failure_interval(self) -> timedelta:
            """The interval in which failures are counted."""
            return self._failure_interval

        def get_delay_between_attempts_interval(self) -> timedelta:
            """The wait before each restart."""
            return self._delay

        def get_description(self) -> str:
            """One line for people."""
            return (
                f"Failure rate restart with maximum of {self._max_failure_rate} failures within interval "
                f"{_millis(self._failure_interval)} and fixed delay {_millis(self._delay)}."
            )

        def _to_options(self) -> dict[str, str]:
            prefix = "restart-strategy.failure-rate"
            return {
                "restart-strategy.type": "failure-rate",
                f"{prefix}.max-failures-per-interval": str(self._max_failure_rate),
                f"{prefix}.failure-rate-interval": _millis(self._failure_interval),
                f"{prefix}.delay": _millis(self._delay),
            }

    class ExponentialDelayRestartStrategyConfiguration(RestartStrategyConfiguration):
        """Restarts without end, after waits that grow until the job has run well for a while."""

        def __init__(
            self,
            initial_backoff: timedelta | int,
            max_backoff: timedelta | int,
            backoff_multiplier: float,
            reset_backoff_threshold: timedelta | int,
            jitter_factor: float,
        ) -> None:
            self._initial_backoff = _as_timedelta(initial_backoff, "initial_backoff")
            self._max_backoff = _as_timedelta(max_backoff, "max_backoff")
            self._multiplier = float(backoff_multiplier)
            self._threshold = _as_timedelta(reset_backoff_threshold, "reset_backoff_threshold")
            self._jitter = float(jitter_factor)

        def get_description(self) -> str:
            """One line for people."""
            return (
                f"Exponential delay restart from {_millis(self._initial_backoff)} to "
                f"{_millis(self._max_backoff)}, multiplier {self._multiplier}, reset after "
                f"{_millis(self._threshold)}, jitter {self._jitter}."
            )

        def _to_options(self) -> dict[str, str]:
            prefix = "restart-strategy.exponential-delay"
            return {
                "restart-strategy.type": "exponential-delay",
                f"{prefix}.initial-backoff": _millis(self._initial_backoff),
                f"{prefix}.max-backoff": _millis(self._max_backoff),
                f"{prefix}.backoff-multiplier": str(self._multiplier),
                f"{prefix}.reset-backoff-threshold": _millis(self._threshold),
                f"{prefix}.jitter-factor": str(self._jitter),
            }

    class FallbackRestartStrategyConfiguration(RestartStrategyConfiguration):
        """What the configuration around the job says."""

        def get_description(self) -> str:
            """One line for people."""
            return "Cluster level default restart strategy"

        def _to_options(self) -> dict[str, str]:
            return {}

    @staticmethod
    def no_restart() -> NoRestartStrategyConfiguration:
        """The first failure ends the job."""
        return RestartStrategies.NoRestartStrategyConfiguration()

    @staticmethod
    def fall_back_restart() -> FallbackRestartStrategyConfiguration:
        """What the configuration around the job says."""
        return RestartStrategies.FallbackRestartStrategyConfiguration()

    @staticmethod
    def fixed_delay_restart(
        restart_attempts: int, delay_between_attempts: timedelta | int
    ) -> FixedDelayRestartStrategyConfiguration:
        """At most `restart_attempts` restarts, each after the same wait."""
        return RestartStrategies.FixedDelayRestartStrategyConfiguration(
            restart_attempts, delay_between_attempts
        )

    @staticmethod
    def failure_rate_restart(
        failure_rate: int, failure_interval: timedelta | int, delay_interval: timedelta | int
    ) -> FailureRateRestartStrategyConfiguration:
        """Restarts, until an interval has seen more than `failure_rate` failures."""
        return RestartStrategies.FailureRateRestartStrategyConfiguration(
            failure_rate, failure_interval, delay_interval
        )

    @staticmethod
    def exponential_delay_restart(
        initial_backoff: timedelta | int,
        max_backoff: timedelta | int,
        backoff_multiplier: float,
        reset_backoff_threshold: timedelta | int,
        jitter_factor: float,
    ) -> ExponentialDelayRestartStrategyConfiguration:
        """Restarts after waits that grow by `backoff_multiplier` up to `max_backoff`."""
        return RestartStrategies.ExponentialDelayRestartStrategyConfiguration(
            initial_backoff, max_backoff, backoff_multiplier, reset_backoff_threshold, jitter_factor
        )
