"""A job whose process ends at a point of the commit protocol, the n-th time it comes there.

    python -m reliability.crashing_job FOLDER SINK POINT TIMES

Numbers go through a sink into a database, or into files, with checkpoints in FOLDER.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyflinkpp._impl import file_parts, file_sink
from pyflinkpp.common import Configuration, Encoder, Types, WatermarkStrategy
from pyflinkpp.datastream import DataStream, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.file_system import BucketAssigner, FileSink, RollingPolicy
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import (
    CheckpointCommitter,
    GenericWriteAheadSink,
    SinkFunction,
    TwoPhaseCommitSinkFunction,
)

ROWS = 3000
FOLDER = Path(sys.argv[1]) if __name__ == "__main__" else Path()
left = {sys.argv[3]: int(sys.argv[4])} if __name__ == "__main__" else {}


def point(name: str) -> None:
    """The process may end here."""
    if name in left:
        left[name] -= 1
        if left[name] == 0:
            os._exit(9)


class Database:
    """What is prepared, what is committed, and which logs have been."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(FOLDER / "database", isolation_level=None)
        for table in ("prepared (id, n)", "rows (n)", "marks (subtask, checkpoint_id)"):
            self.connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")

    def execute(self, sql: str, *values: Any) -> list[Any]:
        return self.connection.execute(sql, values).fetchall()


class Transactions(TwoPhaseCommitSinkFunction):
    """Rows wait in a table of prepared ones."""

    def initialize_state(self, context: Any) -> None:
        self.database = Database()
        super().initialize_state(context)

    def begin_transaction(self) -> str:
        self.rows: list[int] = []
        return uuid.uuid4().hex

    def invoke(self, transaction: str, value: int, context: SinkFunction.Context) -> None:
        if self.pending_transactions():
            point("after acknowledgement")
        self.rows.append(value)

    def pre_commit(self, transaction: str) -> None:
        point("before pre-commit")
        self.database.execute("BEGIN")
        for row in self.rows:
            self.database.execute("INSERT INTO prepared VALUES (?, ?)", transaction, row)
        self.database.execute("COMMIT")
        point("after pre-commit")

    def commit(self, transaction: str) -> None:
        point("complete, before commit")
        self.database.execute("BEGIN")
        self.database.execute("INSERT INTO rows SELECT n FROM prepared WHERE id = ?", transaction)
        point("in the middle of commit")
        self.database.execute("DELETE FROM prepared WHERE id = ?", transaction)
        self.database.execute("COMMIT")
        point("after commit")

    def abort(self, transaction: str) -> None:
        self.database.execute("DELETE FROM prepared WHERE id = ?", transaction)


class Marks(CheckpointCommitter):
    """In the same database as the rows, and written in one transaction with them."""

    def create_resource(self) -> None: ...

    def open(self) -> None:
        self.database = Database()

    def close(self) -> None: ...

    def commit_checkpoint(self, subtask_idx: int, checkpoint_id: int) -> None:
        self.database.execute("INSERT INTO marks VALUES (?, ?)", subtask_idx, checkpoint_id)
        self.database.execute("COMMIT")
        point("after commit")

    def is_checkpoint_committed(self, subtask_idx: int, checkpoint_id: int) -> bool:
        found = self.database.execute(
            "SELECT 1 FROM marks WHERE subtask = ? AND checkpoint_id = ?", subtask_idx, checkpoint_id
        )
        return bool(found)


class Log(GenericWriteAheadSink):
    def snapshot_state(self, context: Any) -> None:
        point("before pre-commit")
        super().snapshot_state(context)
        point("after pre-commit")

    def _write(self, value: int, context: Any) -> None:
        if self._logs:
            point("after acknowledgement")
        super()._write(value, context)

    def send_values(self, values: Any, checkpoint_id: int, timestamp: int) -> bool:
        point("complete, before commit")
        self._committer.database.execute("BEGIN")
        for value in values:
            self._committer.database.execute("INSERT INTO rows VALUES (?)", value)
        point("in the middle of commit")
        return True


def before(owner: Any, method: str, name: str, when: Callable[[Any], bool] = bool) -> None:
    original = getattr(owner, method)

    def wrapped(self: Any, *arguments: Any) -> Any:
        if when(arguments[0]):
            point(name)
        return original(self, *arguments)

    setattr(owner, method, wrapped)


def after(owner: Any, method: str, name: str) -> None:
    original = getattr(owner, method)

    def wrapped(self: Any, *arguments: Any) -> Any:
        result = original(self, *arguments)
        point(name)
        return result

    setattr(owner, method, wrapped)


def files(stream: DataStream) -> None:
    """Small ones, so that a transaction has several and others are in progress."""
    writer = file_sink.FileWriter
    before(writer, "pre_commit", "before pre-commit", lambda _: True)
    after(writer, "pre_commit", "after pre-commit")
    before(writer, "commit", "complete, before commit")
    after(file_parts.PendingPart, "publish", "in the middle of commit")
    after(writer, "commit", "after commit")
    original = writer.write

    def write(self: Any, records: list[Any]) -> None:
        if self.pending_transactions():
            point("after acknowledgement")
        original(self, records)

    writer.write = write  # type: ignore[method-assign]
    stream.sink_to(
        FileSink.for_row_format(str(FOLDER / "out"), Encoder.simple_string_encoder())
        .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
        .with_rolling_policy(RollingPolicy.default_rolling_policy(part_size=100))
        .build()
    )


def pace(n: int) -> int:
    time.sleep(0.0001)
    return n


def main() -> None:
    configuration = Configuration()
    configuration.set_string("execution.checkpointing.interval", "10 ms")
    configuration.set_string("execution.checkpointing.dir", str(FOLDER / "checkpoints"))
    configuration.set_string("execution.state-recovery.path", "latest")
    configuration.set_string("execution.batch-size", "16")
    env = StreamExecutionEnvironment.get_execution_environment(configuration).set_parallelism(2)
    source = NumberSequenceSource(1, ROWS)
    stream = env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers").map(pace, Types.LONG())
    if sys.argv[2] == "files":
        files(stream)
    else:
        stream.add_sink(Transactions() if sys.argv[2] == "transactions" else Log(Marks()))
    env.execute()


if __name__ == "__main__":
    main()
