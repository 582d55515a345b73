"""
The C++ core of pyflinkpp. Not public: pyflinkpp.datastream is.
"""

from __future__ import annotations

import collections.abc
import typing

import pyflinkpp.common.errors

__all__: list[str] = [
    "Aggregation",
    "ArrowStream",
    "AsyncAnswers",
    "CheckpointShelf",
    "Column",
    "DamagedCheckpoint",
    "DrivenPlace",
    "EngineError",
    "KeyExtractorFactory",
    "ListState",
    "LocalJob",
    "Location",
    "ManualClock",
    "MapState",
    "OperatorDriver",
    "OperatorFactory",
    "OperatorListState",
    "OperatorSnapshot",
    "OperatorStateStore",
    "PartitionerFactory",
    "ProcessContext",
    "ProcessScope",
    "ResultQueue",
    "SavedState",
    "SimulatedJob",
    "SinkContext",
    "SourceDriver",
    "SourceFactory",
    "StateBackend",
    "StreamGraph",
    "TimerService",
    "ValueState",
    "WatermarkOutput",
    "WatermarkStrategy",
    "arrow_source",
    "arrow_stream_capsule",
    "batch_operator",
    "coerce",
    "coerce_all",
    "collect_sink",
    "column_key",
    "constant_key",
    "discard",
    "find_checkpoints",
    "has_layout",
    "ingestion_time",
    "interval_join",
    "key_hash",
    "keyed_count",
    "pass_through",
    "process_operator",
    "python_async",
    "python_key",
    "python_operator",
    "python_partitioner",
    "python_reduce",
    "python_sink",
    "python_source",
    "remove_leftovers",
    "rocksdb_state_backend",
    "rolling_aggregate",
    "sequence_source",
    "showing_floats",
    "split",
    "text_source",
    "timestamps_and_watermarks",
    "value_as_key",
    "watermark_strategy",
    "watermarked_source",
    "window_aggregate",
    "window_operator",
]

class Location:
    """
    A file or folder, of this machine unless `files` has it.
    """
    def __init__(self, path: str, files: typing.Any = None) -> None: ...
    @property
    def path(self) -> str: ...

