"""Stand-ins for the few Java objects that programs for PyFlink reach for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import _no_jvm

_SETTINGS = "set options with a Configuration, -Dkey=value or config.yaml"


class JavaName:
    """A name below `get_gateway().jvm`. It can be spelled out, and raises NoJvmError where it is called.

    >>> JavaName("jvm").java.lang.System.exit(0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    pyflinkpp.common.errors.NoJvmError: jvm.java.lang.System.exit needs a Java virtual machine, ...
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, part: str) -> JavaName:
        if part.startswith("__"):
            raise AttributeError(part)
        return JavaName(f"{self._name}.{part}")

    def __call__(self, *arguments: Any) -> NoReturn:
        _no_jvm(self._name, "use the class or connector of pyflinkpp that takes its place")

    def __repr__(self) -> str:
        return f"<{self._name}, which is not there>"


class JavaConfiguration:
    """A `Configuration` under the names that Java gives its methods; what is set here is set there."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self.setString: Callable[[str, str], Configuration] = configuration.set_string
        self.setInteger: Callable[[str, int], Configuration] = configuration.set_integer
        self.setLong = self.setInteger
        self.setBoolean: Callable[[str, bool], Configuration] = configuration.set_boolean
        self.setFloat: Callable[[str, float], Configuration] = configuration.set_float
        self.setDouble = self.setFloat
        self.getString: Callable[[str, str | None], str | None] = configuration.get_string
        self.getInteger: Callable[[str, int], int] = configuration.get_integer
        self.getLong = self.getInteger
        self.getBoolean: Callable[[str, bool], bool] = configuration.get_boolean
        self.getFloat: Callable[[str, float], float] = configuration.get_float
        self.getDouble = self.getFloat
        self.containsKey: Callable[[str], bool] = configuration.contains_key
        self.keySet: Callable[[], set[str]] = configuration.key_set
        self.toMap: Callable[[], dict[str, str]] = configuration.to_dict

    def __getattr__(self, method: str) -> NoReturn:
        if method.startswith("__"):
            raise AttributeError(method)
        _no_jvm(f"Configuration.{method}", _SETTINGS)


class JavaEnvironment:
    """What `env._j_stream_execution_environment` gives: the environment's settings, and nothing else."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = JavaConfiguration(configuration)

    def getConfiguration(self) -> JavaConfiguration:
        """The settings of the environment itself."""
        return self._configuration

    def __getattr__(self, method: str) -> JavaName:
        if method.startswith("__"):
            raise AttributeError(method)
        return JavaName(f"StreamExecutionEnvironment.{method}")
