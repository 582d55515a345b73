"""The restart strategy of a configuration, put into a graph."""

from __future__ import annotations

import difflib
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp.common._options import option
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream.checkpoint_config import CheckpointConfig

_NONE = ("none", "off", "disable")
_FIXED_DELAY = ("fixed-delay", "fixeddelay")
_FAILURE_RATE = ("failure-rate", "failurerate")
_EXPONENTIAL_DELAY = ("exponential-delay", "exponentialdelay")
_NAMES = (*_NONE, *_FIXED_DELAY, *_FAILURE_RATE, *_EXPONENTIAL_DELAY)


def set_restart_strategy(graph: _native.StreamGraph, configuration: Configuration) -> None:
    """Lets the job restart as `restart-strategy.*` and the failover strategy say.

    Without a type, a job with checkpoints restarts by exponential delay, and one without does not.

    Raises ConfigurationError for an unknown type and for numbers that make no sense.
    """

    def value(key: str) -> Any:
        return configuration.get(option(f"restart-strategy.{key}"))

    def millis(key: str) -> int:
        return int(value(key).to_millis())

    failover = configuration.get(option("jobmanager.execution.failover-strategy"))
    if str(failover).lower() == "full":
        graph.restart_all_regions()
    takes_checkpoints = CheckpointConfig(configuration).is_checkpointing_enabled()
    kind = str(value("type") or ("exponential-delay" if takes_checkpoints else "none")).lower()
    try:
        if kind in _FIXED_DELAY:
            graph.restart_with_fixed_delay(
                attempts=value("fixed-delay.attempts"), delay=millis("fixed-delay.delay")
            )
        elif kind in _FAILURE_RATE:
            graph.restart_by_failure_rate(
                max_failures_per_interval=value("failure-rate.max-failures-per-interval"),
                interval=millis("failure-rate.failure-rate-interval"),
                delay=millis("failure-rate.delay"),
            )
        elif kind in _EXPONENTIAL_DELAY:
            prefix = "exponential-delay"
            graph.restart_with_exponential_delay(
                initial_backoff=millis(f"{prefix}.initial-backoff"),
                max_backoff=millis(f"{prefix}.max-backoff"),
                multiplier=value(f"{prefix}.backoff-multiplier"),
                reset_threshold=millis(f"{prefix}.reset-backoff-threshold"),
                jitter_factor=value(f"{prefix}.jitter-factor"),
                attempts_before_reset=value(f"{prefix}.attempts-before-reset-backoff"),
            )
        elif kind not in _NONE:
            near = difflib.get_close_matches(kind, _NAMES, n=1)
            choices = "choose none, fixed-delay, failure-rate or exponential-delay"
            hint = f"did you mean {near[0]}?" if near else choices
            raise ConfigurationError(f"restart-strategy.type={kind} is not known; {hint}")
    except _native.EngineError as error:
        raise ConfigurationError(str(error)) from None
