"""Reading Kafka: partitions, offsets, the source and its builder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream._checks import not_negative, text
from pyflinkpp.datastream.connectors.base import Source, required


class _Partition(NamedTuple):
    topic: str
    partition: int


class KafkaTopicPartition:
    """A topic and the number of one of its partitions; equal by value.

    >>> KafkaTopicPartition("orders", 0) == KafkaTopicPartition("orders", 0)
    True
    """

    def __init__(self, topic: str, partition: int) -> None:
        """Raises ``ValueError`` for an empty topic or a negative number."""
        self._value = _Partition(text(topic, "topic"), not_negative(partition, "partition"))

    @property
    def topic(self) -> str:
        """The topic."""
        return self._value.topic

    @property
    def partition(self) -> int:
        """The partition's number, from 0."""
        return self._value.partition

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KafkaTopicPartition) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"KafkaTopicPartition({self.topic!r}, {self.partition})"


class KafkaOffsetResetStrategy(Enum):
    """Where to begin when a wanted offset does not exist."""

    LATEST = 0
    EARLIEST = 1
    NONE = 2
    """Fail instead."""


@dataclass(frozen=True, eq=False)
class KafkaOffsetsInitializer:
    """Where reading begins or ends (Flink's ``OffsetsInitializer``).

    >>> KafkaOffsetsInitializer.timestamp(1700000000000).kind
    'timestamp'
    """

    kind: str
    reset_strategy: KafkaOffsetResetStrategy
    timestamp_millis: int | None = None
    partition_offsets: dict[KafkaTopicPartition, int] = field(default_factory=dict)

    @staticmethod
    def committed_offsets(
        offset_reset_strategy: KafkaOffsetResetStrategy = KafkaOffsetResetStrategy.NONE,
    ) -> KafkaOffsetsInitializer:
        """The group's committed offsets."""
        return KafkaOffsetsInitializer("committed", _reset(offset_reset_strategy))

    @staticmethod
    def timestamp(timestamp: int) -> KafkaOffsetsInitializer:
        """The first record at or after ``timestamp``, milliseconds since the epoch."""
        return KafkaOffsetsInitializer(
            "timestamp", KafkaOffsetResetStrategy.LATEST, not_negative(timestamp, "timestamp")
        )

    @staticmethod
    def earliest() -> KafkaOffsetsInitializer:
        """The oldest record."""
        return KafkaOffsetsInitializer("earliest", KafkaOffsetResetStrategy.EARLIEST)

    @staticmethod
    def latest() -> KafkaOffsetsInitializer:
        """After the newest record."""
        return KafkaOffsetsInitializer("latest", KafkaOffsetResetStrategy.LATEST)

    @staticmethod
    def offsets(
        offsets: dict[KafkaTopicPartition, int],
        offset_reset_strategy: KafkaOffsetResetStrategy = KafkaOffsetResetStrategy.EARLIEST,
    ) -> KafkaOffsetsInitializer:
        """An offset for each partition; others follow the reset strategy."""
        for partition, offset in offsets.items():
            if not isinstance(partition, KafkaTopicPartition):
                raise TypeError(f"offsets must be keyed by KafkaTopicPartition, not {partition!r}")
            not_negative(offset, f"offset of {partition!r}")
        return KafkaOffsetsInitializer("offsets", _reset(offset_reset_strategy), None, dict(offsets))


def _reset(value: Any) -> KafkaOffsetResetStrategy:
    if not isinstance(value, KafkaOffsetResetStrategy):
        raise TypeError(f"offset_reset_strategy must be a KafkaOffsetResetStrategy, not {value!r}")
    return value


@dataclass(frozen=True, eq=False)
class KafkaSource(Source):
    """Reads topics, a pattern of topics or partitions (Flink's ``KafkaSource``).

    Bounded where ``stopping_offsets`` is set and ``bounded`` is true. Made by ``KafkaSource.builder()``.
    """

    properties: dict[str, str] = field(repr=False)
    topics: tuple[str, ...]
    topic_pattern: str | None
    partitions: frozenset[KafkaTopicPartition]
    starting_offsets: KafkaOffsetsInitializer
    stopping_offsets: KafkaOffsetsInitializer | None
    bounded: bool
    value_deserializer: Any

    _connector = "kafka"

    @property
    def bootstrap_servers(self) -> str:
        """``host:port``, several separated by commas."""
        return self.properties["bootstrap.servers"]

    @property
    def group_id(self) -> str | None:
        """The consumer group."""
        return self.properties.get("group.id")

    @staticmethod
    def builder() -> KafkaSourceBuilder:
        """A builder."""
        return KafkaSourceBuilder()


