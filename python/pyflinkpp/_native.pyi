"""
The C++ core of pyflinkpp. Not public: pyflinkpp.datastream is.
"""

from __future__ import annotations

import collections.abc
import typing

import pyflinkpp.common.errors

__all__: list[str] = [
    "AsyncAnswers",
    "Column",
    "EngineError",
    "KeyExtractorFactory",
    "LocalJob",
    "OperatorFactory",
    "PartitionerFactory",
    "ResultQueue",
    "SourceFactory",
    "StreamGraph",
    "coerce",
    "collect_sink",
    "discard",
    "key_hash",
    "keyed_count",
    "python_async",
    "python_key",
    "python_operator",
    "python_partitioner",
    "python_reduce",
    "python_source",
    "sequence_source",
    "split",
    "text_source",
    "value_as_key",
]

class SourceFactory:
    pass

class OperatorFactory:
    pass

class KeyExtractorFactory:
    pass

class PartitionerFactory:
    pass

class StreamGraph:
    def __init__(
        self,
        *,
        name: str,
        chaining: bool,
        chain_different_max_parallelism: bool,
        batch_mode: bool,
        batch_size: typing.SupportsInt | typing.SupportsIndex,
        job_parameters: collections.abc.Mapping[str, str],
    ) -> None: ...
    def add_edge(
        self,
        *,
        source: typing.SupportsInt | typing.SupportsIndex,
        target: typing.SupportsInt | typing.SupportsIndex,
        input: typing.SupportsInt | typing.SupportsIndex,
        side_output: str | None,
        strategy: str,
        keys: KeyExtractorFactory | None = None,
        partitioner: PartitionerFactory | None = None,
    ) -> None: ...
    def add_node(
        self,
        *,
        name: str,
        source: SourceFactory | None = None,
        operator: OperatorFactory | None = None,
        sink: bool = False,
        parallelism: typing.SupportsInt | typing.SupportsIndex,
        max_parallelism: typing.SupportsInt | typing.SupportsIndex,
        uid: str,
        uid_hash: str,
        description: str,
        buffer_timeout_millis: typing.SupportsInt | typing.SupportsIndex,
        slot_sharing_group: str,
        chaining: str,
        declared_at: str,
    ) -> int: ...
    def job_graph_json(self) -> str: ...
    def to_json(self) -> str: ...

class ResultQueue:
    def __init__(self, batches: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def pop(self, millis: typing.SupportsInt | typing.SupportsIndex) -> list[typing.Any] | None: ...

class LocalJob:
    def __init__(
        self,
        graph: StreamGraph,
        workers: typing.SupportsInt | typing.SupportsIndex = 0,
        seed: typing.SupportsInt | typing.SupportsIndex = 0,
    ) -> None: ...
    def abandon(self) -> None: ...
    def cancel(self) -> None: ...
    def execution_graph_json(self) -> str: ...
    def failure(self) -> typing.Any: ...
    def interrupt_functions(self, exception_type: typing.Any) -> None: ...
    def operator_metrics(self) -> list[dict[str, typing.Any]]: ...
    def runtime_millis(self) -> int: ...
    def start(self) -> None: ...
    def status(self) -> str: ...
    def stop_functions(self) -> None: ...
    def task_metrics(self) -> list[dict[str, typing.Any]]: ...
    def wait(self, millis: typing.SupportsInt | typing.SupportsIndex) -> bool: ...
    @property
    def job_id(self) -> str: ...

class EngineError(pyflinkpp.common.errors.PyFlinkppError):
    pass

class AsyncAnswers:
    def put(
        self,
        answers: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, str, typing.Any]],
    ) -> None: ...

class Column:
    """
    Values of one type, laid out as Arrow does.
    """
    @staticmethod
    def infer(values: list[typing.Any]) -> Column | None:
        """
        None where the values have to stay Python objects.
        """
    @staticmethod
    def of(values: list[typing.Any], type: typing.Any) -> Column: ...
    def __len__(self) -> int: ...
    def hash_codes(self) -> list[int]: ...
    def select(self, arg0: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> Column: ...
    def to_list(self) -> list[typing.Any]: ...
    @property
    def type(self) -> tuple[str, typing.Any, typing.Any]:
        """
        The descriptor of the type.
        """

def coerce(value: typing.Any, type: typing.Any) -> typing.Any: ...
def collect_sink(queue: ResultQueue) -> OperatorFactory: ...
def discard() -> OperatorFactory: ...
def key_hash(key: typing.Any) -> int: ...
def keyed_count() -> OperatorFactory: ...
def python_async(
    open: typing.Any,
    type: typing.Any,
    ordered: bool,
    capacity: typing.SupportsInt | typing.SupportsIndex,
    timeout_millis: typing.SupportsInt | typing.SupportsIndex,
) -> OperatorFactory: ...
def python_key(open: typing.Any, operator_name: str, declared_at: str) -> KeyExtractorFactory: ...
def python_operator(
    open: typing.Any, type: typing.Any, side_outputs: dict[str, typing.Any] = {}
) -> OperatorFactory: ...
def python_partitioner(open: typing.Any, operator_name: str, declared_at: str) -> PartitionerFactory: ...
def python_reduce(open: typing.Any, type: typing.Any) -> OperatorFactory: ...
def python_source(open: typing.Any, type: typing.Any) -> SourceFactory: ...
def sequence_source(
    first: typing.SupportsInt | typing.SupportsIndex, last: typing.SupportsInt | typing.SupportsIndex
) -> SourceFactory: ...
def split(separator: str) -> OperatorFactory: ...
def text_source(
    paths: collections.abc.Sequence[str], split_bytes: typing.SupportsInt | typing.SupportsIndex
) -> SourceFactory: ...
def value_as_key() -> KeyExtractorFactory: ...
