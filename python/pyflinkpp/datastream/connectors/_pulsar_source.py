"""Reading Pulsar: cursors, key ranges, the source and its builder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream._checks import not_negative, text
from pyflinkpp.datastream.connectors.base import Source, required


class _Cursor:
    """A kind with its values; equal by both."""

    def __init__(self, kind: str, *values: Any) -> None:
        self.kind = kind
        self.values = values

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), self.kind, repr(self.values)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.kind}{self.values!r}"


class StartCursor(_Cursor):
    """Where a subscription begins.

    >>> StartCursor.from_publish_time(1700000000000).kind
    'from_publish_time'
    """

    def __init__(self, _j_start_cursor: Any, *values: Any) -> None:
        super().__init__(text(_j_start_cursor, "kind"), *values)

    @staticmethod
    def default_start_cursor() -> StartCursor:
        """The oldest message."""
        return StartCursor.earliest()

    @staticmethod
    def earliest() -> StartCursor:
        """The oldest message."""
        return StartCursor("earliest")

    @staticmethod
    def latest() -> StartCursor:
        """After the newest message."""
        return StartCursor("latest")

    @staticmethod
    def from_publish_time(timestamp: int) -> StartCursor:
        """The first message published at or after ``timestamp`` (ms since the epoch)."""
        return StartCursor("from_publish_time", not_negative(timestamp, "timestamp"))

    @staticmethod
    def from_message_id(message_id: bytes, inclusive: bool = True) -> StartCursor:
        """That message, or the one after it."""
        return StartCursor("from_message_id", bytes(message_id), inclusive)


class StopCursor(_Cursor):
    """Where a source ends. Times are milliseconds since the epoch."""

    def __init__(self, _j_stop_cursor: Any, *values: Any) -> None:
        super().__init__(text(_j_stop_cursor, "kind"), *values)

    @staticmethod
    def default_stop_cursor() -> StopCursor:
        """Never."""
        return StopCursor.never()

    @staticmethod
    def never() -> StopCursor:
        """Never."""
        return StopCursor("never")

    @staticmethod
    def latest() -> StopCursor:
        """What is the newest message at the start."""
        return StopCursor("latest")

    @staticmethod
    def at_message_id(message_id: bytes) -> StopCursor:
        """Before that message."""
        return StopCursor("at_message_id", bytes(message_id))

    @staticmethod
    def after_message_id(message_id: bytes) -> StopCursor:
        """After that message."""
        return StopCursor("after_message_id", bytes(message_id))

    @staticmethod
    def at_event_time(timestamp: int) -> StopCursor:
        """Before the first message with that event time or a later one."""
        return StopCursor("at_event_time", not_negative(timestamp, "timestamp"))

    @staticmethod
    def after_event_time(timestamp: int) -> StopCursor:
        """Before the first message with a later event time."""
        return StopCursor("after_event_time", not_negative(timestamp, "timestamp"))

    @staticmethod
    def at_publish_time(timestamp: int) -> StopCursor:
        """Before the first message published then or later."""
        return StopCursor("at_publish_time", not_negative(timestamp, "timestamp"))

    @staticmethod
    def after_publish_time(timestamp: int) -> StopCursor:
        """Before the first message published later."""
        return StopCursor("after_publish_time", not_negative(timestamp, "timestamp"))


@dataclass(frozen=True, eq=False)
class RangeGenerator:
    """Which hash ranges of keys a subtask reads."""

    kind: str
    support_null_key: bool = False
    keys: tuple[Any, ...] = ()

    @staticmethod
    def full() -> RangeGenerator:
        """All of them."""
        return RangeGenerator("full")

    @staticmethod
    def fixed_key(
        support_null_key: bool = False,
        keys: str | list[str] | None = None,
        key_bytes: bytes | None = None,
        ordering_key_bytes: bytes | None = None,
    ) -> RangeGenerator:
        """Only those of the given keys; ``ConfigurationError`` where none is given."""
        names = (keys,) if isinstance(keys, str) else tuple(keys or ())
        given = (*names, *(k for k in (key_bytes, ordering_key_bytes) if k is not None))
        if not given and not support_null_key:
            raise ConfigurationError("RangeGenerator.fixed_key: missing keys")
        return RangeGenerator("fixed_key", support_null_key, given)


@dataclass(frozen=True, eq=False)
class PulsarSource(Source):
    """Reads topics under a subscription. Made by ``PulsarSource.builder()``."""

    service_url: str
    subscription_name: str
    topics: tuple[str, ...]
    topic_pattern: str | None
    deserialization_schema: Any
    start_cursor: StartCursor
    stop_cursor: StopCursor
    bounded: bool
    range_generator: RangeGenerator
    config: dict[str, str] = field(repr=False)

    _connector = "pulsar"

    @staticmethod
    def builder() -> PulsarSourceBuilder:
        """A builder."""
        return PulsarSourceBuilder()


class PulsarSourceBuilder:
    """Collects the settings of a ``PulsarSource``; each setter returns the builder."""

    def __init__(self) -> None:
        self._service_url: str | None = None
        self._subscription: str | None = None
        self._topics: tuple[str, ...] = ()
        self._pattern: str | None = None
        self._deserializer: Any = None
        self._start = StartCursor.default_start_cursor()
        self._stop = StopCursor.default_stop_cursor()
        self._bounded = False
        self._ranges = RangeGenerator.full()
        self._config: dict[str, str] = {}

    def set_admin_url(self, admin_url: str) -> PulsarSourceBuilder:
        """Accepted for older programs; the service URL is enough."""
        return self.set_config("pulsar.admin.adminUrl", admin_url)

    def set_service_url(self, service_url: str) -> PulsarSourceBuilder:
        """The brokers, such as ``pulsar://localhost:6650``."""
        self._service_url = text(service_url, "service_url")
        return self

    def set_subscription_name(self, subscription_name: str) -> PulsarSourceBuilder:
        """The subscription."""
        self._subscription = text(subscription_name, "subscription_name")
        return self

    def set_topics(self, topics: str | list[str]) -> PulsarSourceBuilder:
        """The topics; ``ConfigurationError`` beside a pattern."""
        if self._pattern is not None:
            raise ConfigurationError("PulsarSource: topics given beside a topic pattern")
        self._topics = (topics,) if isinstance(topics, str) else tuple(topics)
        return self

    def set_topic_pattern(self, topic_pattern: str) -> PulsarSourceBuilder:
        """Topics whose names match; ``ConfigurationError`` beside topics."""
        if self._topics:
            raise ConfigurationError("PulsarSource: topic pattern given beside topics")
        self._pattern = text(topic_pattern, "topic_pattern")
        return self

    def set_consumer_name(self, consumer_name: str) -> PulsarSourceBuilder:
        """The consumer's name in the broker's statistics."""
        return self.set_config("pulsar.consumer.consumerName", consumer_name)

    def set_range_generator(self, range_generator: RangeGenerator) -> PulsarSourceBuilder:
        """Which keys are read."""
        self._ranges = range_generator
        return self

    def set_start_cursor(self, start_cursor: StartCursor) -> PulsarSourceBuilder:
        """Where to begin (default: the oldest message)."""
        self._start = start_cursor
        return self

    def set_unbounded_stop_cursor(self, stop_cursor: StopCursor) -> PulsarSourceBuilder:
        """Where to end, running as a stream."""
        self._stop, self._bounded = stop_cursor, False
        return self

    def set_bounded_stop_cursor(self, stop_cursor: StopCursor) -> PulsarSourceBuilder:
        """Where to end; the source is bounded."""
        self._stop, self._bounded = stop_cursor, True
        return self

    def set_deserialization_schema(self, deserialization_schema: Any) -> PulsarSourceBuilder:
        """How a message becomes an element."""
        self._deserializer = deserialization_schema
        return self

    def set_authentication(
        self, auth_plugin_class_name: str, auth_params_string: str | dict[str, str]
    ) -> PulsarSourceBuilder:
        """The plugin's name and its parameters."""
        self.set_config("pulsar.client.authPluginClassName", auth_plugin_class_name)
        key = "authParams" if isinstance(auth_params_string, str) else "authParamMap"
        return self.set_config(f"pulsar.client.{key}", auth_params_string)

    def set_config(self, key: Any, value: Any) -> PulsarSourceBuilder:
        """One of the client's own settings; ``key`` is a str or a ``ConfigOption``."""
        self._config[_key(key)] = str(value)
        return self

    def set_config_with_dict(self, config: dict[str, Any]) -> PulsarSourceBuilder:
        """Several settings."""
        return self.set_properties(config)

    def set_properties(self, config: dict[str, Any]) -> PulsarSourceBuilder:
        """Several settings."""
        for key, value in config.items():
            self.set_config(key, value)
        return self

    def build(self) -> PulsarSource:
        """The source; ``ConfigurationError`` names what is missing."""
        required(
            "PulsarSource",
            service_url=self._service_url,
            subscription_name=self._subscription,
            topics=self._topics or self._pattern,
            deserialization_schema=self._deserializer,
        )
        return PulsarSource(
            str(self._service_url),
            str(self._subscription),
            self._topics,
            self._pattern,
            self._deserializer,
            self._start,
            self._stop,
            self._bounded,
            self._ranges,
            dict(self._config),
        )


def _key(key: Any) -> str:
    """The name of a str or a ``ConfigOption``."""
    name: Any = key if isinstance(key, str) else getattr(key, "key", None)
    return text(name() if callable(name) else name, "key")
