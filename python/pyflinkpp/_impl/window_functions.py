"""The functions of a window operator: as they are shipped, and as they are opened in a subtask."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.checkpointed import Participants, open_function
from pyflinkpp._impl.runtime_context import SubtaskContext
from pyflinkpp._impl.shipping import unship
from pyflinkpp._impl.window_contexts import AssignerContext, EvictionContext, TriggerContext, WindowContext
from pyflinkpp._impl.window_joins import CoGroupWindow
from pyflinkpp.datastream._functions.sliced import SlicedAggregateFunction, SlicedReduceFunction
from pyflinkpp.datastream.functions import (
    AggregateFunction,
    AllWindowFunction,
    Function,
    ProcessAllWindowFunction,
    ProcessWindowFunction,
    ReduceFunction,
    WindowFunction,
)
from pyflinkpp.datastream.window import (
    Evictor,
    MergingWindowAssigner,
    TimestampedValue,
    Trigger,
    WindowAssigner,
)


def rich_function(function: Any) -> Any:
    """What there is to open, close and keep in checkpoints: what a window function wraps, or itself."""
    return function.wrapped if isinstance(function, CoGroupWindow) else function


_FORMS: list[tuple[type[Function], str, str]] = [
    (WindowFunction, "apply", "apply"),
    (ProcessWindowFunction, "process", "process"),
    (AllWindowFunction, "apply_all", "apply"),
    (ProcessAllWindowFunction, "process_all", "process"),
]


@dataclass
class WindowFunctions:
    """What a program declares about windows, in so far as Python code has to be called.

    `fold` is a ReduceFunction, a callable, an AggregateFunction or None; `function` one of the window
    functions, or None where what was folded is the result.
    """

    assigner: WindowAssigner[Any, Any]
    trigger: Trigger[Any, Any] | None
    evictor: Evictor[Any] | None
    fold: Any
    function: Any

    def contents(self) -> str:
        """What windows keep; see `make_python_contents` in cpp/bindings."""
        if self.evictor is not None:
            return "evicting"
        if self.fold is None:
            return "list"
        return "aggregate" if isinstance(self.fold, AggregateFunction) else "reduce"

    def may_share_slices(self) -> bool:
        """Whether windows that overlap may keep slices, as far as the functions say."""
        promised = isinstance(self.fold, SlicedAggregateFunction | SlicedReduceFunction)
        return promised and self.evictor is None


@dataclass
class WindowOpener:
    """Loads and opens shipped `WindowFunctions` in a subtask; called by the native operator."""

    shipped: bytes

    def __call__(self, where: Mapping[str, Any]) -> OpenedWindow:
        return OpenedWindow(unship(self.shipped), where)


class _Merges(MergingWindowAssigner.MergeCallback[Any]):
    """Collects what `merge_windows` reports."""

    def __init__(self) -> None:
        self.groups: list[tuple[Any, list[Any]]] = []

    def merge(self, to_be_merged: Iterable[Any], merge_result: Any) -> None:
        self.groups.append((merge_result, list(to_be_merged)))


class OpenedWindow(Participants):
    """The functions of a window operator opened in one subtask, under the names that the native operator asks
    for. What a name stands for is None where there is nothing to call.
    """

    def __init__(self, functions: WindowFunctions, where: Mapping[str, Any]) -> None:
        self._declared = functions
        runtime_context = SubtaskContext(where)
        self.functions = [rich_function(f) for f in (functions.fold, functions.function) if f is not None]
        for function in self.functions:
            open_function(function, where)
        self._serializer = functions.assigner.get_window_serializer()
        self._assigner_context = AssignerContext(where, runtime_context)
        self.trigger = functions.trigger
        self.trigger_context = TriggerContext(where, runtime_context.get_metrics_group())
        self._open_fold(functions.fold)
        self._open_function(functions, where)
        if functions.evictor is not None:
            self._evictor: Evictor[Any] = functions.evictor
            self._evictor_context = EvictionContext(where)

    def close(self) -> None:
        for function in self.functions:
            if isinstance(function, Function):
                function.close()

    # -- assigner

    def assign_windows(self, element: Any, timestamp: int) -> Iterable[Any]:
        return self._declared.assigner.assign_windows(element, timestamp, self._assigner_context)

    def merge_windows(self, windows: list[Any]) -> list[tuple[Any, list[Any]]]:
        """Each group that has to merge: what it becomes, and its windows."""
        merges = _Merges()
        assigner: Any = self._declared.assigner
        assigner.merge_windows(windows, merges)
        return merges.groups

    def read_window(self, data: bytes) -> Any:
        return self._serializer.deserialize(io.BytesIO(data))

    def write_window(self, window: Any) -> bytes:
        stream = io.BytesIO()
        self._serializer.serialize(window, stream)
        return stream.getvalue()

    # -- folding

    def _open_fold(self, fold: Any) -> None:
        self.reduce: Callable[[Any, Any], Any] | None = None
        self.create_accumulator: Callable[[], Any] | None = None
        if isinstance(fold, AggregateFunction):
            self.create_accumulator = fold.create_accumulator
            self.add = fold.add
            self.merge = fold.merge
            self.get_result = fold.get_result
        elif fold is not None:
            self.reduce = fold.reduce if isinstance(fold, ReduceFunction) else fold

    def _fold(self, elements: list[Any]) -> list[Any]:
        """All elements in one result."""
        if self.create_accumulator is not None:
            accumulator = self.create_accumulator()
            for element in elements:
                accumulator = self.add(element, accumulator)
            return [self.get_result(accumulator)]
        if self.reduce is None or not elements:
            return elements
        value = elements[0]
        for element in elements[1:]:
            value = self.reduce(value, element)
        return [value]

    # -- the window function

    def _open_function(self, functions: WindowFunctions, where: Mapping[str, Any]) -> None:
        self.form = "none"
        self.function: Callable[..., Any] | None = None
        self.context: WindowContext | None = None
        self.on_clear: Callable[[Any], None] | None = None
        for kind, form, method in _FORMS:
            if isinstance(functions.function, kind):
                self.form, self.function = form, getattr(functions.function, method)
        if self.form.startswith("process"):
            self.context = WindowContext(where, isinstance(functions.assigner, MergingWindowAssigner))
            kind = ProcessWindowFunction if self.form == "process" else ProcessAllWindowFunction
            if type(functions.function).clear is not kind.clear:
                self.on_clear = functions.function.clear

    def evict(self, key: Any, window: Any, elements: list[tuple[Any, int | None]]) -> tuple[Any, Any]:
        """The results of a window that fires, and the elements that stay in it."""
        values = [TimestampedValue(value, timestamp) for value, timestamp in elements]
        self._evictor.evict_before(values, len(values), window, self._evictor_context)
        results = self._fold([value.value for value in values])
        if self.function is not None:
            where = self.context if self.context is not None else window
            keyed = self.form in ("apply", "process")
            given = self.function(key, where, results) if keyed else self.function(where, results)
            results = [] if given is None else list(given)
        self._evictor.evict_after(values, len(values), window, self._evictor_context)
        return results, [(value.value, value.timestamp) for value in values]
