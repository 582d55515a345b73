"""Kafka streams that move between clusters: PyFlink's ``connectors.dynamic_kafka``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream._checks import text
from pyflinkpp.datastream.connectors._kafka_source import KafkaOffsetsInitializer
from pyflinkpp.datastream.connectors.base import Source, required

__all__ = [
    "DynamicKafkaSource",
    "DynamicKafkaSourceBuilder",
    "KafkaMetadataService",
    "KafkaRecordDeserializationSchema",
    "KafkaStreamSetSubscriber",
    "KafkaStreamSubscriber",
    "SingleClusterTopicMetadataService",
    "StreamPatternSubscriber",
]


class KafkaMetadataService:
    """Base of the services that tell in which clusters and topics a stream lies."""


@dataclass(frozen=True, eq=False)
class SingleClusterTopicMetadataService(KafkaMetadataService):
    """One cluster, where each topic is a stream.

    >>> SingleClusterTopicMetadataService("c1", {"bootstrap.servers": "localhost:9092"}).kafka_cluster_id
    'c1'
    """

    kafka_cluster_id: str
    properties: dict[str, str] = field(repr=False)


class KafkaStreamSubscriber:
    """Base of the ways to choose streams."""


@dataclass(frozen=True)
class KafkaStreamSetSubscriber(KafkaStreamSubscriber):
    """Streams by their ids; ``ConfigurationError`` where there are none."""

    stream_ids: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "stream_ids", frozenset(self.stream_ids))
        if not self.stream_ids:
            raise ConfigurationError("KafkaStreamSetSubscriber: missing stream_ids")


@dataclass(frozen=True)
class StreamPatternSubscriber(KafkaStreamSubscriber):
    """Streams whose ids match a regular expression; ``ValueError`` for a bad one."""

    stream_pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.stream_pattern)
        except re.error as error:
            raise ValueError(
                f"stream_pattern {self.stream_pattern!r} is no regular expression: {error}"
            ) from None


@dataclass(frozen=True, eq=False)
class KafkaRecordDeserializationSchema:
    """How a record becomes an element."""

    value_deserializer: Any

    @staticmethod
    def value_only(deserialization_schema: Any) -> KafkaRecordDeserializationSchema:
        """From the record's value alone."""
        return KafkaRecordDeserializationSchema(deserialization_schema)


@dataclass(frozen=True, eq=False)
class DynamicKafkaSource(Source):
    """Reads streams wherever they lie. Made by ``DynamicKafkaSource.builder()``."""

    subscriber: KafkaStreamSubscriber
    metadata_service: KafkaMetadataService
    deserializer: KafkaRecordDeserializationSchema
    starting_offsets: KafkaOffsetsInitializer
    stopping_offsets: KafkaOffsetsInitializer | None
    properties: dict[str, str] = field(repr=False)

    _connector = "dynamic-kafka"

    @property
    def bounded(self) -> bool:
        """Whether the source ends."""
        return self.stopping_offsets is not None

    @staticmethod
    def builder() -> DynamicKafkaSourceBuilder:
        """A builder."""
        return DynamicKafkaSourceBuilder()


class DynamicKafkaSourceBuilder:
    """Collects the settings of a ``DynamicKafkaSource``; each setter returns the builder."""

    def __init__(self) -> None:
        self._subscriber: KafkaStreamSubscriber | None = None
        self._service: KafkaMetadataService | None = None
        self._deserializer: KafkaRecordDeserializationSchema | None = None
        self._starting = KafkaOffsetsInitializer.earliest()
        self._stopping: KafkaOffsetsInitializer | None = None
        self._properties: dict[str, str] = {}

    def set_stream_ids(self, stream_ids: set[str]) -> DynamicKafkaSourceBuilder:
        """Read the streams with these ids."""
        return self.set_kafka_stream_subscriber(KafkaStreamSetSubscriber(stream_ids))

    def set_stream_pattern(self, stream_pattern: str) -> DynamicKafkaSourceBuilder:
        """Read the streams whose ids match."""
        return self.set_kafka_stream_subscriber(StreamPatternSubscriber(stream_pattern))

    def set_kafka_stream_subscriber(
        self, kafka_stream_subscriber: KafkaStreamSubscriber
    ) -> DynamicKafkaSourceBuilder:
        """Read the streams it chooses; ``ConfigurationError`` where streams were chosen before."""
        if self._subscriber is not None:
            raise ConfigurationError("DynamicKafkaSource: the streams are chosen already")
        self._subscriber = kafka_stream_subscriber
        return self

    def set_kafka_metadata_service(
        self, kafka_metadata_service: KafkaMetadataService
    ) -> DynamicKafkaSourceBuilder:
        """Who tells where streams lie."""
        self._service = kafka_metadata_service
        return self

    def set_starting_offsets(
        self, starting_offsets_initializer: KafkaOffsetsInitializer
    ) -> DynamicKafkaSourceBuilder:
        """Where to begin (default: the oldest record)."""
        self._starting = starting_offsets_initializer
        return self

    def set_bounded(self, stopping_offsets_initializer: KafkaOffsetsInitializer) -> DynamicKafkaSourceBuilder:
        """Where to end."""
        self._stopping = stopping_offsets_initializer
        return self

    def set_deserializer(self, deserializer: KafkaRecordDeserializationSchema) -> DynamicKafkaSourceBuilder:
        """How a record becomes an element."""
        self._deserializer = deserializer
        return self

    def set_value_only_deserializer(self, deserialization_schema: Any) -> DynamicKafkaSourceBuilder:
        """How a record's value becomes an element."""
        return self.set_deserializer(KafkaRecordDeserializationSchema.value_only(deserialization_schema))

    def set_client_id_prefix(self, prefix: str) -> DynamicKafkaSourceBuilder:
        """What client ids begin with."""
        return self.set_property("client.id.prefix", prefix)

    def set_group_id(self, group_id: str) -> DynamicKafkaSourceBuilder:
        """The consumer group."""
        return self.set_property("group.id", group_id)

    def set_property(self, key: str, value: str) -> DynamicKafkaSourceBuilder:
        """One of the consumer's own settings."""
        self._properties[text(key, "property key")] = str(value)
        return self

    def set_properties(self, props: dict[str, str]) -> DynamicKafkaSourceBuilder:
        """Several of the consumer's own settings."""
        for key, value in props.items():
            self.set_property(key, value)
        return self

    def build(self) -> DynamicKafkaSource:
        """The source; ``ConfigurationError`` names what is missing."""
        required(
            "DynamicKafkaSource",
            stream_ids=self._subscriber,
            kafka_metadata_service=self._service,
            deserializer=self._deserializer,
        )
        assert self._subscriber and self._service and self._deserializer
        return DynamicKafkaSource(
            self._subscriber,
            self._service,
            self._deserializer,
            self._starting,
            self._stopping,
            dict(self._properties),
        )
