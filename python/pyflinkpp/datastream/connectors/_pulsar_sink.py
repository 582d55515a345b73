"""Writing Pulsar: routing, delays, the sink and its builder."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.datastream._checks import millis, not_negative, text
from pyflinkpp.datastream.connectors._pulsar_source import _Cursor, _key
from pyflinkpp.datastream.connectors.base import DeliveryGuarantee, Sink, guarantee, required


class TopicRoutingMode(Enum):
    """Which of several topics or partitions a message goes to."""

    ROUND_ROBIN = 0
    MESSAGE_KEY_HASH = 1
    CUSTOM = 2


class MessageDelayer(_Cursor):
    """How long the broker keeps a message back.

    >>> MessageDelayer.fixed(500).values
    (500,)
    """

    def __init__(self, _j_message_delayer: Any, *values: Any) -> None:
        super().__init__(text(_j_message_delayer, "kind"), *values)

    @staticmethod
    def never() -> MessageDelayer:
        """Not at all."""
        return MessageDelayer("never")

    @staticmethod
    def fixed(duration: Any) -> MessageDelayer:
        """Always as long: a Duration, Time or milliseconds."""
        return MessageDelayer("fixed", not_negative(millis(duration, "duration"), "duration"))


@dataclass(frozen=True, eq=False)
class PulsarSink(Sink):
    """Writes topics. Made by ``PulsarSink.builder()``."""

    service_url: str
    topics: tuple[str, ...]
    serialization_schema: Any
    delivery_guarantee: DeliveryGuarantee
    topic_routing_mode: TopicRoutingMode
    message_delayer: MessageDelayer
    config: dict[str, str] = field(repr=False)

    _connector = "pulsar"

    @staticmethod
    def builder() -> PulsarSinkBuilder:
        """A builder."""
        return PulsarSinkBuilder()


class PulsarSinkBuilder:
    """Collects the settings of a ``PulsarSink``; each setter returns the builder."""

    def __init__(self) -> None:
        self._service_url: str | None = None
        self._topics: tuple[str, ...] = ()
        self._serializer: Any = None
        self._guarantee = DeliveryGuarantee.NONE
        self._routing = TopicRoutingMode.ROUND_ROBIN
        self._delayer = MessageDelayer.never()
        self._config: dict[str, str] = {}

    def set_admin_url(self, admin_url: str) -> PulsarSinkBuilder:
        """Accepted for older programs; the service URL is enough."""
        return self.set_config("pulsar.admin.adminUrl", admin_url)

    def set_service_url(self, service_url: str) -> PulsarSinkBuilder:
        """The brokers, such as ``pulsar://localhost:6650``."""
        self._service_url = text(service_url, "service_url")
        return self

    def set_producer_name(self, producer_name: str) -> PulsarSinkBuilder:
        """The producer's name in the broker's statistics."""
        return self.set_config("pulsar.producer.producerName", producer_name)

    def set_topics(self, topics: str | list[str]) -> PulsarSinkBuilder:
        """The topics written in turn."""
        self._topics = (topics,) if isinstance(topics, str) else tuple(topics)
        return self

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> PulsarSinkBuilder:
        """How often a message may appear after a failure (default NONE)."""
        self._guarantee = guarantee(delivery_guarantee)
        return self

    def set_topic_routing_mode(self, topic_routing_mode: TopicRoutingMode) -> PulsarSinkBuilder:
        """ROUND_ROBIN (default) or MESSAGE_KEY_HASH; ``ValueError`` for CUSTOM without a router."""
        if not isinstance(topic_routing_mode, TopicRoutingMode):
            raise TypeError(f"topic_routing_mode must be a TopicRoutingMode, not {topic_routing_mode!r}")
        if topic_routing_mode is TopicRoutingMode.CUSTOM:
            raise ValueError("topic_routing_mode CUSTOM needs a topic router")
        self._routing = topic_routing_mode
        return self

    def set_topic_router(self, topic_router_class_name: str) -> PulsarSinkBuilder:
        """Refused with ``NotBuiltError``: a router is a Java class."""
        raise NotBuiltError(
            f"PulsarSink: topic router {topic_router_class_name!r} is a Java class, which can't be loaded"
        )

    def set_serialization_schema(self, serialization_schema: Any) -> PulsarSinkBuilder:
        """How an element becomes a message."""
        self._serializer = serialization_schema
        return self

    def delay_sending_message(self, message_delayer: MessageDelayer) -> PulsarSinkBuilder:
        """How long the broker keeps messages back."""
        self._delayer = message_delayer
        return self

    def set_authentication(
        self, auth_plugin_class_name: str, auth_params_string: str | dict[str, str]
    ) -> PulsarSinkBuilder:
        """The plugin's name and its parameters."""
        self.set_config("pulsar.client.authPluginClassName", auth_plugin_class_name)
        key = "authParams" if isinstance(auth_params_string, str) else "authParamMap"
        return self.set_config(f"pulsar.client.{key}", auth_params_string)

    def set_config(self, key: Any, value: Any) -> PulsarSinkBuilder:
        """One of the client's own settings; ``key`` is a str or a ``ConfigOption``."""
        self._config[_key(key)] = str(value)
        return self

    def set_properties(self, config: dict[str, Any]) -> PulsarSinkBuilder:
        """Several settings."""
        for key, value in config.items():
            self.set_config(key, value)
        return self

    def build(self) -> PulsarSink:
        """The sink; ``ConfigurationError`` names what is missing."""
        required(
            "PulsarSink",
            service_url=self._service_url,
            topics=self._topics,
            serialization_schema=self._serializer,
        )
        return PulsarSink(
            str(self._service_url),
            self._topics,
            self._serializer,
            self._guarantee,
            self._routing,
            self._delayer,
            dict(self._config),
        )
