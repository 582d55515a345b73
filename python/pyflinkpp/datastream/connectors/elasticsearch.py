"""Documents into Elasticsearch: PyFlink's ``connectors.elasticsearch``."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream._checks import no_java, not_negative, positive, text
from pyflinkpp.datastream.connectors.base import DeliveryGuarantee, Sink, guarantee, required

__all__ = [
    "Elasticsearch6SinkBuilder",
    "Elasticsearch7SinkBuilder",
    "ElasticsearchEmitter",
    "ElasticsearchSink",
    "FlushBackoffType",
]


class FlushBackoffType(Enum):
    """How the delay between two tries of a bulk request grows."""

    CONSTANT = 0
    EXPONENTIAL = 1
    NONE = 2


@dataclass(frozen=True)
class ElasticsearchEmitter:
    """Which index and id a document (a dict) gets.

    >>> ElasticsearchEmitter.static_index("users", key_field="id").index
    'users'
    """

    index: str | None
    index_field: str | None
    key_field: str | None
    doc_type: str | None

    @staticmethod
    def static_index(
        index: str, key_field: str | None = None, doc_type: str | None = None
    ) -> ElasticsearchEmitter:
        """One index for all; the id comes from ``key_field``, or is made up."""
        return ElasticsearchEmitter(text(index, "index"), None, key_field, doc_type)

    @staticmethod
    def dynamic_index(
        index_field: str, key_field: str | None = None, doc_type: str | None = None
    ) -> ElasticsearchEmitter:
        """The index stands in the field ``index_field``."""
        return ElasticsearchEmitter(None, text(index_field, "index_field"), key_field, doc_type)


@dataclass(frozen=True, eq=False)
class ElasticsearchSink(Sink):
    """Writes documents in bulk requests. Made by ``Elasticsearch7SinkBuilder``; times in milliseconds."""

    version: int
    hosts: tuple[str, ...]
    emitter: ElasticsearchEmitter
    delivery_guarantee: DeliveryGuarantee
    bulk_flush_max_actions: int
    bulk_flush_max_size_mb: int
    bulk_flush_interval: int
    backoff: tuple[FlushBackoffType, int, int]
    username: str | None
    password: str | None = field(repr=False)
    path_prefix: str | None
    timeouts: dict[str, int]

    _connector = "elasticsearch"


class ElasticsearchSinkBuilderBase:
    """Collects the settings; each setter returns the builder."""

    _version = 7

    def __init__(self) -> None:
        self._hosts: tuple[str, ...] = ()
        self._emitter: ElasticsearchEmitter | None = None
        self._guarantee = DeliveryGuarantee.AT_LEAST_ONCE
        self._actions = 1000
        self._size_mb = -1
        self._interval = -1
        self._backoff = (FlushBackoffType.NONE, -1, -1)
        self._username: str | None = None
        self._password: str | None = None
        self._prefix: str | None = None
        self._timeouts: dict[str, int] = {}

    def set_emitter(self, emitter: ElasticsearchEmitter) -> Self:
        """Which index and id a document gets."""
        self._emitter = emitter
        return self

    def set_hosts(self, hosts: str | list[str]) -> Self:
        """URLs such as ``localhost:9200``; ``ConfigurationError`` where there are none."""
        self._hosts = (hosts,) if isinstance(hosts, str) else tuple(hosts)
        required("ElasticsearchSink", hosts=self._hosts)
        return self

    def set_delivery_guarantee(self, delivery_guarantee: DeliveryGuarantee) -> Self:
        """AT_LEAST_ONCE (default) or NONE; ``ConfigurationError`` for EXACTLY_ONCE."""
        if guarantee(delivery_guarantee) is DeliveryGuarantee.EXACTLY_ONCE:
            raise ConfigurationError("ElasticsearchSink: delivery_guarantee EXACTLY_ONCE is not possible")
        self._guarantee = delivery_guarantee
        return self

    def set_bulk_flush_max_actions(self, num_max_actions: int) -> Self:
        """Documents of a bulk request (default 1000); -1 for no limit."""
        self._actions = _limit(num_max_actions, "num_max_actions")
        return self

    def set_bulk_flush_max_size_mb(self, max_size_mb: int) -> Self:
        """Megabytes of a bulk request (default 5); -1 for no limit."""
        self._size_mb = _limit(max_size_mb, "max_size_mb")
        return self

    def set_bulk_flush_interval(self, interval_millis: int) -> Self:
        """Milliseconds after which a request goes out though not full; -1 (default) for never."""
        self._interval = -1 if interval_millis == -1 else not_negative(interval_millis, "interval_millis")
        return self

    def set_bulk_flush_backoff_strategy(
        self, flush_backoff_type: FlushBackoffType, max_retries: int, delay_millis: int
    ) -> Self:
        """How a refused request is tried again (default: not)."""
        if not isinstance(flush_backoff_type, FlushBackoffType):
            raise TypeError(f"flush_backoff_type must be a FlushBackoffType, not {flush_backoff_type!r}")
        if flush_backoff_type is not FlushBackoffType.NONE:
            positive(max_retries, "max_retries")
            not_negative(delay_millis, "delay_millis")
        self._backoff = (flush_backoff_type, max_retries, delay_millis)
        return self

    def set_connection_username(self, username: str) -> Self:
        """The user."""
        self._username = username
        return self

    def set_connection_password(self, password: str) -> Self:
        """The password."""
        self._password = password
        return self

    def set_connection_path_prefix(self, prefix: str) -> Self:
        """What paths begin with."""
        self._prefix = prefix
        return self

    def set_connection_request_timeout(self, timeout: int) -> Self:
        """Milliseconds to wait for a connection of the pool."""
        self._timeouts["request"] = not_negative(timeout, "timeout")
        return self

    def set_connection_timeout(self, timeout: int) -> Self:
        """Milliseconds to wait for a new connection."""
        self._timeouts["connection"] = not_negative(timeout, "timeout")
        return self

    def set_socket_timeout(self, timeout: int) -> Self:
        """Milliseconds to wait for data."""
        self._timeouts["socket"] = not_negative(timeout, "timeout")
        return self

    def get_http_host_class(self) -> Any:
        """Raises ``NoJvmError``: hosts are plain text here."""
        no_java(f"{type(self).__name__}.get_http_host_class")

    def build(self) -> ElasticsearchSink:
        """The sink; ``ConfigurationError`` where hosts or emitter are missing."""
        required("ElasticsearchSink", hosts=self._hosts, emitter=self._emitter)
        assert self._emitter is not None
        return ElasticsearchSink(
            self._version,
            self._hosts,
            self._emitter,
            self._guarantee,
            self._actions,
            self._size_mb,
            self._interval,
            self._backoff,
            self._username,
            self._password,
            self._prefix,
            dict(self._timeouts),
        )


def _limit(value: int, name: str) -> int:
    return -1 if value == -1 else positive(value, name)


class Elasticsearch6SinkBuilder(ElasticsearchSinkBuilderBase):
    """For Elasticsearch 6, where an emitter also needs a document type."""

    _version = 6

    def build(self) -> ElasticsearchSink:
        """As the base; ``ConfigurationError`` where ``doc_type`` is missing."""
        if self._emitter is not None:
            required("Elasticsearch 6 emitter", doc_type=self._emitter.doc_type)
        return super().build()


class Elasticsearch7SinkBuilder(ElasticsearchSinkBuilderBase):
    """For Elasticsearch 7 and later.

    >>> b = Elasticsearch7SinkBuilder().set_hosts(["localhost:9200"])
    >>> b.set_emitter(ElasticsearchEmitter.static_index("users")).build().version
    7
    """
