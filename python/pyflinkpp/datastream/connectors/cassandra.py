"""Rows into Cassandra: PyFlink's ``connectors.cassandra``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.datastream._checks import not_negative, positive, text
from pyflinkpp.datastream.connectors.base import _Connector, required

if TYPE_CHECKING:
    from pyflinkpp.datastream.data_stream import DataStream

__all__ = [
    "CassandraCommitter",
    "CassandraFailureHandler",
    "CassandraSink",
    "ClusterBuilder",
    "ConsistencyLevel",
    "MapperOptions",
]


class ConsistencyLevel(Enum):
    """How many replicas have to answer."""

    ANY = 0
    ONE = 1
    TWO = 2
    THREE = 3
    QUORUM = 4
    ALL = 5
    LOCAL_QUORUM = 6
    EACH_QUORUM = 7
    SERIAL = 8
    LOCAL_SERIAL = 9
    LOCAL_ONE = 10


class MapperOptions:
    """How objects are written; each setter returns the options.

    >>> MapperOptions().ttl(60).settings
    {'ttl': 60}
    """

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}

    def _with(self, name: str, value: Any) -> MapperOptions:
        self.settings[name] = value
        return self

    def ttl(self, ttl: int) -> MapperOptions:
        """Seconds until rows expire."""
        return self._with("ttl", not_negative(ttl, "ttl"))

    def timestamp(self, timestamp: int) -> MapperOptions:
        """Write time, microseconds since the epoch."""
        return self._with("timestamp", timestamp)

    def consistency_level(self, cl: ConsistencyLevel) -> MapperOptions:
        """How many replicas have to answer."""
        if not isinstance(cl, ConsistencyLevel):
            raise TypeError(f"cl must be a ConsistencyLevel, not {cl!r}")
        return self._with("consistency_level", cl)

    def tracing(self, enabled: bool) -> MapperOptions:
        """Whether requests are traced."""
        return self._with("tracing", enabled)

    def save_null_fields(self, enabled: bool) -> MapperOptions:
        """Whether ``None`` overwrites."""
        return self._with("save_null_fields", enabled)

    def if_not_exists(self, enabled: bool) -> MapperOptions:
        """Whether only new rows are written."""
        return self._with("if_not_exists", enabled)


class ClusterBuilder:
    """Base of the ways to connect."""


@dataclass(frozen=True)
class CassandraCommitter:
    """Where completed checkpoints are noted for the write-ahead log."""

    builder: ClusterBuilder
    key_space: str | None = None

    @staticmethod
    def default_checkpoint_committer(
        builder: ClusterBuilder, key_space: str | None = None
    ) -> CassandraCommitter:
        """In a table of the same cluster."""
        return CassandraCommitter(builder, key_space)


@dataclass(frozen=True)
class CassandraFailureHandler:
    """What happens when a request fails."""

    kind: str

    @staticmethod
    def no_op() -> CassandraFailureHandler:
        """The job fails."""
        return CassandraFailureHandler("no_op")


class CassandraSink(_Connector):
    """A sink attached to a stream by ``CassandraSink.add_sink(stream)…build()``.

    Building raises ``NotBuiltError``, since attaching it makes it part of the job.
    """

    _connector = "cassandra"

    def __init__(self, input: DataStream[Any], settings: dict[str, Any]) -> None:
        self._check_built()
        self.input = input
        self.settings = settings
        self.options: dict[str, Any] = {}

    def _with(self, name: str, value: Any) -> CassandraSink:
        self.options[name] = value
        return self

    def name(self, name: str) -> CassandraSink:
        """The operator's name."""
        return self._with("name", name)

    def uid(self, uid: str) -> CassandraSink:
        """The operator's stable id."""
        return self._with("uid", uid)

    def set_uid_hash(self, uid_hash: str) -> CassandraSink:
        """The operator's id as a hash of 32 hexadecimal digits."""
        return self._with("uid_hash", uid_hash)

    def set_parallelism(self, parallelism: int) -> CassandraSink:
        """How many subtasks write."""
        return self._with("parallelism", positive(parallelism, "parallelism"))

    def disable_chaining(self) -> CassandraSink:
        """Keep the sink in a task of its own."""
        return self._with("chaining", False)

    def slot_sharing_group(self, slot_sharing_group: Any) -> CassandraSink:
        """The slot sharing group, by name or object."""
        return self._with("slot_sharing_group", slot_sharing_group)

    @staticmethod
    def add_sink(input: DataStream[Any]) -> CassandraSink.CassandraSinkBuilder:
        """A builder of a sink behind ``input``."""
        return CassandraSink.CassandraSinkBuilder(input)

    class CassandraSinkBuilder:
        """Collects the settings; each setter returns the builder."""

        def __init__(self, input: DataStream[Any]) -> None:
            self._input = input
            self._settings: dict[str, Any] = {}

        def _with(self, **settings: Any) -> CassandraSink.CassandraSinkBuilder:
            self._settings |= settings
            return self

        def set_query(self, query: str) -> CassandraSink.CassandraSinkBuilder:
            """The statement, with ``?`` for each field."""
            return self._with(query=text(query, "query"))

        def set_default_keyspace(self, keyspace: str) -> CassandraSink.CassandraSinkBuilder:
            """The key space of objects."""
            return self._with(keyspace=text(keyspace, "keyspace"))

        def set_host(self, host: str, port: int = 9042) -> CassandraSink.CassandraSinkBuilder:
            """Where to connect."""
            return self._with(host=text(host, "host"), port=positive(port, "port"))

        def set_cluster_builder(self, builder: ClusterBuilder) -> CassandraSink.CassandraSinkBuilder:
            """How to connect."""
            return self._with(cluster_builder=builder)

        def enable_write_ahead_log(
            self, committer: CassandraCommitter | None = None
        ) -> CassandraSink.CassandraSinkBuilder:
            """Write rows only when their checkpoint has completed."""
            return self._with(write_ahead_log=True, committer=committer)

        def set_mapper_options(self, options: MapperOptions) -> CassandraSink.CassandraSinkBuilder:
            """How objects are written."""
            return self._with(mapper_options=options)

        def set_failure_handler(
            self, failure_handler: CassandraFailureHandler
        ) -> CassandraSink.CassandraSinkBuilder:
            """What happens when a request fails."""
            return self._with(failure_handler=failure_handler)

        def set_max_concurrent_requests(
            self, max_concurrent_requests: int, duration: Any = None
        ) -> CassandraSink.CassandraSinkBuilder:
            """Requests under way, and how long to wait for a free one."""
            value = positive(max_concurrent_requests, "max_concurrent_requests")
            return self._with(max_concurrent_requests=value, max_wait=duration)

        def enable_ignore_null_fields(self) -> CassandraSink.CassandraSinkBuilder:
            """Leave fields that are ``None`` untouched."""
            return self._with(ignore_null_fields=True)

        def build(self) -> CassandraSink:
            """Check the settings, then raise ``NotBuiltError`` while the connector is not built."""
            settings = self._settings
            required("CassandraSink", host=settings.get("host") or settings.get("cluster_builder"))
            if CassandraSink._native_kind is None:
                raise NotBuiltError("CassandraSink: the connector 'cassandra' is not built")
            return CassandraSink(self._input, settings)
