"""The environment that a DataStream program is declared in and run by."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, overload

import pyflinkpp._native as _native
from pyflinkpp._impl.arrow import ArrowOpener
from pyflinkpp._impl.checkpoints import plan_checkpoints, restore
from pyflinkpp._impl.compile import GraphSettings, compile_graph, sources_of
from pyflinkpp._impl.event_time import with_event_time
from pyflinkpp._impl.java_objects import JavaEnvironment
from pyflinkpp._impl.local_job import LocalJob, Patience
from pyflinkpp._impl.plan_only import PlanOnly, is_plan_wanted
from pyflinkpp._impl.restarts import set_restart_strategy
from pyflinkpp._impl.shipping import ship
from pyflinkpp._impl.simulated_job import SimulatedRun, active_simulation
from pyflinkpp._impl.source_connectors import make_source, text_files
from pyflinkpp._impl.sources import CollectionOpener, SourceFunctionOpener
from pyflinkpp._impl.state_backends import native_state_backend
from pyflinkpp._impl.transformation import Transformation
from pyflinkpp.common._config_files import checked, global_configuration
from pyflinkpp.common._effects import apply_effects
from pyflinkpp.common._options import option
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.common.execution_config import ExecutionConfig
from pyflinkpp.common.job_client import JobClient
from pyflinkpp.common.job_execution_result import JobExecutionResult
from pyflinkpp.common.restart_strategy import RestartStrategyConfiguration
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.common.watermark_strategy import WatermarkStrategy
from pyflinkpp.datastream._environment.checkpointing import CheckpointSettings
from pyflinkpp.datastream._environment.files import PythonFiles
from pyflinkpp.datastream._streams.base import output_type_of
from pyflinkpp.datastream._streams.stream import DataStream
from pyflinkpp.datastream.connectors.base import Source
from pyflinkpp.datastream.execution_mode import RuntimeExecutionMode
from pyflinkpp.datastream.functions import SourceFunction
from pyflinkpp.datastream.slot_sharing_group import SlotSharingGroup
from pyflinkpp.datastream.time_characteristic import TimeCharacteristic

if TYPE_CHECKING:
    from pyflinkpp.testing.manual_clock import ManualClock

T = TypeVar("T")

_SPLIT_BYTES = 64 * 1024 * 1024


class StreamExecutionEnvironment(CheckpointSettings, PythonFiles):
    """Where a program is declared, configured and run (Flink's ``StreamExecutionEnvironment``).

    Settings come, weakest first, from defaults, ``config.yaml``, environment variables, ``-Dkey=value``
    on the command line, the configuration given here, the methods of this class, and those of operators.

    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> env.from_collection([1, 2, 3]).map(lambda x: x * x).execute_and_collect(limit=3)
    [1, 4, 9]
    """

    _default_local_parallelism = os.cpu_count() or 1

    def __init__(self, j_stream_execution_environment: Any = None, configuration: Any = None) -> None:
        self._configuration = global_configuration()
        self._transformations: list[Transformation] = []
        self._config = ExecutionConfig(self._configuration)
        self._slot_sharing_groups: dict[str, SlotSharingGroup] = {}
        self._clock: ManualClock | None = None
        if configuration is not None:
            self.configure(configuration)
        self._add_configured_python_files()

    @staticmethod
    def get_execution_environment(configuration: Configuration | None = None) -> StreamExecutionEnvironment:
        """An environment that runs programs in this process."""
        return StreamExecutionEnvironment(configuration=configuration)

    # -- settings

    def configure(self, configuration: Configuration) -> None:
        """Takes over all settings of a configuration.

        Raises TypeError for anything else, ConfigurationError for a value that its option cannot have. An
        unknown key is kept, with a warning that names the nearest known one.
        """
        if not isinstance(configuration, Configuration):
            raise TypeError(f"configure takes a Configuration, not {configuration!r}")
        self._configuration.add_all(checked(configuration))

    def get_config(self) -> ExecutionConfig:
        """The execution settings; changes to it apply."""
        return self._config

    def set_parallelism(self, parallelism: int) -> StreamExecutionEnvironment:
        """The parallelism of operators declared from now on, unless they set their own.

        From 1 to 32768, or -1 for the number of cores; else ValueError.
        """
        self._config.set_parallelism(parallelism)
        return self

    def get_parallelism(self) -> int:
        """The parallelism of operators without their own; by default the number of cores."""
        parallelism = self._config.get_parallelism()
        return self._default_local_parallelism if parallelism == -1 else parallelism

    def set_max_parallelism(self, max_parallelism: int) -> StreamExecutionEnvironment:
        """The number of key groups, 1 to 32768: no operator can ever have a higher parallelism."""
        if max_parallelism == -1:
            raise ValueError("max_parallelism must be 1 to 32768, got -1")
        self._config.set_max_parallelism(max_parallelism)
        return self

    def get_max_parallelism(self) -> int:
        """The maximum parallelism, -1 where it follows from each operator's parallelism."""
        return self._config.get_max_parallelism()

    def set_runtime_mode(self, execution_mode: RuntimeExecutionMode) -> StreamExecutionEnvironment:
        """STREAMING emits each update, BATCH only final results.

        AUTOMATIC is BATCH when all sources are bounded. A SourceFunction never is. A program with an
        unbounded source raises ConfigurationError when it is run with BATCH.
        """
        if not isinstance(execution_mode, RuntimeExecutionMode):
            raise TypeError(f"set_runtime_mode takes a RuntimeExecutionMode, not {execution_mode!r}")
        self._configuration.set_string("execution.runtime-mode", execution_mode.name)
        return self

    def set_buffer_timeout(self, timeout_millis: int) -> StreamExecutionEnvironment:
        """The longest that a result waits for the rest of its batch, in ms; 100 unless set.

        It is looked at between calls of a function, and between the steps of a generator: one that takes
        longer holds back what came before it for as long. With 0 each result travels alone, and with -1
        all wait until a batch is full or their source ends.
        """
        if timeout_millis < -1:
            raise ValueError(f"timeout_millis must be -1 or more, got {timeout_millis}")
        self._configuration.set_boolean("execution.buffer-timeout.enabled", timeout_millis != -1)
        if timeout_millis != -1:
            self._configuration.set_string("execution.buffer-timeout.interval", f"{timeout_millis} ms")
        return self

    def get_buffer_timeout(self) -> int:
        """The buffer timeout in ms, -1 when records wait until a batch is full."""
        if not self._configuration.get(option("execution.buffer-timeout.enabled")):
            return -1
        interval = self._configuration.get(option("execution.buffer-timeout.interval"))
        return int(interval.to_millis()) if interval is not None else 100

    def disable_operator_chaining(self) -> StreamExecutionEnvironment:
        """Runs every operator as a task of its own."""
        self._configuration.set_boolean("pipeline.operator-chaining.enabled", False)
        return self

    def is_chaining_enabled(self) -> bool:
        """Whether neighbouring operators are fused; true unless disabled."""
        return self._configuration.get_boolean("pipeline.operator-chaining.enabled", True)

    def is_chaining_of_operators_with_different_max_parallelism_enabled(self) -> bool:
        """Whether a different maximum parallelism keeps operators apart (no, by default: true)."""
        key = "pipeline.operator-chaining.chain-operators-with-different-max-parallelism"
        return self._configuration.get_boolean(key, True)

    def register_slot_sharing_group(self, slot_sharing_group: SlotSharingGroup) -> StreamExecutionEnvironment:
        """Makes the resources of a slot sharing group known by its name."""
        self._slot_sharing_groups[slot_sharing_group.get_name()] = slot_sharing_group
        return self

    def set_default_local_parallelism(self, parallelism: int) -> None:
        """The default parallelism of environments in this process; the number of cores unless set."""
        if parallelism < 1:
            raise ValueError(f"parallelism must be at least 1, got {parallelism}")
        StreamExecutionEnvironment._default_local_parallelism = parallelism

    def get_default_local_parallelism(self) -> int:
        """The default parallelism of environments in this process."""
        return self._default_local_parallelism

    def set_restart_strategy(self, restart_strategy_configuration: RestartStrategyConfiguration) -> None:
        """What happens after a failure (1.x; now ``restart-strategy.type``).

        The whole job starts over, as a job of Flink does that has no checkpoints.
        """
        self._config.set_restart_strategy(restart_strategy_configuration)

    def get_restart_strategy(self) -> RestartStrategyConfiguration:
        """What `set_restart_strategy` set."""
        return self._config.get_restart_strategy()

    def set_stream_time_characteristic(self, characteristic: TimeCharacteristic) -> None:
        """The notion of time of 1.x; event time, the default, needs only a WatermarkStrategy since 1.12.

        With IngestionTime, sources declared from now on that have no strategy of their own stamp their
        records with the job's clock, and watermarks follow it. As in Flink this also sets
        ``pipeline.auto-watermark-interval``: to 0 for ProcessingTime, else to 200 ms.
        """
        if not isinstance(characteristic, TimeCharacteristic):
            raise TypeError(f"expected a TimeCharacteristic, not {characteristic!r}")
        self._time_characteristic = characteristic
        processing = characteristic is TimeCharacteristic.ProcessingTime
        self._config.set_auto_watermark_interval(0 if processing else 200)

    def get_stream_time_characteristic(self) -> TimeCharacteristic:
        """What `set_stream_time_characteristic` set; event time otherwise."""
        return getattr(self, "_time_characteristic", TimeCharacteristic.EventTime)

    @property
    def _j_stream_execution_environment(self) -> JavaEnvironment:
        """For `get_j_env_configuration`; any other method raises NoJvmError."""
        return JavaEnvironment(self._configuration)

    # -- sources

    @overload
    def from_collection(self, collection: Iterable[T], type_info: None = None) -> DataStream[T]: ...
    @overload
    def from_collection(self, collection: Iterable[Any], type_info: TypeInformation[T]) -> DataStream[T]: ...
    def from_collection(
        self, collection: Iterable[Any], type_info: TypeInformation | None = None
    ) -> DataStream[Any]:
        """The elements of an iterable, read in one subtask, in order.

        Raises TypeError when `collection` is no iterable, or an element does not fit `type_info`.
        """
        if isinstance(collection, str | bytes) or not isinstance(collection, Iterable):
            raise TypeError(f"from_collection takes a list or another iterable, not {collection!r}")
        declared = output_type_of(type_info)
        elements = _native.coerce_all(list(collection), declared._descriptor())
        shipped = ship(elements, "the collection", "read them in a SourceFunction instead")
        return self._source(
            "Collection Source",
            lambda: _native.python_source(CollectionOpener(shipped), None),
            declared,
            parallelism_limit=1,
        )

    @overload
    def from_source(
        self,
        source: Source,
        watermark_strategy: WatermarkStrategy,
        source_name: str,
        type_info: TypeInformation[T],
    ) -> DataStream[T]: ...
    @overload
    def from_source(
        self,
        source: Source,
        watermark_strategy: WatermarkStrategy,
        source_name: str,
        type_info: None = None,
    ) -> DataStream[Any]: ...
    def from_source(
        self,
        source: Source,
        watermark_strategy: WatermarkStrategy,
        source_name: str,
        type_info: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """The records of a source connector, with the timestamps and watermarks of the strategy.

        Raises NotBuiltError for a connector that is not built yet.
        """
        if not isinstance(source, Source):
            raise TypeError(
                f"from_source takes a Source, not {source!r}; a SourceFunction goes to add_source"
            )
        if not isinstance(watermark_strategy, WatermarkStrategy):
            raise TypeError(f"from_source takes a WatermarkStrategy, not {watermark_strategy!r}")
        native, produced = make_source(source, _SPLIT_BYTES)
        declared = type_info if type_info is not None else produced
        bounded = getattr(source, "bounded", True)
        return self._source(source_name, native, declared, bounded=bounded, watermarks=watermark_strategy)

    @overload
    def add_source(
        self,
        source_func: SourceFunction[T],
        source_name: str = "Custom Source",
        type_info: None = None,
    ) -> DataStream[T]: ...
    @overload
    def add_source(
        self,
        source_func: SourceFunction[Any],
        source_name: str = "Custom Source",
        *,
        type_info: TypeInformation[T],
    ) -> DataStream[T]: ...
    @overload
    def add_source(
        self, source_func: SourceFunction[Any], source_name: str, type_info: TypeInformation[T]
    ) -> DataStream[T]: ...
    def add_source(
        self,
        source_func: SourceFunction[Any],
        source_name: str = "Custom Source",
        type_info: TypeInformation | None = None,
    ) -> DataStream[Any]:
        """The records that a SourceFunction collects, in one subtask."""
        if not isinstance(source_func, SourceFunction):
            raise TypeError(f"add_source takes a SourceFunction, not {source_func!r}")
        connector = getattr(source_func, "_connector", None)
        if connector is not None:
            raise NotBuiltError(f"the {connector} source is not built yet")
        declared = output_type_of(type_info)
        opener = SourceFunctionOpener(
            ship(source_func, "the source function"), self.get_stream_time_characteristic()
        )
        return self._source(
            source_name,
            lambda: _native.python_source(opener, declared._descriptor()),
            declared,
            parallelism_limit=1,
            bounded=False,
        )

    def read_text_file(self, file_path: str, charset_name: str = "UTF-8") -> DataStream[str]:
        """The lines of a file, or of all files below a folder, without line ends.

        Hidden files (names with a leading ``.`` or ``_``) are passed over. Raises FileNotFoundError.
        """
        files = text_files(file_path, charset_name, _SPLIT_BYTES)
        return self._source("Text File Source", files, Types.STRING())

    def from_arrow(self, data: Any, source_name: str = "Arrow Source") -> DataStream[Any]:
        """The records of Arrow data, read in one subtask, in order. An extension beyond PyFlink.

        ``data`` is anything with ``__arrow_c_stream__`` or ``__arrow_c_array__``: a table, record batch or
        reader of pyarrow, a frame of pandas or Polars, a relation of DuckDB, ... A table's rows become
        named rows, the values of a column that stands alone become records themselves; the stream's type
        follows from the schema. Memory is shared, not copied, where the layouts agree, and records become
        Python objects only where a Python function wants them.

        Raises TypeError for what is no Arrow data, PyFlinkppError naming the field for a type that can't
        be read.

        >>> import pyarrow
        >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
        >>> rows = env.from_arrow(pyarrow.table({"id": [1, 2], "name": ["x", None]}))
        >>> rows.execute_and_collect(limit=2)
        [Row(id=1, name='x'), Row(id=2, name=None)]
        """
        opener = ArrowOpener(data)
        stream = self._source(
            source_name, lambda: _native.arrow_source(opener), opener.type_info, parallelism_limit=1
        )
        stream._transformation.gives_columns = True
        return stream

    def create_input(self, input_format: Any, type_info: TypeInformation | None = None) -> DataStream[Any]:
        """Reads an input format. Not built yet: raises NotBuiltError."""
        raise NotBuiltError("create_input: input formats are not built yet; use from_source")

    # -- running

    def execute(self, job_name: str | None = None) -> JobExecutionResult:
        """Runs all operators declared so far, and waits for the end.

        Raises JobExecutionError, with the user's own exception as cause, when a function fails.
        An interrupt from the keyboard cancels the job.
        """
        return self._submit(job_name).wait_or_cancel()

    def execute_async(self, job_name: str | None = None) -> JobClient:
        """Runs all operators declared so far, without waiting.

        The job ends with the program at the latest, which says so when it cuts it short.
        """
        job = self._submit(job_name)
        job.leave_running()
        return JobClient(job)

    def get_execution_plan(self) -> str:
        """The program as JSON: a list of nodes with their predecessors and ship strategies."""
        return self._compile("Flink Streaming Job").to_json()

    def close(self) -> None:
        """Forgets operators that have not been run."""
        self._transformations.clear()

    # -- inside

    def _add(self, transformation: Transformation) -> None:
        self._transformations.append(transformation)

    def _source(
        self,
        name: str,
        native: Callable[[], _native.SourceFactory],
        type_info: TypeInformation,
        *,
        parallelism_limit: int | None = None,
        bounded: bool = True,
        watermarks: WatermarkStrategy | None = None,
    ) -> DataStream[Any]:
        parallelism = self.get_parallelism() if parallelism_limit is None else parallelism_limit
        ingestion_time = self.get_stream_time_characteristic() is TimeCharacteristic.IngestionTime
        make_source = with_event_time(native, watermarks, ingestion_time, name, self._config)
        transformation = Transformation(
            f"Source: {name}",
            parallelism,
            make_source=make_source,
            parallelism_limit=parallelism_limit,
            bounded=bounded,
        )
        self._add(transformation)
        return DataStream._of(self, transformation, type_info)

    def _submit(self, job_name: str | None) -> LocalJob:
        name = job_name or self._configuration.get_string("pipeline.name", None) or "Flink Streaming Job"
        apply_effects(self._configuration, stacklevel=3)
        transformations = list(self._transformations)
        graph = self._compile(name)
        self._transformations.clear()
        if is_plan_wanted():
            raise PlanOnly(graph.to_json())
        return LocalJob(
            graph,
            name,
            clock=self._clock,
            metric_scope=str(self._configuration.get(option("metrics.scope.operator"))),
            reports_metrics=bool(self._configuration.get(option("python.metric.enabled"))),
            patience=Patience.of(
                interval_millis=self._config.get_task_cancellation_interval(),
                timeout_millis=self._config.get_task_cancellation_timeout(),
            ),
            simulated=self._simulated(name, transformations),
            savepoint_dir=self.get_default_savepoint_directory(),
        )

    def _simulated(self, name: str, transformations: list[Transformation]) -> SimulatedRun | None:
        """What takes the place of a job's threads where jobs are simulated."""
        simulation = active_simulation()
        if simulation is None:
            return None

        def compile_again() -> _native.StreamGraph:
            self._transformations[:] = transformations
            try:
                return self._compile(name)
            finally:
                self._transformations.clear()

        self._transformations[:] = transformations
        spared = "BATCH mode takes no checkpoints" if self._batch_mode() else ""
        self._transformations.clear()
        if any(transformation.iteration_wait_millis is not None for transformation in transformations):
            spared = "programs with iterate take no checkpoints"
        return simulation.run(transformations, spared, compile_again)

    def _compile(self, name: str) -> _native.StreamGraph:
        if not self._transformations:
            raise ConfigurationError(
                "the program has no operators: declare a source and at least one transformation"
            )
        batch_size = int(self._configuration.get(option("execution.batch-size")) or 0)
        if simulation := active_simulation():
            batch_size = simulation.batch_size
        batch_mode = self._batch_mode()
        settings = GraphSettings(
            name=name,
            chaining=self.is_chaining_enabled(),
            chain_different_max_parallelism=(
                self.is_chaining_of_operators_with_different_max_parallelism_enabled()
            ),
            batch_mode=batch_mode,
            object_reuse=self._config.is_object_reuse_enabled(),
            batch_size=batch_size,
            max_parallelism=max(self.get_max_parallelism(), 0),
            buffer_timeout=-1 if batch_mode else self.get_buffer_timeout(),
            checkpoints=self.get_checkpoint_config().is_checkpointing_enabled(),
            generates_uids=self._config.has_auto_generated_uids_enabled(),
            job_parameters=self._config.get_global_job_parameters(),
            state_backend=native_state_backend(
                self._configuration,
                self.get_state_backend(),
                slots=max(transformation.parallelism for transformation in self._transformations),
            ),
        )
        graph = compile_graph(self._transformations, settings)
        set_restart_strategy(graph, self._configuration)
        plan_checkpoints(graph, self._configuration)
        restore(graph, self._configuration)
        return graph

    def _batch_mode(self) -> bool:
        mode = self._configuration.get(option("execution.runtime-mode"))
        unbounded = next((source for source in sources_of(self._transformations) if not source.bounded), None)
        if mode == "BATCH" and unbounded is not None:
            raise ConfigurationError(
                f"'{unbounded.name}' never ends, which execution.runtime-mode=BATCH cannot have: "
                f"set STREAMING or AUTOMATIC\n  declared at {unbounded.declared_at}"
            )
        return mode == "BATCH" or (mode == "AUTOMATIC" and unbounded is None)
