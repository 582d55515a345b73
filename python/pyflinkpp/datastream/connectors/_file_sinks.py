"""Writing files: the sink of Flink's unified API and its 1.x forerunner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream._checks import positive, text
from pyflinkpp.datastream._functions.endpoints import SinkFunction
from pyflinkpp.datastream.connectors._file_writing import (
    BucketAssigner,
    FileCompactor,
    FileCompactStrategy,
    OutputFileConfig,
    RollingPolicy,
)
from pyflinkpp.datastream.connectors.base import Sink, StreamTransformer, SupportsPreprocessing, _Connector

S = TypeVar("S")


@dataclass(frozen=True)
class _Settings:
    """What both file sinks hold. ``bulk`` tells a writer factory from an encoder."""

    base_path: str
    encoder: Any
    bulk: bool
    bucket_assigner: BucketAssigner
    rolling_policy: RollingPolicy
    output_file_config: OutputFileConfig
    bucket_check_interval: int = 60 * 1000
    compact_strategy: FileCompactStrategy | None = None
    compactor: FileCompactor | None = None


class _Holder:
    """Shows the settings as attributes of the sink."""

    def __init__(self, settings: _Settings) -> None:
        super().__init__()
        self.settings = settings
        self.base_path = settings.base_path
        self.encoder = settings.encoder
        self.bulk = settings.bulk
        self.bucket_assigner = settings.bucket_assigner
        self.rolling_policy = settings.rolling_policy
        self.output_file_config = settings.output_file_config
        self.bucket_check_interval = settings.bucket_check_interval
        self.compact_strategy = settings.compact_strategy
        self.compactor = settings.compactor


class _BaseBuilder(Generic[S]):
    """Collects the settings; each ``with_…`` returns the builder."""

    _sink: ClassVar[Any] = None
    _bulk: ClassVar[bool] = False

    def __init__(self, base_path: str, encoder: Any) -> None:
        if encoder is None:
            raise ConfigurationError(f"file sink: missing {'writer_factory' if self._bulk else 'encoder'}")
        self._base_path = text(str(base_path), "base_path")
        self._encoder = encoder
        self._assigner = BucketAssigner.date_time_bucket_assigner()
        self._policy = (
            RollingPolicy.on_checkpoint_rolling_policy()
            if self._bulk
            else RollingPolicy.default_rolling_policy()
        )
        self._config = OutputFileConfig.builder().build()
        self._interval = 60 * 1000
        self._compact: tuple[FileCompactStrategy, FileCompactor] | None = None

    def with_bucket_check_interval(self, interval: int) -> Self:
        """Milliseconds between two looks at the rolling policy (default 60000)."""
        self._interval = positive(interval, "interval")
        return self

    def with_bucket_assigner(self, bucket_assigner: BucketAssigner) -> Self:
        """Which folder an element goes to (default: one for each hour)."""
        self._assigner = bucket_assigner
        return self

    def with_output_file_config(self, output_file_config: OutputFileConfig) -> Self:
        """What part files are called."""
        self._config = output_file_config
        return self

    def with_rolling_policy(self, rolling_policy: RollingPolicy) -> Self:
        """When part files are finished; ``ValueError`` for a bulk format that doesn't roll on checkpoint."""
        if self._bulk and rolling_policy.kind != "on_checkpoint":
            raise ValueError(f"a bulk format needs on_checkpoint_rolling_policy, got {rolling_policy.kind!r}")
        self._policy = rolling_policy
        return self

    def build(self) -> S:
        """The sink."""
        strategy, compactor = self._compact or (None, None)
        settings = _Settings(
            self._base_path,
            self._encoder,
            self._bulk,
            self._assigner,
            self._policy,
            self._config,
            self._interval,
            strategy,
            compactor,
        )
        sink: S = type(self)._sink(settings)
        return sink


class FileSink(_Holder, Sink, SupportsPreprocessing):
    """Writes part files that become visible when their checkpoint completes (Flink's ``FileSink``).

    >>> from pyflinkpp.common.serialization import Encoder
    >>> sink = FileSink.for_row_format("/data/out", Encoder.simple_string_encoder()).build()
    >>> sink.base_path, sink.rolling_policy.part_size
    ('/data/out', 134217728)
    """

    _connector = "filesystem"
    _native_kind = "file"

    class BaseBuilder(_BaseBuilder["FileSink"]):
        """What row and bulk builders share."""

        def enable_compact(self, strategy: FileCompactStrategy, compactor: FileCompactor) -> Self:
            """Put small files together."""
            self._compact = (strategy, compactor)
            return self

        def disable_compact(self) -> Self:
            """Leave files as they are (the default)."""
            self._compact = None
            return self

    class RowFormatBuilder(BaseBuilder):
        """For an encoder that writes record by record."""

    class BulkFormatBuilder(BaseBuilder):
        """For a writer factory; part files roll on checkpoint."""

        _bulk = True

    @staticmethod
    def for_row_format(base_path: str, encoder: Any) -> FileSink.RowFormatBuilder:
        """A builder for an ``Encoder``."""
        return FileSink.RowFormatBuilder(base_path, encoder)

    @staticmethod
    def for_bulk_format(base_path: str, writer_factory: Any) -> FileSink.BulkFormatBuilder:
        """A builder for a ``BulkWriterFactory``."""
        return FileSink.BulkFormatBuilder(base_path, writer_factory)

    def get_transformer(self) -> StreamTransformer | None:
        """``None``: the stream needs no change."""
        return None


class StreamingFileSink(_Holder, _Connector, SinkFunction[Any]):
    """Flink 1.x's file sink, for ``add_sink``; does what ``FileSink`` does."""

    _connector = "filesystem"
    _native_kind = "file"

    class BaseBuilder(_BaseBuilder["StreamingFileSink"]):
        """What row and bulk builders share."""

    class DefaultRowFormatBuilder(BaseBuilder):
        """For an encoder that writes record by record."""

    class DefaultBulkFormatBuilder(BaseBuilder):
        """For a writer factory."""

        _bulk = True

    @staticmethod
    def for_row_format(base_path: str, encoder: Any) -> StreamingFileSink.DefaultRowFormatBuilder:
        """A builder for an ``Encoder``."""
        return StreamingFileSink.DefaultRowFormatBuilder(base_path, encoder)

    @staticmethod
    def for_bulk_format(base_path: str, writer_factory: Any) -> StreamingFileSink.DefaultBulkFormatBuilder:
        """A builder for a ``BulkWriterFactory``."""
        return StreamingFileSink.DefaultBulkFormatBuilder(base_path, writer_factory)

    def _to_sink(self) -> FileSink:
        """The same as a ``FileSink``."""
        return FileSink(self.settings)


FileSink.BaseBuilder._sink = FileSink
StreamingFileSink.BaseBuilder._sink = StreamingFileSink
