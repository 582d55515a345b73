"""Subtasks that share an enumerator take their snapshots at different moments: no record is lost or twice."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp._impl.files.split_source import SplitEnumerator, SplitReader
from pyflinkpp._impl.files.splits import FileSplit

SPLITS = 5
RECORDS = 4


class FakeList(list):
    def get(self) -> list[Any]:
        return list(self)

    def update(self, values) -> None:
        self[:] = list(values)


class FakeStore:
    """The operator state of one subtask: what `restored` has, by name."""

    def __init__(self, restored: dict[str, list[Any]] | None) -> None:
        self.restored = restored
        self.lists: dict[str, FakeList] = {}

    def was_restored(self, name: str) -> bool:
        return self.restored is not None

    def list_state(self, name: str, type_info: Any, union: bool = False) -> FakeList:
        return self.lists.setdefault(name, FakeList((self.restored or {}).get(name, [])))


class Subtasks:
    """Readers over one enumerator of the files in a folder."""

    def __init__(
        self, folder: Path, parallelism: int, snapshots: list[FakeStore] | None, attempt: int
    ) -> None:
        def cut(path: str) -> list[FileSplit]:
            return [FileSplit(path, begin, begin + 1) for begin in range(SPLITS)]

        self.enumerator = SplitEnumerator([str(folder)], cut, None)
        self.enumerator.discover()
        self.stores, self.readers = [], []
        for subtask in range(parallelism):
            store = FakeStore(None if snapshots is None else self._share(snapshots, subtask, parallelism))
            where = {"subtask": subtask, "attempt": attempt, "operator_state": store}
            self.stores.append(store)
            self.readers.append(SplitReader(self._read, self.enumerator, where, lambda: None))

    @staticmethod
    def _share(snapshots: list[FakeStore], subtask: int, parallelism: int) -> dict[str, list[Any]]:
        split = list(chain.from_iterable(store.lists["splits"] for store in snapshots))
        union = list(chain.from_iterable(store.lists["handed out"] for store in snapshots))
        return {"splits": split[subtask::parallelism], "handed out": union}

    @staticmethod
    def _read(split: FileSplit):
        return iter([(Path(split.path).name, split.begin, record) for record in range(RECORDS)])


steps = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), max_size=20)


@settings(max_examples=300, deadline=None)
@given(before=steps, between=steps, order=st.permutations([0, 1, 2]), parallelism=st.integers(1, 4))
def test_no_record_is_lost_or_twice(tmp_path_factory, before, between, order, parallelism):
    folder = tmp_path_factory.getbasetemp() / "splits"
    folder.mkdir(exist_ok=True)
    for name in "ab":
        (folder / name).touch()
    subtasks = Subtasks(folder, 3, None, 0)
    records: list[Any] = []
    for subtask, limit in before:
        records += subtasks.readers[subtask].poll(limit) or []
    taken: set[int] = set()
    waiting = list(order)
    # The others go on between the snapshots; what one reads after its own is not part of it.
    for subtask, limit in [*between, *((each, 0) for each in order)]:
        if limit == 0 or (waiting and limit == 3):
            each = waiting.pop(0) if waiting else None
            if each is not None:
                subtasks.readers[each].snapshot_state(1, 0)
                subtasks.stores[each].lists = {
                    name: FakeList(values) for name, values in subtasks.stores[each].lists.items()
                }
                taken.add(each)
        elif subtask not in taken:
            records += subtasks.readers[subtask].poll(limit) or []
        else:
            snapshot = subtasks.stores[subtask].lists
            subtasks.readers[subtask].poll(limit)
            assert subtasks.stores[subtask].lists is snapshot
    after = Subtasks(folder, parallelism, subtasks.stores, 1)
    for reader in after.readers:
        while (some := reader.poll(100)) is not None:
            records += some
    expected = [
        (name, split, record) for name in "ab" for split in range(SPLITS) for record in range(RECORDS)
    ]
    assert sorted(records) == expected


def test_a_second_attempt_without_a_snapshot_starts_all_over(tmp_path):
    (tmp_path / "a").touch()
    subtasks = Subtasks(tmp_path, 1, None, 0)
    first = subtasks.readers[0].poll(3)
    subtasks.enumerator.begin(1, [])
    assert subtasks.enumerator.next() == FileSplit(str(tmp_path / "a"), 0, 1)
    assert len(first) == 3
