"""Writing Kafka: record serializers, the sink and its builder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream._checks import text
from pyflinkpp.datastream.connectors.base import (
    DeliveryGuarantee,
    Sink,
    StreamTransformer,
    SupportsPreprocessing,
    guarantee,
    required,
)


class KafkaTopicSelector(ABC):
    """Chooses the topic by the element."""

    @abstractmethod
    def apply(self, data: Any) -> str:
        """The topic for ``data``."""


@dataclass(frozen=True, eq=False)
class KafkaRecordSerializationSchema:
    """How an element becomes a record: topic (or selector), value and key."""

    topic: str | None
    topic_selector: KafkaTopicSelector | Callable[[Any], str] | None
    value_serializer: Any
    key_serializer: Any

    @staticmethod
    def builder() -> KafkaRecordSerializationSchemaBuilder:
        """A builder."""
        return KafkaRecordSerializationSchemaBuilder()


class KafkaRecordSerializationSchemaBuilder:
    """Collects the parts; each setter returns the builder.

    >>> from pyflinkpp.common.serialization import SimpleStringSchema
    >>> b = KafkaRecordSerializationSchema.builder().set_topic("out")
    >>> b.set_value_serialization_schema(SimpleStringSchema()).build().topic
    'out'
    """

    def __init__(self) -> None:
        self._topic: str | None = None
        self._selector: KafkaTopicSelector | Callable[[Any], str] | None = None
        self._value: Any = None
        self._key: Any = None

    def set_topic(self, topic: str) -> KafkaRecordSerializationSchemaBuilder:
        """One topic for all; ``ConfigurationError`` beside a selector."""
        if self._selector is not None:
            raise ConfigurationError("KafkaRecordSerializationSchema: topic given beside a topic selector")
        self._topic = text(topic, "topic")
        return self

    def set_topic_selector(
        self, topic_selector: KafkaTopicSelector | Callable[[Any], str]
    ) -> KafkaRecordSerializationSchemaBuilder:
        """A topic for each element; ``ConfigurationError`` beside a topic."""
        if self._topic is not None:
            raise ConfigurationError("KafkaRecordSerializationSchema: topic selector given beside a topic")
        if not isinstance(topic_selector, KafkaTopicSelector) and not callable(topic_selector):
            raise TypeError(f"topic_selector must be a KafkaTopicSelector, not {topic_selector!r}")
        self._selector = topic_selector
        return self

    def set_key_serialization_schema(
        self, key_serialization_schema: Any
    ) -> KafkaRecordSerializationSchemaBuilder:
        """How an element becomes the record's key (default: no key)."""
        self._key = key_serialization_schema
        return self

    def set_value_serialization_schema(
        self, value_serialization_schema: Any
    ) -> KafkaRecordSerializationSchemaBuilder:
        """How an element becomes the record's value."""
        self._value = value_serialization_schema
        return self

    def build(self) -> KafkaRecordSerializationSchema:
        """The schema; ``ConfigurationError`` where topic or value is missing."""
        required(
            "KafkaRecordSerializationSchema",
            topic=self._topic or self._selector,
            value_serialization_schema=self._value,
        )
        return KafkaRecordSerializationSchema(self._topic, self._selector, self._value, self._key)


@dataclass(frozen=True, eq=False)
class KafkaSink(Sink, SupportsPreprocessing):
    """Writes topics with a chosen guarantee (Flink's ``KafkaSink``). Made by ``KafkaSink.builder()``."""

    properties: dict[str, str] = field(repr=False)
    record_serializer: KafkaRecordSerializationSchema
    delivery_guarantee: DeliveryGuarantee
    transactional_id_prefix: str | None

    _connector = "kafka"

    @property
    def bootstrap_servers(self) -> str:
        """``host:port``, several separated by commas."""
        return self.properties["bootstrap.servers"]

    @staticmethod
    def builder() -> KafkaSinkBuilder:
        """A builder."""
        return KafkaSinkBuilder()

    def get_transformer(self) -> StreamTransformer | None:
        """``None``: topics are selected while writing."""
        return None


class KafkaSinkBuilder:
    """Collects the settings of a ``KafkaSink``; each setter returns the builder."""

    def __init__(self) -> None:
        self._properties: dict[str, str] = {}
        self._serializer: KafkaRecordSerializationSchema | None = None
        self._guarantee = DeliveryGuarantee.NONE
        self._prefix: str | None = None

    def set_bootstrap_servers(self, bootstrap_servers: str) -> KafkaSinkBuilder:
        """``host:port``, several separated by commas."""
        return self.set_property("bootstrap.servers", text(bootstrap_servers, "bootstrap_servers"))

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> KafkaSinkBuilder:
        """How often a record may appear after a failure (default: NONE)."""
        self._guarantee = guarantee(delivery_guarantee)
        return self

    def set_transactional_id_prefix(self, transactional_id_prefix: str) -> KafkaSinkBuilder:
        """What transaction ids begin with; unique among all jobs on the cluster, at most 64000 bytes."""
        if len(text(transactional_id_prefix, "transactional_id_prefix").encode()) > 64000:
            raise ValueError("transactional_id_prefix must be at most 64000 bytes long")
        self._prefix = transactional_id_prefix
        return self

    def set_record_serializer(self, record_serializer: KafkaRecordSerializationSchema) -> KafkaSinkBuilder:
        """How an element becomes a record."""
        if not isinstance(record_serializer, KafkaRecordSerializationSchema):
            raise TypeError(
                f"record_serializer must be a KafkaRecordSerializationSchema, not {record_serializer!r}"
            )
        self._serializer = record_serializer
        return self

    def set_property(self, key: str, value: str) -> KafkaSinkBuilder:
        """One of the producer's own settings."""
        self._properties[text(key, "property key")] = str(value)
        return self

    def build(self) -> KafkaSink:
        """The sink.

        Raises:
            ConfigurationError: bootstrap servers or record serializer missing, or the prefix that
                EXACTLY_ONCE needs.
        """
        required(
            "KafkaSink",
            bootstrap_servers=self._properties.get("bootstrap.servers"),
            record_serializer=self._serializer,
        )
        if self._guarantee is DeliveryGuarantee.EXACTLY_ONCE:
            required("KafkaSink with EXACTLY_ONCE", transactional_id_prefix=self._prefix)
        assert self._serializer is not None
        return KafkaSink(dict(self._properties), self._serializer, self._guarantee, self._prefix)
