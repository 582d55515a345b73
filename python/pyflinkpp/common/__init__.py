"""What streams and tables have in common: rows, types, time, configuration, handles on jobs."""

from __future__ import annotations

from typing import Any

from pyflinkpp.common.completable_future import CompletableFuture
from pyflinkpp.common.config_options import ConfigOption, ConfigOptions
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.execution_config import ExecutionConfig
from pyflinkpp.common.execution_mode import ExecutionMode
from pyflinkpp.common.input_dependency_constraint import InputDependencyConstraint
from pyflinkpp.common.job_client import JobClient, SavepointFormatType
from pyflinkpp.common.job_execution_result import JobExecutionResult
from pyflinkpp.common.job_id import JobID
from pyflinkpp.common.job_status import JobStatus
from pyflinkpp.common.restart_strategy import RestartStrategies, RestartStrategyConfiguration
from pyflinkpp.common.serialization import (
    ByteArraySchema,
    DeserializationSchema,
    Encoder,
    SerializationSchema,
    SimpleStringSchema,
)
from pyflinkpp.common.serializer import TypeSerializer
from pyflinkpp.common.time import Duration, Instant, Time
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.common.types import Row, RowKind
from pyflinkpp.common.watermark_strategy import (
    AssignerWithPeriodicWatermarksWrapper,
    WatermarkGenerator,
    WatermarkStrategy,
)

__all__ = [
    "AssignerWithPeriodicWatermarksWrapper",
    "ByteArraySchema",
    "CompletableFuture",
    "ConfigOption",
    "ConfigOptions",
    "Configuration",
    "DeserializationSchema",
    "Duration",
    "Encoder",
    "ExecutionConfig",
    "ExecutionMode",
    "InputDependencyConstraint",
    "Instant",
    "JobClient",
    "JobExecutionResult",
    "JobID",
    "JobStatus",
    "RestartStrategies",
    "RestartStrategyConfiguration",
    "Row",
    "RowKind",
    "SavepointFormatType",
    "SerializationSchema",
    "SimpleStringSchema",
    "Time",
    "TypeInformation",
    "TypeSerializer",
    "Types",
    "WatermarkGenerator",
    "WatermarkStrategy",
]


def __getattr__(name: str) -> Any:
    """Names that PyFlink before 1.16 had here and that now belong to a format."""
    from pyflinkpp.common import serialization

    if name in serialization._MOVED:
        return getattr(serialization, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
