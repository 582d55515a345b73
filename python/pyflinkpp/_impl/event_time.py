"""Watermark strategies into native ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MethodType
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.field_access import FieldAccess, field_read_by
from pyflinkpp._impl.runtime_context import SubtaskContext
from pyflinkpp._impl.shipping import ship, unship
from pyflinkpp.common._timestamp_assigner import CallableAssigner
from pyflinkpp.common.execution_config import ExecutionConfig
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.common.watermark_strategy import (
    TimestampAssigner,
    TimestampAssignerSupplier,
    WatermarkGenerator,
    WatermarkGeneratorSupplier,
    WatermarkStrategy,
)
from pyflinkpp.metrics import MetricGroup

#: Makes the native strategy at submission, given the interval of periodic watermarks in milliseconds.
MakeStrategy = Callable[[int], _native.WatermarkStrategy]


def make_strategy(
    strategy: WatermarkStrategy, what: str, columns_of: TypeInformation | None = None
) -> MakeStrategy:
    """How the native strategy is made; its functions are pickled here and now.

    `columns_of` is the type of records that are sure to come as columns: an assigner that only reads a LONG
    field of them is not called. Raises TypeError where functions cannot be pickled.
    """
    generator = strategy._generator
    opener = None
    field = None
    if columns_of is not None and generator.supplier is None:
        field = _time_field(strategy._timestamp_assigner, columns_of)
    if field is None and (strategy._timestamp_assigner is not None or generator.supplier is not None):
        opener = EventTimeOpener(ship((strategy._timestamp_assigner, generator.supplier), what))
    bound = generator.max_out_of_orderness_ms if generator.kind == "bounded" else None
    idle_timeout = (strategy._idle_timeout_ms or 0) * 1_000_000

    def make(interval_millis: int) -> _native.WatermarkStrategy:
        return _native.watermark_strategy(
            open=opener,
            field=field,
            bound_millis=bound,
            idle_timeout_nanos=idle_timeout,
            interval_millis=interval_millis,
            alignment=strategy._alignment,
        )

    return make


def _time_field(assigner: Any, record_type: TypeInformation) -> int | None:
    access = _field_read(assigner)
    index = access.index_in(record_type) if access else None
    fields = record_type._descriptor()[2]
    return index if index is not None and fields[index][0] == "LONG" else None


def _field_read(assigner: Any) -> FieldAccess | None:
    """What an assigner reads of a record, if it does nothing else."""
    if isinstance(assigner, CallableAssigner):
        return field_read_by(assigner.function, parameters=2)
    if not isinstance(assigner, TimestampAssigner):
        return None
    method = assigner.extract_timestamp
    return field_read_by(method.__func__, parameters=3, record=1) if isinstance(method, MethodType) else None


def with_event_time(
    make_source: Callable[[], _native.SourceFactory],
    strategy: WatermarkStrategy | None,
    ingestion_time: bool,
    name: str,
    config: ExecutionConfig,
) -> Callable[[], _native.SourceFactory]:
    """The source with the timestamps and watermarks of a strategy or, without one, of ingestion time."""
    if strategy is not None and not strategy._does_nothing():
        make = make_strategy(strategy, f"the watermark strategy of '{name}'")
    elif ingestion_time:
        make = _native.ingestion_time
    else:
        return make_source
    return lambda: _native.watermarked_source(make_source(), make(config.get_auto_watermark_interval()))


@dataclass
class EventTimeFunctions:
    """A strategy opened in one subtask, as the native operator sees it."""

    extract: Callable[[Any, int], int] | None
    #: The index of the item that `extract` reads of a record, if it does nothing else.
    item: int | None
    create_generator: Callable[[], WatermarkGenerator] | None


@dataclass
class EventTimeOpener:
    """Loads the functions of a shipped strategy in a subtask; called by the native operator."""

    shipped: bytes

    def __call__(self, where: Mapping[str, Any]) -> EventTimeFunctions:
        assigner, supplier = unship(self.shipped)
        context = StrategyContext(where)
        assigner = _assigner(assigner, context)
        access = _field_read(assigner)
        return EventTimeFunctions(
            extract=_extract(assigner),
            item=access.index if access else None,
            create_generator=_generators(supplier, context),
        )


class StrategyContext(TimestampAssignerSupplier.Context, WatermarkGeneratorSupplier.Context):
    """What suppliers are given in one subtask."""

    def __init__(self, where: Mapping[str, Any]) -> None:
        self._metrics = SubtaskContext(where).get_metrics_group()

    def get_metric_group(self) -> MetricGroup:
        return self._metrics


def _assigner(assigner: Any, context: StrategyContext) -> Any:
    if not isinstance(assigner, TimestampAssignerSupplier):
        return assigner
    made = assigner.create_timestamp_assigner(context)
    if not isinstance(made, TimestampAssigner):
        raise TypeError(f"create_timestamp_assigner must give a TimestampAssigner, not {made!r}")
    return made


def _extract(assigner: Any) -> Callable[[Any, int], int] | None:
    if assigner is None:
        return None
    return assigner.function if isinstance(assigner, CallableAssigner) else assigner.extract_timestamp


def _generators(supplier: Any, context: StrategyContext) -> Callable[[], WatermarkGenerator] | None:
    if supplier is None:
        return None

    def create() -> WatermarkGenerator:
        made = (
            supplier.create_watermark_generator(context)
            if isinstance(supplier, WatermarkGeneratorSupplier)
            else supplier()
        )
        if not isinstance(made, WatermarkGenerator):
            raise TypeError(f"the supplier of a strategy must give a WatermarkGenerator, not {made!r}")
        return made

    return create
