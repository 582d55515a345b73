"""How part files are named, bucketed, rolled and compacted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream._checks import no_java, positive
from pyflinkpp.datastream._functions.endpoints import SinkFunction


class _NoJava:
    def get_java_object(self) -> Any:
        """Raises ``NoJvmError``: there is no JVM."""
        no_java(f"{type(self).__name__}.get_java_object")


@dataclass(frozen=True)
class BucketAssigner(_NoJava):
    """Which folder below the base path an element goes to.

    >>> BucketAssigner.date_time_bucket_assigner().format_str
    'yyyy-MM-dd--HH'

    A subclass with a ``get_bucket_id`` of its own chooses by the element, as in Java Flink; PyFlink has no
    such thing. It is pickled into each subtask.

    >>> class ByCountry(BucketAssigner):
    ...     def get_bucket_id(self, element, context):
    ...         return f"country={element[0]}"
    >>> ByCountry().kind
    'custom'
    """

    #: The time of an element.
    Context: ClassVar = SinkFunction.Context

    kind: str = "custom"
    format_str: str | None = None
    timezone_id: str | None = None

    def get_bucket_id(self, element: Any, context: SinkFunction.Context) -> str:
        """The folder, relative to the base path; parts are divided by ``/``, and ``""`` is the base path.

        Called by the engine for assigners of one's own only.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define get_bucket_id")

    @staticmethod
    def base_path_bucket_assigner() -> BucketAssigner:
        """All into the base path itself."""
        return BucketAssigner("base_path")

    @staticmethod
    def date_time_bucket_assigner(
        format_str: str = "yyyy-MM-dd--HH", timezone_id: str | None = None
    ) -> BucketAssigner:
        """By processing time: ``format_str`` is Java's date pattern, the time zone the local one.

        Raises:
            ValueError: an unknown time zone.
        """
        if timezone_id is not None:
            from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

            try:
                ZoneInfo(timezone_id)
            except (ZoneInfoNotFoundError, ValueError):
                raise ValueError(f"timezone_id is not a known time zone: {timezone_id!r}") from None
        return BucketAssigner("date_time", format_str, timezone_id)


@dataclass(frozen=True)
class RollingPolicy(_NoJava):
    """When a part file is finished and the next begun. Sizes in bytes, times in milliseconds."""

    kind: str
    part_size: int | None = None
    rollover_interval: int | None = None
    inactivity_interval: int | None = None

    @staticmethod
    def default_rolling_policy(
        part_size: int = 1024 * 1024 * 128,
        rollover_interval: int = 60 * 1000,
        inactivity_interval: int = 60 * 1000,
    ) -> RollingPolicy:
        """At 128 MiB, 60 s after the first record or 60 s after the last, unless told otherwise."""
        return RollingPolicy(
            "default",
            positive(part_size, "part_size"),
            positive(rollover_interval, "rollover_interval"),
            positive(inactivity_interval, "inactivity_interval"),
        )

    @staticmethod
    def on_checkpoint_rolling_policy() -> RollingPolicy:
        """At each checkpoint, and only then."""
        return RollingPolicy("on_checkpoint")


@dataclass(frozen=True)
class OutputFileConfig(_NoJava):
    """What part files are called: prefix, subtask and counter, suffix.

    >>> OutputFileConfig.builder().with_part_suffix(".csv").build().get_part_suffix()
    '.csv'
    """

    part_prefix: str
    part_suffix: str

    @staticmethod
    def builder() -> OutputFileConfig.OutputFileConfigBuilder:
        """A builder; the prefix is ``part`` and the suffix empty unless set."""
        return OutputFileConfig.OutputFileConfigBuilder()

    def get_part_prefix(self) -> str:
        """The prefix."""
        return self.part_prefix

    def get_part_suffix(self) -> str:
        """The suffix."""
        return self.part_suffix

    class OutputFileConfigBuilder:
        """Collects prefix and suffix."""

        def __init__(self) -> None:
            self._prefix = "part"
            self._suffix = ""

        def with_part_prefix(self, prefix: str) -> OutputFileConfig.OutputFileConfigBuilder:
            """Begin file names with ``prefix``."""
            self._prefix = prefix
            return self

        def with_part_suffix(self, suffix: str) -> OutputFileConfig.OutputFileConfigBuilder:
            """End file names with ``suffix``."""
            self._suffix = suffix
            return self

        def build(self) -> OutputFileConfig:
            """The configuration."""
            return OutputFileConfig(self._prefix, self._suffix)


@dataclass(frozen=True)
class FileCompactStrategy(_NoJava):
    """When finished small files are put together.

    ``size_threshold``: bytes that are enough; ``num_checkpoints``: checkpoints to wait at most;
    ``compact_threads``: threads that do it. -1 where a limit is not set.
    """

    size_threshold: int = -1
    num_checkpoints: int = -1
    compact_threads: int = 1

    @staticmethod
    def builder() -> FileCompactStrategy.Builder:
        """A builder."""
        return FileCompactStrategy.Builder()

    class Builder:
        """Collects the limits."""

        def __init__(self) -> None:
            self._size = -1
            self._checkpoints = -1
            self._threads = 1

        def set_size_threshold(self, size_threshold: int) -> FileCompactStrategy.Builder:
            """Bytes above 0."""
            self._size = positive(size_threshold, "size_threshold")
            return self

        def enable_compaction_on_checkpoint(
            self, num_checkpoints_before_compaction: int
        ) -> FileCompactStrategy.Builder:
            """Checkpoints to wait at most, above 0."""
            name = "num_checkpoints_before_compaction"
            self._checkpoints = positive(num_checkpoints_before_compaction, name)
            return self

        def set_num_compact_threads(self, num_compact_threads: int) -> FileCompactStrategy.Builder:
            """Threads, above 0."""
            self._threads = positive(num_compact_threads, "num_compact_threads")
            return self

        def build(self) -> FileCompactStrategy:
            """The strategy; ``ConfigurationError`` where neither limit is set."""
            if self._size < 0 and self._checkpoints < 0:
                raise ConfigurationError(
                    "FileCompactStrategy: missing size_threshold or num_checkpoints_before_compaction"
                )
            return FileCompactStrategy(self._size, self._checkpoints, self._threads)


@dataclass(frozen=True)
class FileCompactor(_NoJava):
    """How small files become one."""

    kind: str
    file_delimiter: bytes | None = None

    @staticmethod
    def concat_file_compactor(file_delimiter: bytes | None = None) -> FileCompactor:
        """Their bytes one after another, with ``file_delimiter`` between."""
        return FileCompactor("concat", file_delimiter)

    @staticmethod
    def identical_file_compactor() -> FileCompactor:
        """One file stays as it is; only for one file at a time."""
        return FileCompactor("identical")
