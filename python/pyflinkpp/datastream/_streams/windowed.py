"""Streams cut into windows. Windows are not built yet: nothing makes these streams so far."""

from __future__ import annotations

from typing import Any, Generic, NoReturn, TypeVar

from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.typeinfo import TypeInformation

T = TypeVar("T")
K = TypeVar("K")


class WindowedStream(Generic[T, K]):
    """Windows for each key (Flink's ``WindowedStream``). Every method raises NotBuiltError."""

    def __init__(self, keyed_stream: Any, window_assigner: Any) -> None:
        _not_built("WindowedStream")

    def get_execution_environment(self) -> NoReturn:
        _not_built("get_execution_environment")

    def get_input_type(self) -> NoReturn:
        _not_built("get_input_type")

    def trigger(self, trigger: Any) -> NoReturn:
        _not_built("trigger")

    def allowed_lateness(self, time_ms: int) -> NoReturn:
        _not_built("allowed_lateness")

    def side_output_late_data(self, output_tag: Any) -> NoReturn:
        _not_built("side_output_late_data")

    def reduce(
        self, reduce_function: Any, window_function: Any = None, output_type: TypeInformation | None = None
    ) -> NoReturn:
        _not_built("reduce")

    def aggregate(
        self,
        aggregate_function: Any,
        window_function: Any = None,
        accumulator_type: TypeInformation | None = None,
        output_type: TypeInformation | None = None,
    ) -> NoReturn:
        _not_built("aggregate")

    def apply(self, window_function: Any, output_type: TypeInformation | None = None) -> NoReturn:
        _not_built("apply")

    def process(self, process_window_function: Any, output_type: TypeInformation | None = None) -> NoReturn:
        _not_built("process")


class AllWindowedStream(Generic[T]):
    """Windows over a whole stream (Flink's ``AllWindowedStream``). Raises NotBuiltError."""

    def __init__(self, data_stream: Any, window_assigner: Any) -> None:
        _not_built("AllWindowedStream")


def _not_built(name: str) -> NoReturn:
    raise NotBuiltError(f"{name}: windows are not built yet")
