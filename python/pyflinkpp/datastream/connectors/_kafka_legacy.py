"""Flink 1.x's Kafka classes for ``add_source`` and ``add_sink``, translated to the present ones."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream._checks import not_negative, positive, text
from pyflinkpp.datastream._functions.endpoints import SinkFunction, SourceFunction
from pyflinkpp.datastream.connectors._kafka_sink import KafkaRecordSerializationSchema, KafkaSink
from pyflinkpp.datastream.connectors._kafka_source import (
    KafkaOffsetResetStrategy,
    KafkaOffsetsInitializer,
    KafkaSource,
)
from pyflinkpp.datastream.connectors.base import DeliveryGuarantee, _Connector, required


class FlinkKafkaConsumer(_Connector, SourceFunction[Any]):
    """Reads one or more topics, from the group's offsets unless told otherwise.

    >>> from pyflinkpp.common.serialization import SimpleStringSchema
    >>> props = {"bootstrap.servers": "localhost:9092", "group.id": "g"}
    >>> FlinkKafkaConsumer("orders", SimpleStringSchema(), props)._to_source().topics
    ('orders',)
    """

    _connector = "kafka"

    def __init__(
        self, topics: str | list[str], deserialization_schema: Any, properties: dict[str, str]
    ) -> None:
        """Raises ``ConfigurationError`` where topics or ``bootstrap.servers`` are missing."""
        super().__init__()
        self.topics = (topics,) if isinstance(topics, str) else tuple(topics)
        self.deserialization_schema = deserialization_schema
        self.properties = {str(k): str(v) for k, v in properties.items()}
        required(
            "FlinkKafkaConsumer",
            topics=self.topics,
            deserialization_schema=deserialization_schema,
            **{"bootstrap.servers": self.properties.get("bootstrap.servers")},
        )
        self._start: KafkaOffsetsInitializer | None = None
        self.commit_offsets_on_checkpoints = True
        self.filter_restored_partitions = True

    def set_commit_offsets_on_checkpoints(self, commit_on_checkpoints: bool) -> FlinkKafkaConsumer:
        """Whether the group's offsets follow completed checkpoints (default True)."""
        self.commit_offsets_on_checkpoints = commit_on_checkpoints
        return self

    def set_start_from_earliest(self) -> FlinkKafkaConsumer:
        """Begin with the oldest record."""
        self._start = KafkaOffsetsInitializer.earliest()
        return self

    def set_start_from_latest(self) -> FlinkKafkaConsumer:
        """Begin after the newest record."""
        self._start = KafkaOffsetsInitializer.latest()
        return self

    def set_start_from_timestamp(self, startup_offsets_timestamp: int) -> FlinkKafkaConsumer:
        """Begin with the first record at or after this time, milliseconds since the epoch."""
        self._start = KafkaOffsetsInitializer.timestamp(
            not_negative(startup_offsets_timestamp, "startup_offsets_timestamp")
        )
        return self

    def set_start_from_group_offsets(self) -> FlinkKafkaConsumer:
        """Begin at the group's offsets, else as ``auto.offset.reset`` says (the default)."""
        self._start = None
        return self

    def disable_filter_restored_partitions_with_subscribed_topics(self) -> FlinkKafkaConsumer:
        """Keep partitions of topics that are no longer subscribed when restoring."""
        self.filter_restored_partitions = False
        return self

    def get_produced_type(self) -> TypeInformation:
        """The type that the deserializer declares, a string's where it declares none."""
        produced = getattr(self.deserialization_schema, "get_produced_type", None)
        result: TypeInformation = Types.STRING() if produced is None else produced()
        return result

    def _to_source(self) -> KafkaSource:
        """The same as a ``KafkaSource``."""
        start = self._start
        if start is None:
            reset = self.properties.get("auto.offset.reset", "latest").upper()
            names = KafkaOffsetResetStrategy.__members__
            strategy = names.get(reset, KafkaOffsetResetStrategy.LATEST)
            start = KafkaOffsetsInitializer.committed_offsets(strategy)
        builder = KafkaSource.builder().set_properties(self.properties).set_topics(*self.topics)
        builder.set_value_only_deserializer(self.deserialization_schema)
        return builder.set_starting_offsets(start).build()


class Semantic(Enum):
    """Flink 1.x's name of ``DeliveryGuarantee``."""

    EXACTLY_ONCE = 0
    AT_LEAST_ONCE = 1
    NONE = 2


class FlinkKafkaProducer(_Connector, SinkFunction[Any]):
    """Writes one topic, at least once unless told otherwise."""

    _connector = "kafka"

    def __init__(
        self,
        topic: str,
        serialization_schema: Any,
        producer_config: dict[str, str],
        kafka_producer_pool_size: int = 5,
        semantic: Semantic = Semantic.AT_LEAST_ONCE,
    ) -> None:
        """Raises ``ConfigurationError`` where ``bootstrap.servers`` is missing."""
        super().__init__()
        self.topic = text(topic, "topic")
        self.serialization_schema = serialization_schema
        self.producer_config = {str(k): str(v) for k, v in producer_config.items()}
        self.kafka_producer_pool_size = positive(kafka_producer_pool_size, "kafka_producer_pool_size")
        if not isinstance(semantic, Semantic):
            raise TypeError(f"semantic must be a Semantic, not {semantic!r}")
        self.semantic = semantic
        required(
            "FlinkKafkaProducer",
            serialization_schema=serialization_schema,
            **{"bootstrap.servers": self.producer_config.get("bootstrap.servers")},
        )
        self.log_failures_only = False
        self.flush_on_checkpoint = True
        self.write_timestamp_to_kafka = False
        self.failures_after_transaction_timeout_ignored = False

    def set_write_timestamp_to_kafka(self, write_timestamp_to_kafka: bool) -> FlinkKafkaProducer:
        """Whether records carry the element's timestamp."""
        self.write_timestamp_to_kafka = write_timestamp_to_kafka
        return self

    def set_log_failures_only(self, log_failures_only: bool) -> FlinkKafkaProducer:
        """Refused where True: a lost record always fails the job here."""
        if log_failures_only:
            raise NotBuiltError(
                "FlinkKafkaProducer: log_failures_only=True, which drops records, is not built"
            )
        return self

    def set_flush_on_checkpoint(self, flush_on_checkpoint: bool) -> FlinkKafkaProducer:
        """Whether a checkpoint waits for records under way; without it the guarantee is none."""
        self.flush_on_checkpoint = flush_on_checkpoint
        return self

    def ignore_failures_after_transaction_timeout(self) -> FlinkKafkaProducer:
        """Go on where a recovered transaction has timed out; its records are lost."""
        self.failures_after_transaction_timeout_ignored = True
        return self

    def _to_sink(self) -> KafkaSink:
        """The same as a ``KafkaSink``; the topic is the prefix of transaction ids."""
        record = KafkaRecordSerializationSchema.builder().set_topic(self.topic)
        record.set_value_serialization_schema(self.serialization_schema)
        wanted = DeliveryGuarantee[self.semantic.name]
        if wanted is DeliveryGuarantee.AT_LEAST_ONCE and not self.flush_on_checkpoint:
            wanted = DeliveryGuarantee.NONE
        builder = KafkaSink.builder().set_record_serializer(record.build()).set_delivery_guarantee(wanted)
        for key, value in self.producer_config.items():
            builder.set_property(key, value)
        return builder.set_transactional_id_prefix(
            self.producer_config.get("transactional.id", self.topic)
        ).build()
