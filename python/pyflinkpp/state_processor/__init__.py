"""Reads the state in checkpoints and savepoints: as rows, Arrow or pandas, and what two of them differ in.

Only reads. Values that nobody but Python knows are pickled in the state, so open what you trust.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pyflinkpp._native as _native
from pyflinkpp._impl.storage import location
from pyflinkpp.common.errors import StateError

if TYPE_CHECKING:
    import pandas
    import pyarrow

__all__ = ["Change", "OperatorInfo", "SavepointReader", "StateInfo", "StateRow", "difference"]


class OperatorInfo(NamedTuple):
    """An operator that the job had."""

    #: The uid or uid hash; without one, 32 digits made of its place in the program.
    uid: str
    name: str
    parallelism: int
    max_parallelism: int


class StateInfo(NamedTuple):
    """A state of an operator."""

    name: str
    #: ``value``, ``list``, ``map``, ``timers``, ``broadcast``, ``operator list`` or ``union list``.
    kind: str
    #: Its type, as JSON has it.
    schema: Any


class StateRow(NamedTuple):
    """One value, list or entry of a map; what a kind of state lacks is None."""

    subtask: int
    key: Any
    #: The bytes of a window, of state that belongs to one.
    namespace: bytes | None
    #: The key of a map's entry; of a timer its time, in milliseconds since the epoch.
    map_key: Any
    value: Any


class Change(NamedTuple):
    """What two savepoints differ in: the row before and after, None where there was none."""

    uid: str
    state: str
    before: StateRow | None
    after: StateRow | None


class SavepointReader:
    """One checkpoint or savepoint (Flink's ``SavepointReader``), read into memory at once.

    `path` is its folder, or the ``_metadata`` in it; a URL that fsspec knows, too. Raises PyFlinkppError
    where there is none, or where it is damaged.

    >>> import tempfile
    >>> from pyflinkpp.common import Types, WatermarkStrategy
    >>> from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
    >>> from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
    >>> from pyflinkpp.datastream.state import ValueStateDescriptor
    >>> class Count(KeyedProcessFunction):
    ...     def open(self, context):
    ...         self.count = context.get_state(ValueStateDescriptor("count", Types.LONG()))
    ...     def process_element(self, value, ctx):
    ...         self.count.update((self.count.value() or 0) + 1)
    ...         yield value
    >>> env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    >>> numbers = env.from_source(
    ...     NumberSequenceSource(0, 10**12), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG())
    >>> counted = numbers.key_by(lambda n: n % 2, Types.LONG()).process(Count()).uid("count")
    >>> with tempfile.TemporaryDirectory() as folder, counted.execute_and_collect() as results:
    ...     first = [next(results) for _ in range(10)]
    ...     path = results.get_job_client().stop_with_savepoint(False, folder)
    ...     rest = list(results)
    ...     savepoint = SavepointReader(path.result())
    >>> [state for state in savepoint.states("count") if state.kind == "value"]
    [StateInfo(name='count', kind='value', schema='LONG')]
    >>> counts = {row.key: row.value for row in savepoint.read("count", "count")}
    >>> sorted(counts), sum(counts.values()) == len(first) + len(rest)
    ([0, 1], True)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"SavepointReader takes the path of a checkpoint or savepoint, not {path!r}")
        self._saved = _native.SavedState(location(str(path), "SavepointReader"))
        self._operators = [OperatorInfo(*operator) for operator in self._saved.operators()]

    @property
    def checkpoint_id(self) -> int:
        """Its number among the checkpoints of the job."""
        return self._saved.checkpoint_id

    @property
    def job_id(self) -> str:
        """The job that it was taken of: 32 hexadecimal digits."""
        return self._saved.job_id

    @property
    def timestamp(self) -> int:
        """When it was begun, in milliseconds since the epoch."""
        return self._saved.epoch_millis

    def operators(self) -> list[OperatorInfo]:
        """All operators, with and without state."""
        return list(self._operators)

    def states(self, uid: str) -> list[StateInfo]:
        """The states of an operator, by name. Raises StateError where there is no such operator."""
        states = self._saved.states(self._place(uid))
        return [StateInfo(name, kind, _schema(schema)) for name, kind, schema in states]

    def read(self, uid: str, state: str) -> Iterator[StateRow]:
        """The rows of a state, in no particular order; subtask by subtask, so that few are in memory at once.

        What native operators keep in a form of their own is shown as bytes. Raises StateError where there is
        no such operator or state.
        """
        place = self._place(uid)
        kinds = [info.kind for info in self.states(uid) if info.name == state]
        if not kinds:
            known = ", ".join(repr(info.name) for info in self.states(uid)) or "none"
            raise StateError(f"operator {uid!r} has no state {state!r} in the savepoint; there are: {known}")
        return self._rows(place, state, kinds)

    def to_arrow(self, uid: str, state: str) -> pyarrow.Table:
        """The rows of a state as a table with the columns of StateRow. Raises ImportError without pyarrow.

        Raises TypeError where Arrow has no type for what the rows hold.
        """
        try:
            import pyarrow
        except ImportError as error:
            raise ImportError("to_arrow needs pyarrow: pip install pyarrow") from error
        rows = list(self.read(uid, state))
        try:
            return pyarrow.table({name: [getattr(row, name) for row in rows] for name in StateRow._fields})
        except pyarrow.ArrowException as error:
            raise TypeError(f"Arrow has no type for the state {state!r} of {uid!r}: {error}") from error

    def to_pandas(self, uid: str, state: str) -> pandas.DataFrame:
        """The rows of a state as a frame with the columns of StateRow. Raises ImportError without pandas."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install pandas") from error
        return pandas.DataFrame(list(self.read(uid, state)), columns=list(StateRow._fields))

    def _rows(self, place: int, state: str, kinds: list[str]) -> Iterator[StateRow]:
        for kind in kinds:
            for subtask in range(self._operators[place].parallelism):
                for row in self._saved.rows(place, subtask, state, kind):
                    if kind.endswith(" list"):
                        yield StateRow(subtask, None, None, None, row)
                    else:
                        yield StateRow(subtask, *row)

    def _place(self, uid: str) -> int:
        for place, operator in enumerate(self._operators):
            if operator.uid == uid:
                return place
        named = [operator.uid for operator in self._operators if operator.name == uid]
        if named:
            uids = " or ".join(repr(each) for each in named)
            raise StateError(f"{uid!r} is the name of an operator, and not its uid: use {uids}")
        known = ", ".join(f"{operator.uid!r} ({operator.name})" for operator in self._operators)
        raise StateError(f"there is no operator {uid!r} in the savepoint; there are: {known}")


def difference(
    before: SavepointReader | str | os.PathLike[str], after: SavepointReader | str | os.PathLike[str]
) -> Iterator[Change]:
    """The rows of keyed and broadcast state that two savepoints differ in, and lists that do.

    Either may be given by its path: see `SavepointReader`, also for what is raised then. A row is the same
    one where operator, state, key, namespace and map key are; in which subtask it is makes no difference.
    Lists of subtasks are compared as a whole, whatever their order. Raises TypeError for anything else.
    """
    return _changes(_reader("before", before), _reader("after", after))


def _reader(name: str, savepoint: SavepointReader | str | os.PathLike[str]) -> SavepointReader:
    if isinstance(savepoint, SavepointReader):
        return savepoint
    if isinstance(savepoint, str | os.PathLike):
        return SavepointReader(savepoint)
    raise TypeError(f"difference: {name} is a SavepointReader or the path of a savepoint, not {savepoint!r}")


def _changes(before: SavepointReader, after: SavepointReader) -> Iterator[Change]:
    uids = dict.fromkeys(operator.uid for reader in (before, after) for operator in reader.operators())
    for uid in uids:
        old, new = _by_state(before, uid), _by_state(after, uid)
        for state in dict.fromkeys([*old, *new]):
            rows, now = old.get(state, {}), new.get(state, {})
            for at in dict.fromkeys([*rows, *now]):
                earlier, later = rows.get(at), now.get(at)
                if earlier is None or later is None or earlier.value != later.value:
                    yield Change(uid, state, earlier, later)


def _by_state(reader: SavepointReader, uid: str) -> dict[str, dict[Any, StateRow]]:
    if all(operator.uid != uid for operator in reader.operators()):
        return {}
    states: dict[str, dict[Any, StateRow]] = {}
    for info in reader.states(uid):
        rows = states.setdefault(info.name, {})
        seen: dict[str, int] = {}
        for row in reader.read(uid, info.name):
            # Keys need not be hashable, and 1 is not True.
            at = repr(row[1:4])
            if info.kind.endswith(" list"):
                item = repr(row.value)
                seen[item] = seen.get(item, 0) + 1
                at = f"{item} {seen[item]}"
            rows[at] = row
    return states


def _schema(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
