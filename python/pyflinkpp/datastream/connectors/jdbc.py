"""Rows into a relational database: PyFlink's ``connectors.jdbc``."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream._checks import not_negative, positive, text
from pyflinkpp.datastream._functions.endpoints import SinkFunction
from pyflinkpp.datastream.connectors.base import _Connector, required

__all__ = ["JdbcConnectionOptions", "JdbcExecutionOptions", "JdbcSink"]


@dataclass(frozen=True)
class JdbcConnectionOptions:
    """How to reach the database.

    >>> b = JdbcConnectionOptions.JdbcConnectionOptionsBuilder()
    >>> b.with_url("jdbc:postgresql://localhost/test").with_user_name("u").build().get_db_url()
    'jdbc:postgresql://localhost/test'
    """

    db_url: str
    driver_name: str | None = None
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)

    def get_db_url(self) -> str:
        """The JDBC URL."""
        return self.db_url

    def get_driver_name(self) -> str | None:
        """The driver's class; the URL alone decides here."""
        return self.driver_name

    def get_user_name(self) -> str | None:
        """The user."""
        return self.user_name

    def get_password(self) -> str | None:
        """The password."""
        return self.password

    class JdbcConnectionOptionsBuilder:
        """Collects the options; each setter returns the builder."""

        def __init__(self) -> None:
            self._url: str | None = None
            self._driver: str | None = None
            self._user: str | None = None
            self._password: str | None = None

        def with_url(self, url: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """The JDBC URL, such as ``jdbc:postgresql://host:5432/db``; ``ValueError`` for another form."""
            if not text(url, "url").startswith("jdbc:"):
                raise ValueError(f"url must begin with 'jdbc:', got {url!r}")
            self._url = url
            return self

        def with_driver_name(self, driver_name: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """Accepted for PyFlink's sake; the URL decides which driver is used."""
            self._driver = driver_name
            return self

        def with_user_name(self, user_name: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """The user."""
            self._user = user_name
            return self

        def with_password(self, password: str) -> JdbcConnectionOptions.JdbcConnectionOptionsBuilder:
            """The password."""
            self._password = password
            return self

        def build(self) -> JdbcConnectionOptions:
            """The options; ``ConfigurationError`` where the URL is missing."""
            required("JdbcConnectionOptions", url=self._url)
            assert self._url is not None
            return JdbcConnectionOptions(self._url, self._driver, self._user, self._password)


@dataclass(frozen=True)
class JdbcExecutionOptions:
    """When a batch is written, and how often it is tried again.

    >>> JdbcExecutionOptions.defaults().get_batch_size()
    5000
    """

    batch_interval_ms: int = 0
    batch_size: int = 5000
    max_retries: int = 3

    def get_batch_interval_ms(self) -> int:
        """Milliseconds after which a batch is written though not full; 0 for never."""
        return self.batch_interval_ms

    def get_batch_size(self) -> int:
        """Rows of a full batch."""
        return self.batch_size

    def get_max_retries(self) -> int:
        """How often a failed batch is tried again."""
        return self.max_retries

    @staticmethod
    def defaults() -> JdbcExecutionOptions:
        """5000 rows, no interval, 3 retries."""
        return JdbcExecutionOptions()

    @staticmethod
    def builder() -> JdbcExecutionOptions.Builder:
        """A builder."""
        return JdbcExecutionOptions.Builder()

    class Builder:
        """Collects the options; each setter returns the builder."""

        def __init__(self) -> None:
            self._interval = 0
            self._size = 5000
            self._retries = 3

        def with_batch_size(self, size: int) -> JdbcExecutionOptions.Builder:
            """Rows, above 0."""
            self._size = positive(size, "size")
            return self

        def with_batch_interval_ms(self, interval_ms: int) -> JdbcExecutionOptions.Builder:
            """Milliseconds, at least 0."""
            self._interval = not_negative(interval_ms, "interval_ms")
            return self

        def with_max_retries(self, max_retries: int) -> JdbcExecutionOptions.Builder:
            """At least 0."""
            self._retries = not_negative(max_retries, "max_retries")
            return self

        def build(self) -> JdbcExecutionOptions:
            """The options."""
            return JdbcExecutionOptions(self._interval, self._size, self._retries)


class JdbcSink(_Connector, SinkFunction[object]):
    """Runs a statement with ``?`` for each field of a row, in batches, at least once (``add_sink``)."""

    _connector = "jdbc"

    def __init__(
        self,
        sql: str,
        type_info: TypeInformation,
        connection_options: JdbcConnectionOptions,
        execution_options: JdbcExecutionOptions,
    ) -> None:
        super().__init__()
        self.sql = sql
        self.type_info = type_info
        self.connection_options = connection_options
        self.execution_options = execution_options

    @staticmethod
    def sink(
        sql: str,
        type_info: TypeInformation,
        jdbc_connection_options: JdbcConnectionOptions,
        jdbc_execution_options: JdbcExecutionOptions | None = None,
    ) -> JdbcSink:
        """``sql``: an insert, update, delete or upsert; ``type_info``: a row type.

        Raises:
            ValueError: ``sql`` is empty.
            TypeError: ``type_info`` has no fields, or the options are of another class.
        """
        if not hasattr(type_info, "get_field_types"):
            raise TypeError(f"type_info must be a row type, not {type_info!r}")
        if not isinstance(jdbc_connection_options, JdbcConnectionOptions):
            raise TypeError(
                f"jdbc_connection_options must be JdbcConnectionOptions, not {jdbc_connection_options!r}"
            )
        options = jdbc_execution_options or JdbcExecutionOptions.defaults()
        return JdbcSink(text(sql, "sql"), type_info, jdbc_connection_options, options)
