"""The helpers around Java objects that programs for PyFlink call."""

from __future__ import annotations

from typing import Any, NoReturn

from pyflinkpp._impl.java_objects import JavaConfiguration, JavaEnvironment, JavaName
from pyflinkpp.common.errors import _no_jvm

__all__ = ["get_j_env_configuration", "is_instance_of", "load_java_class", "to_jarray"]


def get_j_env_configuration(j_env: Any) -> JavaConfiguration:
    """The settings of an environment, in Java's manner: what is set on them counts.

    >>> from pyflinkpp.datastream import StreamExecutionEnvironment
    >>> env = StreamExecutionEnvironment.get_execution_environment()
    >>> settings = get_j_env_configuration(env._j_stream_execution_environment)
    >>> settings.setInteger("parallelism.default", 3) and env.get_parallelism()
    3

    Raises TypeError for anything but ``env._j_stream_execution_environment``.
    """
    if not isinstance(j_env, JavaEnvironment):
        raise TypeError(f"expected env._j_stream_execution_environment, not {j_env!r}")
    return j_env.getConfiguration()


def is_instance_of(java_object: Any, java_class: Any) -> NoReturn:
    """Raises NoJvmError: no object is one of Java's."""
    _no_jvm("is_instance_of", "use isinstance with a class of pyflinkpp")


def load_java_class(class_name: str) -> NoReturn:
    """Raises NoJvmError, naming the class."""
    JavaName(class_name)()


def to_jarray(j_type: Any, arr: Any) -> NoReturn:
    """Raises NoJvmError: whatever takes a Java array takes a list here."""
    _no_jvm("to_jarray", "pass the list itself")
