"""Exceptions that pyflinkpp raises itself; what a user function raises is chained to `JobExecutionError`."""

from __future__ import annotations

from typing import NoReturn

__all__ = [
    "ConfigurationError",
    "JobCancelledError",
    "JobExecutionError",
    "NoJvmError",
    "NotBuiltError",
    "PyFlinkppError",
    "StateError",
    "UnknownKeyOrNamespaceError",
]


class PyFlinkppError(RuntimeError):
    """Base class of every error that pyflinkpp raises on its own account.

    >>> issubclass(ConfigurationError, PyFlinkppError)
    True
    """


class JobExecutionError(PyFlinkppError):
    """A job ended FAILED; `__cause__` holds the exception of the user function, if there was one."""


class JobCancelledError(PyFlinkppError):
    """The result of a job was asked for, but the job ended CANCELED."""


class NotBuiltError(PyFlinkppError, NotImplementedError):
    """The feature belongs to the API, but this version of the engine does not have it yet."""


class NoJvmError(NotBuiltError):
    """A name that only makes sense beside a Java virtual machine was used."""


class ConfigurationError(PyFlinkppError, ValueError):
    """A configuration key or value cannot be used; the message names the key, the value and the place."""


class StateError(PyFlinkppError):
    """State or a timer was asked for where there is none, such as keyed state on a stream without keys."""


class UnknownKeyOrNamespaceError(StateError):
    """A queryable state has nothing for the key (Flink's ``UnknownKeyOrNamespaceException``)."""


def _no_jvm(name: str, instead: str) -> NoReturn:
    """Raise the error for the Java-only public name `name`, telling what to use `instead`."""
    raise NoJvmError(f"{name} needs a Java virtual machine, and pyflinkpp runs without one: {instead}")
