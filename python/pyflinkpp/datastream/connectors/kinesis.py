"""Amazon Kinesis: PyFlink's ``connectors.kinesis``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from pyflinkpp.datastream._checks import positive, text
from pyflinkpp.datastream._functions.endpoints import SourceFunction
from pyflinkpp.datastream.connectors.base import Sink, _Connector, required

__all__ = [
    "FlinkKinesisConsumer",
    "KinesisDeserializationSchema",
    "KinesisFirehoseSink",
    "KinesisFirehoseSinkBuilder",
    "KinesisShardAssigner",
    "KinesisStreamsSink",
    "KinesisStreamsSinkBuilder",
    "PartitionKeyGenerator",
    "WatermarkTracker",
]


@dataclass(frozen=True)
class KinesisShardAssigner:
    """Which subtask reads which shard."""

    kind: str

    @staticmethod
    def default_shard_assigner() -> KinesisShardAssigner:
        """By the shard's hash."""
        return KinesisShardAssigner("default")

    @staticmethod
    def uniform_shard_assigner() -> KinesisShardAssigner:
        """Evenly over the hash range."""
        return KinesisShardAssigner("uniform")


class KinesisDeserializationSchema:
    """Base of schemas that see a record's key and shard beside its data."""


@dataclass(frozen=True)
class WatermarkTracker:
    """Shares watermarks among subtasks, so that none runs ahead. Times in milliseconds."""

    aggregate_name: str
    log_accumulator_interval_millis: int

    @staticmethod
    def job_manager_watermark_tracker(
        aggregate_name: str, log_accumulator_interval_millis: int = -1
    ) -> WatermarkTracker:
        """By way of the JobManager."""
        return WatermarkTracker(aggregate_name, log_accumulator_interval_millis)


class FlinkKinesisConsumer(_Connector, SourceFunction[Any]):
    """Reads one or more streams (``add_source``)."""

    _connector = "kinesis"

    def __init__(self, streams: str | list[str], deserializer: Any, config_props: dict[str, str]) -> None:
        """Raises ``ConfigurationError`` where streams or ``aws.region`` (or an endpoint) are missing."""
        super().__init__()
        self.streams = (streams,) if isinstance(streams, str) else tuple(streams)
        self.deserializer = deserializer
        self.config_props = {str(k): str(v) for k, v in config_props.items()}
        required(
            "FlinkKinesisConsumer",
            streams=self.streams,
            deserializer=deserializer,
            **{"aws.region": self.config_props.get("aws.region") or self.config_props.get("aws.endpoint")},
        )
        self.shard_assigner = KinesisShardAssigner.default_shard_assigner()
        self.periodic_watermark_assigner: Any = None
        self.watermark_tracker: WatermarkTracker | None = None

    def set_shard_assigner(self, shard_assigner: KinesisShardAssigner) -> FlinkKinesisConsumer:
        """Which subtask reads which shard."""
        self.shard_assigner = shard_assigner
        return self

    def set_periodic_watermark_assigner(self, periodic_watermark_assigner: Any) -> FlinkKinesisConsumer:
        """Watermarks for each shard."""
        self.periodic_watermark_assigner = periodic_watermark_assigner
        return self

    def set_watermark_tracker(self, watermark_tracker: WatermarkTracker) -> FlinkKinesisConsumer:
        """Shares watermarks among subtasks."""
        self.watermark_tracker = watermark_tracker
        return self


@dataclass(frozen=True)
class PartitionKeyGenerator:
    """The partition key of each record.

    >>> PartitionKeyGenerator.random().kind
    'random'
    """

    kind: str

    @staticmethod
    def fixed() -> PartitionKeyGenerator:
        """One key for each subtask."""
        return PartitionKeyGenerator("fixed")

    @staticmethod
    def random() -> PartitionKeyGenerator:
        """A new key for each record."""
        return PartitionKeyGenerator("random")


class _AwsSinkBuilder:
    """The batching that both sinks share; each setter returns the builder."""

    def __init__(self) -> None:
        self._serializer: Any = None
        self._properties: dict[str, str] = {}
        self._fail_on_error = False
        self._batching: dict[str, int] = {
            "max_batch_size": 500,
            "max_in_flight_requests": 50,
            "max_buffered_requests": 10000,
            "max_batch_size_in_bytes": 5 * 1024 * 1024,
            "max_time_in_buffer_ms": 5000,
            "max_record_size_in_bytes": 1024 * 1024,
        }

    def set_serialization_schema(self, serialization_schema: Any) -> Self:
        """How an element becomes a record."""
        self._serializer = serialization_schema
        return self

    def set_fail_on_error(self, fail_on_error: bool) -> Self:
        """Whether a refused record fails the job (default False: it is tried again)."""
        self._fail_on_error = fail_on_error
        return self

    def _limit(self, name: str, value: int) -> Self:
        self._batching[name] = positive(value, name)
        return self

    def set_max_batch_size(self, max_batch_size: int) -> Self:
        """Records of a request (default 500)."""
        return self._limit("max_batch_size", max_batch_size)

    def set_max_in_flight_requests(self, max_in_flight_requests: int) -> Self:
        """Requests under way (default 50)."""
        return self._limit("max_in_flight_requests", max_in_flight_requests)

    def set_max_buffered_requests(self, max_buffered_requests: int) -> Self:
        """Records kept before the stream is held up (default 10000)."""
        return self._limit("max_buffered_requests", max_buffered_requests)

    def set_max_batch_size_in_bytes(self, max_batch_size_in_bytes: int) -> Self:
        """Bytes of a request (default 5 MiB; 4 MiB for Firehose)."""
        return self._limit("max_batch_size_in_bytes", max_batch_size_in_bytes)

    def set_max_time_in_buffer_ms(self, max_time_in_buffer_ms: int) -> Self:
        """Milliseconds a record waits at most (default 5000)."""
        return self._limit("max_time_in_buffer_ms", max_time_in_buffer_ms)

    def set_max_record_size_in_bytes(self, max_record_size_in_bytes: int) -> Self:
        """Bytes of a record (default 1 MiB; 1000 KiB for Firehose)."""
        return self._limit("max_record_size_in_bytes", max_record_size_in_bytes)


