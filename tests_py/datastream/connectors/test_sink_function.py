"""The life of a SinkFunction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import RuntimeContext, SinkFunction


class Protocol(SinkFunction[Any]):
    """Notes its calls in a file; fails on the record "fail"."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def note(self, text: str) -> None:
        with self.path.open("a") as file:
            file.write(f"{text} ")

    def open(self, runtime_context: RuntimeContext) -> None:
        self.note("open")

    def invoke(self, value: Any, context: SinkFunction.Context) -> None:
        if value == "fail":
            raise ValueError(value)
        self.note(value)

    def finish(self) -> None:
        self.note("finish")

    def close(self) -> None:
        self.note("close")


def run(path: Path, records: list[str]) -> None:
    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    env.from_collection(records).add_sink(Protocol(path))
    env.execute()


def test_finish_is_called_once_after_the_last_record(tmp_path: Path) -> None:
    run(tmp_path / "calls", ["a", "b"])
    assert (tmp_path / "calls").read_text().split() == ["open", "a", "b", "finish", "close"]


def test_a_failed_sink_is_closed_but_not_finished(tmp_path: Path) -> None:
    with pytest.raises(JobExecutionError):
        run(tmp_path / "calls", ["a", "fail"])
    assert (tmp_path / "calls").read_text().split() == ["open", "a", "close"]