class StateBackend:
    pass

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
        object_reuse: bool,
        batch_size: typing.SupportsInt | typing.SupportsIndex,
        job_parameters: collections.abc.Mapping[str, str],
        state_backend: StateBackend | None = None,
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
        key_type: typing.Any = None,
        feedback: bool = False,
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
        iteration_wait_millis: typing.SupportsInt | typing.SupportsIndex | None = None,
    ) -> int: ...
    def job_graph_json(self) -> str: ...
    def restart_all_regions(self) -> None:
        """
        After a failure, rather than the one that has failed.
        """
    def restart_by_failure_rate(
        self,
        *,
        max_failures_per_interval: typing.SupportsInt | typing.SupportsIndex,
        interval: typing.SupportsInt | typing.SupportsIndex,
        delay: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def restart_with_exponential_delay(
        self,
        *,
        initial_backoff: typing.SupportsInt | typing.SupportsIndex,
        max_backoff: typing.SupportsInt | typing.SupportsIndex,
        multiplier: typing.SupportsFloat | typing.SupportsIndex,
        reset_threshold: typing.SupportsInt | typing.SupportsIndex,
        jitter_factor: typing.SupportsFloat | typing.SupportsIndex,
        attempts_before_reset: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def restart_with_fixed_delay(
        self,
        *,
        attempts: typing.SupportsInt | typing.SupportsIndex,
        delay: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def restore(self, *, path: Location, ignore_unclaimed: bool, claim: bool) -> None:
        """
        Lets the job go on from the checkpoint in this folder; `claim`: which becomes the job's own.
        """
    def simulate_checkpoints(
        self,
        *,
        shelf: CheckpointShelf,
        interval: typing.SupportsInt | typing.SupportsIndex,
        max_concurrent: typing.SupportsInt | typing.SupportsIndex,
        overtake_after: typing.SupportsInt | typing.SupportsIndex | None = None,
    ) -> None:
        """
        Takes checkpoints to the shelf every so many milliseconds, and goes on from its latest.
        """
    def take_checkpoints(
        self,
        *,
        interval: typing.SupportsInt | typing.SupportsIndex | None,
        timeout: typing.SupportsInt | typing.SupportsIndex,
        min_pause: typing.SupportsInt | typing.SupportsIndex,
        max_concurrent: typing.SupportsInt | typing.SupportsIndex,
        tolerable_failures: typing.SupportsInt | typing.SupportsIndex,
        retained: typing.SupportsInt | typing.SupportsIndex,
        exactly_once: bool,
        folder: Location | None,
        inline_bytes: typing.SupportsInt | typing.SupportsIndex,
        max_state_bytes: typing.SupportsInt | typing.SupportsIndex | None,
        cleanup: str,
        overtake_after: typing.SupportsInt | typing.SupportsIndex | None,
        overtake_by_force: bool,
    ) -> None:
        """
        Times in ms. Without an interval, only savepoints are taken.
        Without a folder, checkpoints are kept in memory. Max state: of a subtask; None: any size.
        Cleanup, of a job that ends otherwise than by finishing: 'always', 'on_cancellation', 'never'.
        Overtake: how long after the trigger barriers are unaligned; None: never. By force: even where a
        partitioner of the user's own decides the way.
        """
    def to_json(self) -> str: ...

class TimerService:
    """
    Clock, watermark and timers of a process function.
    """
    def current_processing_time(self) -> int: ...
    def current_watermark(self) -> int: ...
    def delete_event_time_timer(self, timestamp: int) -> None: ...
    def delete_processing_time_timer(self, timestamp: int) -> None: ...
    def register_event_time_timer(self, timestamp: int) -> None: ...
    def register_processing_time_timer(self, timestamp: int) -> None: ...

class ProcessContext:
    """
    What a process function is told beside the element.
    """
    def current_processing_time(self) -> int: ...
    def current_watermark(self) -> int: ...
    def get_current_key(self) -> typing.Any: ...
    def time_domain(self) -> typing.Any: ...
    def timer_service(self) -> TimerService: ...
    def timestamp(self) -> int: ...

class ValueState:
    """
    One value for each key.
    """
    def clear(self) -> None: ...
    def update(self, value: typing.Any) -> None: ...
    def value(self) -> typing.Any: ...

class ListState:
    def __iter__(self) -> collections.abc.Iterator[typing.Any]: ...
    def add(self, value: typing.Any) -> None: ...
    def add_all(self, values: collections.abc.Iterable[typing.Any]) -> None: ...
    def clear(self) -> None: ...
    def get(self) -> list[typing.Any]: ...
    def update(self, values: collections.abc.Iterable[typing.Any]) -> None: ...

class MapState:
    def __contains__(self, key: typing.Any) -> bool: ...
    def __delitem__(self, key: typing.Any) -> None: ...
    def __getitem__(self, key: typing.Any) -> typing.Any: ...
    def __iter__(self) -> collections.abc.Iterator[typing.Any]: ...
    def __setitem__(self, key: typing.Any, value: typing.Any) -> None: ...
    def clear(self) -> None: ...
    def contains(self, key: typing.Any) -> bool: ...
    def get(self, key: typing.Any) -> typing.Any: ...
    def is_empty(self) -> bool: ...
    def items(self) -> list[tuple[typing.Any, typing.Any]]: ...
    def keys(self) -> list[typing.Any]: ...
    def put(self, key: typing.Any, value: typing.Any) -> None: ...
    def put_all(self, dict_value: collections.abc.Iterable[typing.Any]) -> None: ...
    def remove(self, key: typing.Any) -> None: ...
    def values(self) -> list[typing.Any]: ...

class OperatorListState:
    def __iter__(self) -> collections.abc.Iterator[typing.Any]: ...
    def add(self, value: typing.Any) -> None: ...
    def add_all(self, values: collections.abc.Iterable[typing.Any]) -> None: ...
    def clear(self) -> None: ...
    def get(self) -> list[typing.Any]: ...
    def update(self, values: collections.abc.Iterable[typing.Any]) -> None: ...

class OperatorStateStore:
    def broadcast_names(self) -> set[str]: ...
    def list_names(self) -> set[str]: ...
    def list_state(self, name: str, type: typing.Any, union: bool = False) -> OperatorListState: ...
    def map_state(self, name: str, key_type: typing.Any, value_type: typing.Any) -> MapState:
        """
        Broadcast state.
        """
    def was_restored(self, name: str) -> bool:
        """
        Whether some subtask had a list of the name, be it an empty one.
        """

class ProcessScope:
    def context(self) -> typing.Any: ...
    def current_processing_time(self) -> int: ...
    def current_watermark(self) -> int: ...
    def for_each_key(self, name: str, visitor: collections.abc.Callable[[typing.Any], None]) -> None: ...
    def list_state(
        self,
        name: str,
        type: typing.Any,
        ttl: tuple[
            typing.SupportsInt | typing.SupportsIndex,
            bool,
            bool,
            typing.SupportsInt | typing.SupportsIndex,
            bool,
            bool,
            typing.SupportsInt | typing.SupportsIndex,
            bool,
        ]
        | None = None,
        queryable_name: str = "",
    ) -> ListState: ...
    def map_state(
        self,
        name: str,
        key_type: typing.Any,
        value_type: typing.Any,
        ttl: tuple[
            typing.SupportsInt | typing.SupportsIndex,
            bool,
            bool,
            typing.SupportsInt | typing.SupportsIndex,
            bool,
            bool,
            typing.SupportsInt | typing.SupportsIndex,
            bool,
        ]
        | None = None,
        queryable_name: str = "",
    ) -> MapState: ...
    def set_namespace(self, name_space: bytes) -> None: ...
    def timer_service(self) -> typing.Any: ...
    def value_state(
        self,
        name: str,
        type: typing.Any,
        ttl: tuple[
            typing.SupportsInt | typing.SupportsIndex,
            bool,
            bool,
            typing.SupportsInt | typing.SupportsIndex,
            bool,
            bool,
            typing.SupportsInt | typing.SupportsIndex,
            bool,
        ]
        | None = None,
        queryable_name: str = "",
    ) -> typing.Any: ...
    @property
    def keyed(self) -> bool: ...

class Column:
    """
    Values of one type, laid out as Arrow does.
    """
    @staticmethod
    def from_arrow(array: typing.Any) -> Column:
        """
        Of what has `__arrow_c_array__`; shares its memory where it is laid out alike.
        """
    @staticmethod
    def infer(values: list[typing.Any]) -> Column | None:
        """
        None where the values have to stay Python objects.
        """
    @staticmethod
    def of(values: list[typing.Any], type: typing.Any) -> Column: ...
    def __arrow_c_array__(self, requested_schema: typing.Any = None) -> tuple[typing.Any, typing.Any]: ...
    def __arrow_c_schema__(self) -> typing.Any: ...
    def __len__(self) -> int: ...
    def as_field(self, name: str) -> Column:
        """
        Rows whose only field is this column.
        """
    def hash_codes(self) -> list[int]: ...
    def select(self, arg0: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex]) -> Column: ...
    def to_list(self) -> list[typing.Any]: ...
    @property
    def type(self) -> tuple[str, typing.Any, typing.Any]:
        """
        The descriptor of the type.
        """

class ArrowStream:
    """
    A stream taken from what has `__arrow_c_stream__`; it can be read once.
    """
    def __init__(self, object: typing.Any) -> None: ...
    @property
    def type(self) -> tuple[str, typing.Any, typing.Any]:
        """
        The descriptor of the records' type.
        """

class ResultQueue:
    def __init__(
        self, *, batches: typing.SupportsInt | typing.SupportsIndex, checkpoints: bool, exactly_once: bool
    ) -> None: ...
    def pop(self, millis: typing.SupportsInt | typing.SupportsIndex) -> list[typing.Any] | None: ...
    def pop_column(
        self, millis: typing.SupportsInt | typing.SupportsIndex, type: typing.Any
    ) -> Column | None:
        """
        As `pop`, laid out as a column of the type; of the type that the values have where that is None.
        """
    def recover(self, checkpoint: typing.SupportsInt | typing.SupportsIndex | None) -> None:
        """
        The process has died, and another one goes on from this checkpoint, or from the beginning.
        """

class ManualClock:
    def __init__(self, epoch_millis: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def advance_towards(self, epoch_millis: typing.SupportsInt | typing.SupportsIndex) -> bool: ...
    def epoch_millis(self) -> int: ...

class LocalJob:
    def __init__(
        self,
        graph: StreamGraph,
        workers: typing.SupportsInt | typing.SupportsIndex = 0,
        seed: typing.SupportsInt | typing.SupportsIndex = 0,
        clock: ManualClock | None = None,
    ) -> None: ...
    def abandon(self) -> None: ...
    def at_rest(self) -> bool: ...
    def cancel(self) -> None: ...
    def checkpoint_counts(self) -> dict[str, int | None] | None:
        """
        With savepoints; None of a job that can take none. `restored_at` in ms since the epoch.
        """
    def checkpoint_statistics(self) -> list[dict[str, typing.Any]]:
        """
        Of the latest complete ones, oldest first; durations in ms, sizes in bytes.
        """
    def completed_checkpoints(self) -> int: ...
    def execution_graph_json(self) -> str: ...
    def failure(self) -> typing.Any: ...
    def interrupt_functions(self, exception_type: typing.Any, closing_too: bool) -> bool:
        """
        Whether any ran that could be interrupted.
        """
    def is_closing_functions(self) -> bool: ...
    def last_checkpoint_statistics(self) -> dict[str, typing.Any] | None:
        """
        Of the latest complete one.
        """
    def latest_checkpoint(self) -> tuple[int, str] | None:
        """
        Its id and its folder; an empty text where it is in memory.
        """
    def look_up(
        self, name: str, key: typing.Any, key_type: typing.Any
    ) -> tuple[str, list[typing.Any]] | None:
        """
        The kind of a queryable state, and its rows for the key; None where it has none.
        """
    def on_checkpoint_news(self, listener: typing.Any) -> None: ...
    def on_restart(self, listener: typing.Any) -> None: ...
    def operator_metrics(self) -> list[dict[str, typing.Any]]: ...
    def restarts(self) -> int: ...
    def runs_this_thread(self) -> bool: ...
    def runtime_millis(self) -> int: ...
    def start(self) -> None: ...
    def status(self) -> str: ...
    def stop_functions(self) -> None: ...
    def task_metrics(self) -> list[dict[str, typing.Any]]: ...
    def trigger_savepoint(self, directory: Location, purpose: str) -> str:
        """
        'savepoint', 'suspend' or 'drain'. Its folder, once it is complete; nothing else happens with it.
        """
    def wait(self, millis: typing.SupportsInt | typing.SupportsIndex) -> bool: ...
    @property
    def job_id(self) -> str: ...

class EngineError(pyflinkpp.common.errors.PyFlinkppError):
    pass

class SavedState:
    def __init__(self, path: Location) -> None: ...
    def operators(self) -> list[tuple[str, str, int, int]]:
        """
        (id, name, parallelism, maximum parallelism) of each.
        """
    def rows(
        self,
        operator: typing.SupportsInt | typing.SupportsIndex,
        subtask: typing.SupportsInt | typing.SupportsIndex,
        name: str,
        kind: str,
    ) -> list[typing.Any]:
        """
        (key, namespace, map key or time, value) of each row in one subtask, or the items of a list.
        """
    def states(self, operator: typing.SupportsInt | typing.SupportsIndex) -> list[tuple[str, str, str]]:
        """
        (name, kind, schema) of each.
        """
    @property
    def checkpoint_id(self) -> int: ...
    @property
    def epoch_millis(self) -> int: ...
    @property
    def job_id(self) -> str: ...

class DamagedCheckpoint(EngineError):
    pass

class AsyncAnswers:
    def put(
        self,
        answers: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, str, typing.Any]],
    ) -> None: ...

class SinkContext:
    def call_at(self, epoch_millis: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        Asks for a call of the sink's on_timer at this time; of several times the last counts.
        """
    def current_processing_time(self) -> int: ...
    def current_watermark(self) -> int: ...
    def timestamp(self) -> int | None: ...
    @property
    def keyed(self) -> bool: ...

class CheckpointShelf:
    def __init__(self) -> None: ...
    def close(self) -> None:
        """
        What the dead process still stores is passed over.
        """
    def latest(self) -> int | None: ...

class SimulatedJob:
    def __init__(
        self,
        *,
        graph: StreamGraph,
        clock: ManualClock,
        seed: typing.SupportsInt | typing.SupportsIndex,
        turns: typing.SupportsInt | typing.SupportsIndex,
    ) -> None:
        """
        One of so many steps turns the clock by a millisecond; the others run a task.
        """
    def cancel(self) -> None: ...
    def completed_checkpoints(self) -> int: ...
    def failure(self) -> typing.Any: ...
    def restarts(self) -> int: ...
    def run(self, steps: typing.SupportsInt | typing.SupportsIndex) -> bool: ...
    def runtime_millis(self) -> int: ...
    def start(self) -> None: ...
    def status(self) -> str: ...
    @property
    def job_id(self) -> str: ...
    @property
    def steps(self) -> int: ...

class OperatorSnapshot:
    pass

class DrivenPlace:
    def __init__(
        self,
        *,
        subtask: typing.SupportsInt | typing.SupportsIndex,
        parallelism: typing.SupportsInt | typing.SupportsIndex,
        max_parallelism: typing.SupportsInt | typing.SupportsIndex,
        restored_checkpoint_id: typing.SupportsInt | typing.SupportsIndex | None,
        restored: collections.abc.Sequence[OperatorSnapshot],
    ) -> None: ...

class OperatorDriver:
    def __init__(
        self,
        *,
        factory: OperatorFactory,
        name: str,
        declared_at: str,
        place: DrivenPlace,
        side_outputs: collections.abc.Sequence[str],
        keys: collections.abc.Sequence[KeyExtractorFactory | None],
        batch_size: typing.SupportsInt | typing.SupportsIndex,
        batch_mode: bool,
        epoch_millis: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def close(self) -> None: ...
    def end_input(self, input: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def notify_checkpoint_aborted(self, checkpoint_id: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def notify_checkpoint_complete(
        self, checkpoint_id: typing.SupportsInt | typing.SupportsIndex
    ) -> None: ...
    def open(self) -> None: ...
    def process(
        self,
        input: typing.SupportsInt | typing.SupportsIndex,
        value: typing.Any,
        timestamp: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> None: ...
    def process_watermark(self, timestamp: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def set_processing_time(self, epoch_millis: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def snapshot_state(
        self,
        checkpoint_id: typing.SupportsInt | typing.SupportsIndex,
        timestamp: typing.SupportsInt | typing.SupportsIndex,
    ) -> OperatorSnapshot: ...
    def take_output(self) -> list[tuple[str, int, typing.Any, typing.Any]]: ...
    @property
    def processing_time(self) -> int: ...

class SourceDriver:
    def __init__(
        self,
        *,
        factory: SourceFactory,
        name: str,
        declared_at: str,
        place: DrivenPlace,
        batch_size: typing.SupportsInt | typing.SupportsIndex,
        epoch_millis: typing.SupportsInt | typing.SupportsIndex,
    ) -> None: ...
    def close(self) -> None: ...
    def notify_checkpoint_aborted(self, checkpoint_id: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def notify_checkpoint_complete(
        self, checkpoint_id: typing.SupportsInt | typing.SupportsIndex
    ) -> None: ...
    def open(self) -> None: ...
    def poll(self) -> bool: ...
    def set_processing_time(self, epoch_millis: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def snapshot_state(
        self,
        checkpoint_id: typing.SupportsInt | typing.SupportsIndex,
        timestamp: typing.SupportsInt | typing.SupportsIndex,
    ) -> OperatorSnapshot: ...
    def take_output(self) -> list[tuple[str, int, typing.Any, typing.Any]]: ...

class WatermarkOutput:
    def emit_watermark(self, timestamp: typing.Any) -> None: ...
    def mark_active(self) -> None: ...
    def mark_idle(self) -> None: ...

class WatermarkStrategy:
    pass

class Aggregation:
    def __init__(
        self,
        key: typing.Any,
        record: typing.Any,
        aggregates: collections.abc.Sequence[tuple[str, typing.SupportsInt | typing.SupportsIndex | None]],
        shape: str,
    ) -> None: ...

def arrow_source(open: typing.Any) -> SourceFactory:
    """
    `open` gives an ArrowStream when the job runs.
    """

def arrow_stream_capsule(type: typing.Any, next: typing.Any) -> typing.Any:
    """
    A stream of the columns that `next` gives, until that is None.
    """

def batch_operator(open: typing.Any, input: typing.Any, output: typing.Any) -> OperatorFactory: ...
def coerce(value: typing.Any, type: typing.Any) -> typing.Any: ...
def coerce_all(values: list[typing.Any], type: typing.Any) -> list[typing.Any]:
    """
    The list itself, with its values coerced in place.
    """

def collect_sink(queue: ResultQueue) -> OperatorFactory: ...
def column_key(
    record: typing.Any,
    field: typing.SupportsInt | typing.SupportsIndex | None,
    called: KeyExtractorFactory | None,
    key: typing.Any,
    declared: typing.Any,
    operator_name: str,
    declared_at: str,
) -> KeyExtractorFactory: ...
def constant_key() -> KeyExtractorFactory: ...
def discard() -> OperatorFactory: ...
def find_checkpoints(folder: Location) -> list[Location]:
    """
    First the one that became complete last.
    """

def has_layout(type: typing.Any) -> bool:
    """
    Whether values of a type can be laid out as columns.
    """

def ingestion_time(interval_millis: typing.SupportsInt | typing.SupportsIndex) -> WatermarkStrategy: ...
def interval_join(
    open: typing.Any,
    type: typing.Any,
    side_outputs: dict[str, typing.Any],
    *,
    lower: typing.SupportsInt | typing.SupportsIndex,
    upper: typing.SupportsInt | typing.SupportsIndex,
    left_type: typing.Any,
    right_type: typing.Any,
    late_left_output: str,
    late_right_output: str,
) -> OperatorFactory: ...
def key_hash(key: typing.Any) -> int: ...
def keyed_count() -> OperatorFactory: ...
def pass_through() -> OperatorFactory: ...
def process_operator(
    open: typing.Any, type: typing.Any, side_outputs: dict[str, typing.Any], keyed: bool
) -> OperatorFactory: ...
def python_async(
    open: typing.Any,
    type: typing.Any,
    ordered: bool,
    capacity: typing.SupportsInt | typing.SupportsIndex,
    timeout_millis: typing.SupportsInt | typing.SupportsIndex,
) -> OperatorFactory: ...
def python_key(
    open: typing.Any,
    item: typing.SupportsInt | typing.SupportsIndex | None,
    type: typing.Any,
    operator_name: str,
    declared_at: str,
) -> KeyExtractorFactory: ...
def python_operator(
    open: typing.Any, type: typing.Any, side_outputs: dict[str, typing.Any] = {}
) -> OperatorFactory: ...
def python_partitioner(open: typing.Any, operator_name: str, declared_at: str) -> PartitionerFactory: ...
def python_reduce(open: typing.Any, type: typing.Any) -> OperatorFactory: ...
def python_sink(open: typing.Any) -> OperatorFactory: ...
def python_source(open: typing.Any, type: typing.Any) -> SourceFactory: ...
def remove_leftovers(checkpoint: Location) -> tuple[int, int]:
    """
    Removes what a killed process has left beside its checkpoint and nobody needs: files and bytes.
    """

def rocksdb_state_backend(
    *,
    directories: collections.abc.Sequence[str],
    memory_bytes: typing.SupportsInt | typing.SupportsIndex,
    memory_is_shared: bool,
    write_buffer_ratio: typing.SupportsFloat | typing.SupportsIndex,
    high_priority_ratio: typing.SupportsFloat | typing.SupportsIndex,
    partitioned_index_filters: bool,
    background_threads: typing.SupportsInt | typing.SupportsIndex,
    large_files: bool,
    incremental: bool,
) -> StateBackend: ...
def rolling_aggregate(aggregation: Aggregation) -> OperatorFactory: ...
def sequence_source(
    first: typing.SupportsInt | typing.SupportsIndex, last: typing.SupportsInt | typing.SupportsIndex
) -> SourceFactory: ...
def showing_floats(type: typing.Any) -> collections.abc.Callable[[typing.Any], typing.Any] | None:
    """
    Gives a value of the type as it is shown: each FLOAT by its shortest digits. None without FLOATs.
    """

def split(separator: str) -> OperatorFactory: ...
def text_source(
    paths: collections.abc.Sequence[str], split_bytes: typing.SupportsInt | typing.SupportsIndex
) -> SourceFactory: ...
def timestamps_and_watermarks(strategy: WatermarkStrategy) -> OperatorFactory: ...
def value_as_key() -> KeyExtractorFactory: ...
def watermark_strategy(
    *,
    open: typing.Any,
    field: typing.SupportsInt | typing.SupportsIndex | None,
    bound_millis: typing.SupportsInt | typing.SupportsIndex | None,
    idle_timeout_nanos: typing.SupportsInt | typing.SupportsIndex,
    interval_millis: typing.SupportsInt | typing.SupportsIndex,
    alignment: tuple[
        str, typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex
    ]
    | None,
) -> WatermarkStrategy: ...
def watermarked_source(source: SourceFactory, strategy: WatermarkStrategy) -> SourceFactory: ...
def window_aggregate(
    aggregation: Aggregation,
    *,
    windows: tuple[typing.Any, ...],
    allowed_lateness: typing.SupportsInt | typing.SupportsIndex,
    late_output: str,
    with_window: bool,
) -> OperatorFactory: ...
def window_operator(
    open: typing.Any,
    type: typing.Any,
    side_outputs: dict[str, typing.Any],
    *,
    contents: str,
    contents_type: typing.Any,
    window_kind: str,
    assigner: tuple[typing.Any, ...],
    trigger: tuple[typing.Any, ...],
    allowed_lateness: typing.SupportsInt | typing.SupportsIndex,
    late_output: str,
) -> OperatorFactory: ...
