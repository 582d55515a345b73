"""RabbitMQ: PyFlink's ``connectors.rabbitmq``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

from pyflinkpp.datastream._checks import not_negative, text
from pyflinkpp.datastream._functions.endpoints import SinkFunction, SourceFunction
from pyflinkpp.datastream.connectors.base import _Connector, required

__all__ = ["RMQConnectionConfig", "RMQSink", "RMQSource"]


@dataclass(frozen=True)
class RMQConnectionConfig:
    """How to reach the broker: a URI, or host, port, virtual host, user and password. Times in ms.

    >>> RMQConnectionConfig.Builder().set_uri("amqp://guest:guest@localhost/").build().get_host() is None
    True
    """

    uri: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    virtual_host: str | None = None
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    network_recovery_interval: int | None = None
    automatic_recovery: bool | None = None
    topology_recovery: bool | None = None
    connection_timeout: int | None = None
    requested_channel_max: int | None = None
    requested_frame_max: int | None = None
    requested_heartbeat: int | None = None
    prefetch_count: int | None = None

    def get_host(self) -> str | None:
        """The broker's host."""
        return self.host

    def get_port(self) -> int | None:
        """The broker's port."""
        return self.port

    def get_virtual_host(self) -> str | None:
        """The virtual host."""
        return self.virtual_host

    def get_user_name(self) -> str | None:
        """The user."""
        return self.user_name

    def get_password(self) -> str | None:
        """The password."""
        return self.password

    def get_uri(self) -> str | None:
        """The URI."""
        return self.uri

    def get_network_recovery_interval(self) -> int | None:
        """Milliseconds between two tries to connect again."""
        return self.network_recovery_interval

    def is_automatic_recovery(self) -> bool | None:
        """Whether a lost connection is made again."""
        return self.automatic_recovery

    def is_topology_recovery(self) -> bool | None:
        """Whether queues and exchanges are declared again."""
        return self.topology_recovery

    def get_connection_timeout(self) -> int | None:
        """Milliseconds to wait for a connection."""
        return self.connection_timeout

    def get_requested_channel_max(self) -> int | None:
        """Channels asked for."""
        return self.requested_channel_max

    def get_requested_frame_max(self) -> int | None:
        """Bytes of a frame asked for."""
        return self.requested_frame_max

    def get_requested_heartbeat(self) -> int | None:
        """Seconds between heartbeats asked for."""
        return self.requested_heartbeat

    class Builder:
        """Collects the settings; each setter returns the builder."""

        def __init__(self) -> None:
            self._config = RMQConnectionConfig()

        def _with(self, **changes: Any) -> Self:
            self._config = replace(self._config, **changes)
            return self

        def set_port(self, port: int) -> Self:
            """1 to 65535."""
            if not 0 < port < 65536:
                raise ValueError(f"port must be between 1 and 65535, got {port}")
            return self._with(port=port)

        def set_host(self, host: str) -> Self:
            """The broker's host."""
            return self._with(host=text(host, "host"))

        def set_virtual_host(self, vhost: str) -> Self:
            """The virtual host."""
            return self._with(virtual_host=text(vhost, "vhost"))

        def set_user_name(self, user_name: str) -> Self:
            """The user."""
            return self._with(user_name=text(user_name, "user_name"))

        def set_password(self, password: str) -> Self:
            """The password."""
            return self._with(password=password)

        def set_uri(self, uri: str) -> Self:
            """Everything in one, such as ``amqp://user:password@host:5672/vhost``."""
            return self._with(uri=text(uri, "uri"))

        def set_topology_recovery_enabled(self, topology_recovery_enabled: bool) -> Self:
            """Whether queues and exchanges are declared again."""
            return self._with(topology_recovery=topology_recovery_enabled)

        def set_requested_heartbeat(self, requested_heartbeat: int) -> Self:
            """Seconds."""
            return self._with(requested_heartbeat=not_negative(requested_heartbeat, "requested_heartbeat"))

        def set_requested_frame_max(self, requested_frame_max: int) -> Self:
            """Bytes."""
            return self._with(requested_frame_max=not_negative(requested_frame_max, "requested_frame_max"))

        def set_requested_channel_max(self, requested_channel_max: int) -> Self:
            """Channels."""
            value = not_negative(requested_channel_max, "requested_channel_max")
            return self._with(requested_channel_max=value)

        def set_network_recovery_interval(self, network_recovery_interval: int) -> Self:
            """Milliseconds."""
            value = not_negative(network_recovery_interval, "network_recovery_interval")
            return self._with(network_recovery_interval=value)

        def set_connection_timeout(self, connection_timeout: int) -> Self:
            """Milliseconds."""
            return self._with(connection_timeout=not_negative(connection_timeout, "connection_timeout"))

        def set_automatic_recovery(self, automatic_recovery: bool) -> Self:
            """Whether a lost connection is made again."""
            return self._with(automatic_recovery=automatic_recovery)

        def set_prefetch_count(self, prefetch_count: int) -> Self:
            """Messages that may be unacknowledged; 0 for no limit."""
            return self._with(prefetch_count=not_negative(prefetch_count, "prefetch_count"))

        def build(self) -> RMQConnectionConfig:
            """The configuration; ``ConfigurationError`` names what is missing beside a missing URI."""
            c = self._config
            if c.uri is None:
                required(
                    "RMQConnectionConfig",
                    host=c.host,
                    port=c.port,
                    virtual_host=c.virtual_host,
                    user_name=c.user_name,
                    password=c.password,
                )
            return c


class RMQSource(_Connector, SourceFunction[Any]):
    """Reads a queue, acknowledging when a checkpoint completes (``add_source``).

    ``use_correlation_id``: drop messages seen before by their correlation id, for exactly once.
    """

    _connector = "rabbitmq"

    def __init__(
        self,
        connection_config: RMQConnectionConfig,
        queue_name: str,
        use_correlation_id: bool,
        deserialization_schema: Any,
    ) -> None:
        super().__init__()
        required("RMQSource", deserialization_schema=deserialization_schema)
        self.connection_config = connection_config
        self.queue_name = text(queue_name, "queue_name")
        self.use_correlation_id = use_correlation_id
        self.deserialization_schema = deserialization_schema


class RMQSink(_Connector, SinkFunction[Any]):
    """Writes a queue, without a guarantee (``add_sink``)."""

    _connector = "rabbitmq"

    def __init__(
        self, connection_config: RMQConnectionConfig, queue_name: str, serialization_schema: Any
    ) -> None:
        super().__init__()
        required("RMQSink", serialization_schema=serialization_schema)
        self.connection_config = connection_config
        self.queue_name = text(queue_name, "queue_name")
        self.serialization_schema = serialization_schema
