"""`ExecutionConfig`, the settings of a program that concern all of its operators."""

from __future__ import annotations

from typing import Any

from pyflinkpp.common._options import option
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.execution_mode import ExecutionMode
from pyflinkpp.common.input_dependency_constraint import InputDependencyConstraint
from pyflinkpp.common.restart_strategy import RestartStrategies, RestartStrategyConfiguration
from pyflinkpp.common.time import Duration

__all__ = ["ExecutionConfig"]


def _at_least(value: int, least: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be an int, not {value!r}")
    if value < least:
        raise ValueError(f"{what} must be at least {least}, not {value}")
    return value


class ExecutionConfig:
    """A typed view of a `Configuration`: what is set here is a key there, and the reverse.

    >>> config = ExecutionConfig().set_parallelism(4).enable_object_reuse()
    >>> config.get_parallelism(), config.is_object_reuse_enabled()
    (4, True)

    Setters return the object itself. Those that concern Java only (Kryo, Avro, POJOs, the closure
    cleaner) are remembered and have no effect.
    """

    PARALLELISM_DEFAULT = -1
    PARALLELISM_UNKNOWN = -2

    def __init__(self, configuration: Configuration | None = None) -> None:
        """A view of `configuration`, or of one of its own."""
        self._configuration = Configuration() if configuration is None else configuration
        self._kryo_types: list[str] = []
        self._pojo_types: list[str] = []
        self._kryo_serializers: dict[str, str] = {}
        self._default_kryo_serializers: dict[str, str] = {}
        self._execution_mode = ExecutionMode.PIPELINED
        self._input_dependency_constraint = InputDependencyConstraint.ANY
        self._restart_strategy: RestartStrategyConfiguration = RestartStrategies.fall_back_restart()

    def _set(self, key: str, value: Any) -> ExecutionConfig:
        self._configuration.set(option(key), value)
        return self

    def _get(self, key: str) -> Any:
        return self._configuration.get(option(key))

    def get_parallelism(self) -> int:
        """Subtasks of an operator that does not say otherwise; PARALLELISM_DEFAULT if not set."""
        return self._configuration.get(option("parallelism.default"), self.PARALLELISM_DEFAULT) or 0

    def set_parallelism(self, parallelism: int) -> ExecutionConfig:
        """Set it: 1 to 32768, or PARALLELISM_DEFAULT to leave it open; else ValueError."""
        if parallelism == self.PARALLELISM_UNKNOWN:
            return self
        if parallelism == self.PARALLELISM_DEFAULT:
            self._configuration.remove_config("parallelism.default")
            return self
        return self._set("parallelism.default", _at_least(parallelism, 1, "the parallelism"))

    def get_max_parallelism(self) -> int:
        """The number of key groups, -1 if it follows from the parallelism."""
        return int(self._get("pipeline.max-parallelism"))

    def set_max_parallelism(self, max_parallelism: int) -> ExecutionConfig:
        """Set it: 1 to 32768, or -1 to leave it open; else ValueError. State keeps it across restarts."""
        if max_parallelism != -1:
            _at_least(max_parallelism, 1, "the maximum parallelism")
        return self._set("pipeline.max-parallelism", max_parallelism)

    def get_auto_watermark_interval(self) -> int:
        """Milliseconds between two periodic watermarks, 200 by default."""
        return int(self._get("pipeline.auto-watermark-interval").to_millis())

    def set_auto_watermark_interval(self, interval: int) -> ExecutionConfig:
        """Set it in milliseconds; 0 means no periodic watermarks, less is a ValueError."""
        millis = _at_least(interval, 0, "the auto watermark interval")
        return self._set("pipeline.auto-watermark-interval", Duration.of_millis(millis))

    def get_latency_tracking_interval(self) -> int:
        """Milliseconds between two latency markers, 0 for none."""
        return int(self._get("metrics.latency.interval").to_millis())

    def set_latency_tracking_interval(self, interval: int) -> ExecutionConfig:
        """Set it in milliseconds; 0 or less means none."""
        return self._set("metrics.latency.interval", Duration.of_millis(max(interval, 0)))

    def get_task_cancellation_interval(self) -> int:
        """Milliseconds between two attempts to stop a task."""
        return int(self._get("task.cancellation.interval"))

    def set_task_cancellation_interval(self, interval: int) -> ExecutionConfig:
        """Set it in milliseconds."""
        return self._set("task.cancellation.interval", interval)

    def get_task_cancellation_timeout(self) -> int:
        """Milliseconds after which a task that does not stop is fatal to its worker, 0 for never."""
        return int(self._get("task.cancellation.timeout"))

    def set_task_cancellation_timeout(self, timeout: int) -> ExecutionConfig:
        """Set it in milliseconds; ValueError if negative."""
        return self._set("task.cancellation.timeout", _at_least(timeout, 0, "the cancellation timeout"))

    def enable_object_reuse(self) -> ExecutionConfig:
        """Hand the same objects to several operators; functions must then not change their input."""
        return self._set("pipeline.object-reuse", True)

    def disable_object_reuse(self) -> ExecutionConfig:
        """The default."""
        return self._set("pipeline.object-reuse", False)

    def is_object_reuse_enabled(self) -> bool:
        """Whether the same objects go to several operators."""
        return bool(self._get("pipeline.object-reuse"))

    def enable_generic_types(self) -> ExecutionConfig:
        """The default."""
        return self._set("pipeline.generic-types", True)

    def disable_generic_types(self) -> ExecutionConfig:
        """Refuse streams of pickled objects."""
        return self._set("pipeline.generic-types", False)

    def has_generic_types_disabled(self) -> bool:
        """Whether streams of pickled objects are refused."""
        return not self._get("pipeline.generic-types")

    def enable_auto_generated_uids(self) -> ExecutionConfig:
        """The default."""
        return self._set("pipeline.auto-generate-uids", True)

    def disable_auto_generated_uids(self) -> ExecutionConfig:
        """Refuse operators to which the program gives no uid."""
        return self._set("pipeline.auto-generate-uids", False)

    def has_auto_generated_uids_enabled(self) -> bool:
        """Whether operators without uid get a generated one."""
        return bool(self._get("pipeline.auto-generate-uids"))

    def set_use_snapshot_compression(self, use_snapshot_compression: bool) -> ExecutionConfig:
        """Compress full snapshots of state."""
        return self._set("execution.checkpointing.snapshot-compression", use_snapshot_compression)

    def is_use_snapshot_compression(self) -> bool:
        """Whether full snapshots of state are compressed."""
        return bool(self._get("execution.checkpointing.snapshot-compression"))

    def set_global_job_parameters(self, global_job_parameters_dict: dict[str, Any]) -> ExecutionConfig:
        """Parameters that functions and the web page can read."""
        return self._set("pipeline.global-job-parameters", global_job_parameters_dict)

    def get_global_job_parameters(self) -> dict[str, str]:
        """The parameters, values as text; empty if none are set."""
        return dict(self._get("pipeline.global-job-parameters") or {})

    def get_restart_strategy(self) -> RestartStrategyConfiguration:
        """The strategy set here; else the one that the configuration decides."""
        return self._restart_strategy

    def set_restart_strategy(
        self, restart_strategy_configuration: RestartStrategyConfiguration
    ) -> ExecutionConfig:
        """Set how the job restarts after failures; the `restart-strategy.*` keys follow."""
        self._restart_strategy = restart_strategy_configuration
        for key in self._configuration.key_set():
            if key.startswith("restart-strategy"):
                self._configuration.remove_config(key)
        self._configuration.add_all(Configuration.from_dict(restart_strategy_configuration._to_options()))
        return self

    def get_execution_mode(self) -> ExecutionMode:
        """What `set_execution_mode` was given, PIPELINED by default."""
        return self._execution_mode

    def set_execution_mode(self, execution_mode: ExecutionMode) -> ExecutionConfig:
        """Remembered, without effect; see `StreamExecutionEnvironment.set_runtime_mode`."""
        self._execution_mode = execution_mode
        return self

    def get_default_input_dependency_constraint(self) -> InputDependencyConstraint:
        """What the setter was given, ANY by default."""
        return self._input_dependency_constraint

    def set_default_input_dependency_constraint(
        self, input_dependency_constraint: InputDependencyConstraint
    ) -> ExecutionConfig:
        """Remembered, without effect."""
        self._input_dependency_constraint = input_dependency_constraint
        return self

    def enable_closure_cleaner(self) -> ExecutionConfig:
        """The default; without effect."""
        return self._set("pipeline.closure-cleaner-level", "RECURSIVE")

    def disable_closure_cleaner(self) -> ExecutionConfig:
        """Remembered, without effect."""
        return self._set("pipeline.closure-cleaner-level", "NONE")

    def is_closure_cleaner_enabled(self) -> bool:
        """Whether it was not disabled."""
        return bool(self._get("pipeline.closure-cleaner-level") != "NONE")

    def enable_force_kryo(self) -> ExecutionConfig:
        """Remembered, without effect."""
        return self._set("pipeline.force-kryo", True)

    def disable_force_kryo(self) -> ExecutionConfig:
        """The default."""
        return self._set("pipeline.force-kryo", False)

    def is_force_kryo_enabled(self) -> bool:
        """Whether it was enabled."""
        return bool(self._get("pipeline.force-kryo"))

    def enable_force_avro(self) -> ExecutionConfig:
        """Remembered, without effect."""
        return self._set("pipeline.force-avro", True)

    def disable_force_avro(self) -> ExecutionConfig:
        """The default."""
        return self._set("pipeline.force-avro", False)

    def is_force_avro_enabled(self) -> bool:
        """Whether it was enabled."""
        return bool(self._get("pipeline.force-avro"))

    def disable_auto_type_registration(self) -> ExecutionConfig:
        """Remembered, without effect."""
        self._configuration.set_boolean("pipeline.auto-type-registration", False)
        return self

    def is_auto_type_registration_disabled(self) -> bool:
        """Whether it was disabled."""
        return not self._configuration.get_boolean("pipeline.auto-type-registration", True)

    def add_default_kryo_serializer(
        self, type_class_name: str, serializer_class_name: str
    ) -> ExecutionConfig:
        """Remembered, without effect."""
        self._default_kryo_serializers[type_class_name] = serializer_class_name
        return self

    def get_default_kryo_serializer_classes(self) -> dict[str, str]:
        """Java class names given to `add_default_kryo_serializer`."""
        return dict(self._default_kryo_serializers)

    def register_type_with_kryo_serializer(
        self, type_class_name: str, serializer_class_name: str
    ) -> ExecutionConfig:
        """Remembered, without effect."""
        self._kryo_serializers[type_class_name] = serializer_class_name
        return self

    def get_registered_types_with_kryo_serializer_classes(self) -> dict[str, str]:
        """Java class names given to `register_type_with_kryo_serializer`."""
        return dict(self._kryo_serializers)

    def register_kryo_type(self, type_class_name: str) -> ExecutionConfig:
        """Remembered, without effect."""
        if type_class_name not in self._kryo_types:
            self._kryo_types.append(type_class_name)
        return self

    def get_registered_kryo_types(self) -> list[str]:
        """Java class names given to `register_kryo_type`."""
        return list(self._kryo_types)

    def register_pojo_type(self, type_class_name: str) -> ExecutionConfig:
        """Remembered, without effect."""
        if type_class_name not in self._pojo_types:
            self._pojo_types.append(type_class_name)
        return self

    def get_registered_pojo_types(self) -> list[str]:
        """Java class names given to `register_pojo_type`."""
        return list(self._pojo_types)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExecutionConfig) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self._configuration)

    def __repr__(self) -> str:
        return f"<ExecutionConfig {self._configuration}>"