@dataclass(frozen=True, eq=False)
class KinesisStreamsSink(Sink):
    """Writes a stream. Made by ``KinesisStreamsSink.builder()``."""

    stream_name: str
    serialization_schema: Any
    partition_key_generator: PartitionKeyGenerator
    fail_on_error: bool
    batching: dict[str, int]
    properties: dict[str, str] = field(repr=False)

    _connector = "kinesis"

    @staticmethod
    def builder() -> KinesisStreamsSinkBuilder:
        """A builder."""
        return KinesisStreamsSinkBuilder()


class KinesisStreamsSinkBuilder(_AwsSinkBuilder):
    """Collects the settings of a ``KinesisStreamsSink``."""

    def __init__(self) -> None:
        super().__init__()
        self._stream: str | None = None
        self._keys: PartitionKeyGenerator | None = None

    def set_stream_name(self, stream_name: str | list[str]) -> KinesisStreamsSinkBuilder:
        """The stream's name."""
        self._stream = text(stream_name[0] if isinstance(stream_name, list) else stream_name, "stream_name")
        return self

    def set_partition_key_generator(
        self, partition_key_generator: PartitionKeyGenerator
    ) -> KinesisStreamsSinkBuilder:
        """The records' partition keys."""
        self._keys = partition_key_generator
        return self

    def set_kinesis_client_properties(
        self, kinesis_client_properties: dict[str, str]
    ) -> KinesisStreamsSinkBuilder:
        """The client's settings, ``aws.region`` among them."""
        self._properties = {str(k): str(v) for k, v in kinesis_client_properties.items()}
        return self

    def build(self) -> KinesisStreamsSink:
        """The sink; ``ConfigurationError`` names what is missing."""
        required(
            "KinesisStreamsSink",
            stream_name=self._stream,
            serialization_schema=self._serializer,
            partition_key_generator=self._keys,
        )
        assert self._stream is not None and self._keys is not None
        return KinesisStreamsSink(
            self._stream,
            self._serializer,
            self._keys,
            self._fail_on_error,
            dict(self._batching),
            dict(self._properties),
        )


@dataclass(frozen=True, eq=False)
class KinesisFirehoseSink(Sink):
    """Writes a delivery stream. Made by ``KinesisFirehoseSink.builder()``."""

    delivery_stream_name: str
    serialization_schema: Any
    fail_on_error: bool
    batching: dict[str, int]
    properties: dict[str, str] = field(repr=False)

    _connector = "firehose"

    @staticmethod
    def builder() -> KinesisFirehoseSinkBuilder:
        """A builder."""
        return KinesisFirehoseSinkBuilder()


class KinesisFirehoseSinkBuilder(_AwsSinkBuilder):
    """Collects the settings of a ``KinesisFirehoseSink``."""

    def __init__(self) -> None:
        super().__init__()
        self._stream: str | None = None
        self._batching |= {
            "max_batch_size_in_bytes": 4 * 1024 * 1024,
            "max_record_size_in_bytes": 1000 * 1024,
        }

    def set_delivery_stream_name(self, delivery_stream_name: str) -> KinesisFirehoseSinkBuilder:
        """The delivery stream's name."""
        self._stream = text(delivery_stream_name, "delivery_stream_name")
        return self

    def set_firehose_client_properties(
        self, firehose_client_properties: dict[str, str]
    ) -> KinesisFirehoseSinkBuilder:
        """The client's settings, ``aws.region`` among them."""
        self._properties = {str(k): str(v) for k, v in firehose_client_properties.items()}
        return self

    def build(self) -> KinesisFirehoseSink:
        """The sink; ``ConfigurationError`` names what is missing."""
        required(
            "KinesisFirehoseSink", delivery_stream_name=self._stream, serialization_schema=self._serializer
        )
        assert self._stream is not None
        return KinesisFirehoseSink(
            self._stream, self._serializer, self._fail_on_error, dict(self._batching), dict(self._properties)
        )