class KafkaSourceBuilder:
    """Collects the settings of a ``KafkaSource``; each setter returns the builder.

    >>> from pyflinkpp.common.serialization import SimpleStringSchema
    >>> source = (KafkaSource.builder().set_bootstrap_servers("localhost:9092").set_topics("orders")
    ...     .set_group_id("g").set_value_only_deserializer(SimpleStringSchema()).build())
    >>> source.topics
    ('orders',)
    """

    def __init__(self) -> None:
        self._properties: dict[str, str] = {}
        self._topics: tuple[str, ...] = ()
        self._pattern: str | None = None
        self._partitions: frozenset[KafkaTopicPartition] = frozenset()
        self._starting = KafkaOffsetsInitializer.earliest()
        self._stopping: KafkaOffsetsInitializer | None = None
        self._bounded = False
        self._deserializer: Any = None

    def set_bootstrap_servers(self, bootstrap_servers: str) -> KafkaSourceBuilder:
        """``host:port``, several separated by commas."""
        return self.set_property("bootstrap.servers", text(bootstrap_servers, "bootstrap_servers"))

    def set_group_id(self, group_id: str) -> KafkaSourceBuilder:
        """The consumer group."""
        return self.set_property("group.id", text(group_id, "group_id"))

    def _subscribe_once(self, name: str) -> None:
        if self._topics or self._pattern is not None or self._partitions:
            raise ConfigurationError(
                f"KafkaSource: {name} given, but topics, a pattern or partitions are set"
            )

    def set_topics(self, *topics: str) -> KafkaSourceBuilder:
        """The topics to read; ``ConfigurationError`` beside a pattern or partitions."""
        self._subscribe_once("topics")
        self._topics = tuple(text(topic, "topic") for topic in topics)
        return self

    def set_topic_pattern(self, topic_pattern: str) -> KafkaSourceBuilder:
        """A regular expression that whole topic names have to match."""
        self._subscribe_once("topic_pattern")
        try:
            re.compile(topic_pattern)
        except re.error as error:
            raise ValueError(f"topic_pattern {topic_pattern!r} is no regular expression: {error}") from None
        self._pattern = topic_pattern
        return self

    def set_partitions(self, partitions: set[KafkaTopicPartition]) -> KafkaSourceBuilder:
        """Only these partitions."""
        self._subscribe_once("partitions")
        self._partitions = frozenset(partitions)
        return self

    def set_starting_offsets(
        self, starting_offsets_initializer: KafkaOffsetsInitializer
    ) -> KafkaSourceBuilder:
        """Where to begin (default: the oldest record)."""
        self._starting = starting_offsets_initializer
        return self

    def set_unbounded(self, stopping_offsets_initializer: KafkaOffsetsInitializer) -> KafkaSourceBuilder:
        """Stop there, but run as a stream."""
        self._bounded, self._stopping = False, stopping_offsets_initializer
        return self

    def set_bounded(self, stopping_offsets_initializer: KafkaOffsetsInitializer) -> KafkaSourceBuilder:
        """Stop there; the source is bounded."""
        self._bounded, self._stopping = True, stopping_offsets_initializer
        return self

    def set_value_only_deserializer(self, deserialization_schema: Any) -> KafkaSourceBuilder:
        """How a record's value becomes an element."""
        self._deserializer = deserialization_schema
        return self

    def set_client_id_prefix(self, prefix: str) -> KafkaSourceBuilder:
        """What client ids begin with."""
        return self.set_property("client.id.prefix", prefix)

    def set_property(self, key: str, value: str) -> KafkaSourceBuilder:
        """One of the consumer's own settings."""
        self._properties[text(key, "property key")] = str(value)
        return self

    def set_properties(self, props: dict[str, str]) -> KafkaSourceBuilder:
        """Several of the consumer's own settings."""
        for key, value in props.items():
            self.set_property(key, value)
        return self

    def build(self) -> KafkaSource:
        """The source.

        Raises:
            ConfigurationError: bootstrap servers, a subscription or the deserializer is missing, or offsets
                of a group are wanted without a group id.
        """
        required(
            "KafkaSource",
            bootstrap_servers=self._properties.get("bootstrap.servers"),
            topics=self._topics or self._pattern or tuple(self._partitions),
            deserializer=self._deserializer,
        )
        if self._starting.kind == "committed":
            required("KafkaSource with committed offsets", group_id=self._properties.get("group.id"))
        return KafkaSource(
            dict(self._properties),
            self._topics,
            self._pattern,
            self._partitions,
            self._starting,
            self._stopping,
            self._bounded,
            self._deserializer,
        )
