"""What every source and sink has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.datastream._checks import no_java

if TYPE_CHECKING:
    from pyflinkpp.datastream.data_stream import DataStream

__all__ = ["DeliveryGuarantee", "Sink", "Source", "StreamTransformer", "SupportsPreprocessing"]


class DeliveryGuarantee(Enum):
    """How often a record may appear in the outside system after a failure.

    >>> DeliveryGuarantee.AT_LEAST_ONCE.name
    'AT_LEAST_ONCE'
    """

    EXACTLY_ONCE = 0
    """Once, by a transaction or an equivalent; visible after the checkpoint."""

    AT_LEAST_ONCE = 1
    """Once or more often."""

    NONE = 2
    """Also not at all."""


class _Connector:
    """Names the outside system, and the native operator that talks to it.

    ``_native_kind`` is ``None`` while the engine has no such operator.
    """

    _connector: ClassVar[str] = ""
    _native_kind: ClassVar[str | None] = None

    def _check_built(self) -> None:
        """Raise ``NotBuiltError`` naming the connector where the engine can't run it."""
        if self._native_kind is None:
            raise NotBuiltError(
                f"{type(self).__name__}: the connector {self._connector or type(self).__name__!r} can be "
                "declared but not run by this version of pyflinkpp"
            )

    def get_java_function(self) -> Any:
        """Raises ``NoJvmError``: there is no JVM."""
        no_java(f"{type(self).__name__}.get_java_function")


class Source(_Connector):
    """Base of the sources for ``from_source`` (Flink's ``Source``)."""

    def __init__(self, source: Any = None) -> None:
        """``source`` is PyFlink's Java object or class name; it is refused with ``NoJvmError``."""
        if source is not None:
            no_java(f"Source({source!r})")


class Sink(_Connector):
    """Base of the sinks for ``sink_to`` (Flink's ``Sink``)."""

    def __init__(self, sink: Any = None) -> None:
        """``sink`` is PyFlink's Java object or class name; it is refused with ``NoJvmError``."""
        if sink is not None:
            no_java(f"Sink({sink!r})")


class StreamTransformer(ABC):
    """Changes a stream in front of a sink."""

    @abstractmethod
    def apply(self, ds: DataStream[Any]) -> DataStream[Any]:
        """The changed stream."""


class SupportsPreprocessing(ABC):
    """A sink that wants its stream changed first."""

    @abstractmethod
    def get_transformer(self) -> StreamTransformer | None:
        """The change, ``None`` for none."""


def required(owner: str, **options: Any) -> None:
    """Raise ``ConfigurationError`` naming the options that are ``None`` or empty.

    >>> required("KafkaSource", topics=("t",))
    """
    missing = [name for name, value in options.items() if value is None or value == () or value == ""]
    if missing:
        raise ConfigurationError(f"{owner}: missing {', '.join(missing)}")


def guarantee(value: Any, name: str = "delivery_guarantee") -> DeliveryGuarantee:
    """``value`` if it is a ``DeliveryGuarantee``, else ``TypeError``."""
    if not isinstance(value, DeliveryGuarantee):
        raise TypeError(f"{name} must be a DeliveryGuarantee, not {value!r}")
    return value
