"""The file sink: part files by bucket, which become visible together when the input has ended."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from pyflinkpp._impl.adapters import Opened
from pyflinkpp._impl.bucket_names import BucketNamer, bucket_namer
from pyflinkpp._impl.local_paths import local_path
from pyflinkpp._impl.print_format import formatter
from pyflinkpp._impl.shipping import ship, unship
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.serialization import Encoder, PartContent, _SimpleStringEncoder
from pyflinkpp.common.typeinfo import TypeInformation
from pyflinkpp.datastream.connectors._file_sinks import _Settings
from pyflinkpp.datastream.connectors._file_writing import OutputFileConfig, RollingPolicy
from pyflinkpp.datastream.functions import Function

Encode = Callable[[Any], bytes]


class Content(Protocol):
    """What is in a part file."""

    def take(self, records: list[Any], limit: int | None) -> int:
        """Writes records until the file exceeds `limit` bytes, if its format knows; gives how many."""

    def finish(self) -> None:
        """Writes what was held back."""


@dataclass
class EncodedContent:
    """What an encoder makes of each record: a row format."""

    file: BinaryIO
    encode: Encode
    size: int = 0

    def take(self, records: list[Any], limit: int | None) -> int:
        chunks: list[bytes] = []
        for record in records:
            if limit is not None and self.size > limit:
                break
            chunks.append(self.encode(record))
            self.size += len(chunks[-1])
        self.file.write(b"".join(chunks))
        return len(chunks)

    def finish(self) -> None:
        pass


@dataclass
class BulkContent:
    """What a bulk format writes, which knows no limit: it rolls with checkpoints only."""

    writer: PartContent

    def take(self, records: list[Any], limit: int | None) -> int:
        self.writer.write(records)
        return len(records)

    def finish(self) -> None:
        self.writer.finish()


MakeContent = Callable[[BinaryIO], Content]


@dataclass
class PartFile:
    """A part file while it is written under its hidden name."""

    hidden: str
    visible: str
    file: BinaryIO
    content: Content
    created_at: float
    written_at: float

    def finish(self) -> None:
        self.content.finish()
        self.file.close()

    def publish(self) -> None:
        os.replace(self.hidden, self.visible)

    def discard(self) -> None:
        self.file.close()
        if os.path.exists(self.hidden):
            os.remove(self.hidden)


@dataclass
class Commit:
    """What the subtasks of a sink have in common: nothing is published before all have finished.

    Used on the job's Python lane only, hence without a lock.
    """

    complete: list[PartFile] = field(default_factory=list)
    finished: int = 0
    failed: bool = False

    def finish(self, files: list[PartFile], parallelism: int) -> None:
        """Takes over the files of a subtask whose input has ended; the last one publishes all."""
        self.complete += files
        self.finished += 1
        if self.finished == parallelism:
            for file in self.complete:
                file.publish()
            self.complete.clear()

    def fail(self) -> None:
        """Notes that a subtask has ended before its input."""
        self.failed = True

    def clean_up(self) -> None:
        """Removes what will never be published."""
        if self.failed:
            for file in self.complete:
                file.discard()
            self.complete.clear()


class FileWriter(Function):
    """Writes the records of one subtask: one part file at a time for each bucket."""

    def __init__(self, plan: FileSinkOpener, parallelism: int, make_content: MakeContent) -> None:
        self._plan = plan
        self._parallelism = parallelism
        self._make_content = make_content
        self._bucket_name = plan.bucket_name
        self._name = f"{plan.names.part_prefix}-{uuid.uuid4()}"
        self._counter = 0
        self._open: dict[str, PartFile] = {}
        self._rolled: list[PartFile] = []
        self._finished = False
        self._checked_at = time.time()
        self._make_folder(plan.base_path)

    def write(self, records: list[Any]) -> None:
        """Appends records to the part file of the present bucket, rolling by size."""
        now = time.time()
        if now - self._checked_at >= self._plan.check_interval:
            self._roll_old_files(now)
        bucket = self._bucket_name(now)
        while records:
            part = self._part_file(bucket, now)
            taken = self._append(part, records, now)
            records = records[taken:]
            if records:
                self._roll(bucket)

    def finish(self) -> None:
        """Hands the files over to be published."""
        for bucket in list(self._open):
            self._roll(bucket)
        self._finished = True
        self._plan.commit.finish(self._rolled, self._parallelism)

    def close(self) -> None:
        if not self._finished:
            self._plan.commit.fail()
            for file in [*self._open.values(), *self._rolled]:
                file.discard()
        self._plan.commit.clean_up()

    def _part_file(self, bucket: str, now: float) -> PartFile:
        part = self._open.get(bucket)
        if part is None:
            folder = os.path.join(self._plan.base_path, bucket)
            self._make_folder(folder)
            name = f"{self._name}-{self._counter}{self._plan.names.part_suffix}"
            self._counter += 1
            hidden = os.path.join(folder, f".{name}.inprogress.{uuid.uuid4()}")
            with self._writing():
                file = open(hidden, "xb")  # noqa: SIM115 - closed when it is rolled
            content = self._make_content(file)
            visible = os.path.join(folder, name)
            part = self._open[bucket] = PartFile(hidden, visible, file, content, now, now)
        return part

    def _append(self, part: PartFile, records: list[Any], now: float) -> int:
        with self._writing():
            taken = part.content.take(records, self._plan.policy.part_size)
        part.written_at = now
        return taken

    def _roll(self, bucket: str) -> None:
        with self._writing():
            self._open[bucket].finish()
        self._rolled.append(self._open.pop(bucket))

    def _roll_old_files(self, now: float) -> None:
        self._checked_at = now
        policy = self._plan.policy
        if policy.rollover_interval is None or policy.inactivity_interval is None:
            return
        for bucket, part in list(self._open.items()):
            age, idle = (now - part.created_at) * 1000, (now - part.written_at) * 1000
            if age >= policy.rollover_interval or idle >= policy.inactivity_interval:
                self._roll(bucket)

    def _make_folder(self, folder: str) -> None:
        with self._writing():
            os.makedirs(folder, exist_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            path = self._plan.base_path
            raise OSError(f"the file sink cannot write to {path}: {error.strerror or error}") from error


@dataclass
class FileSinkOpener:
    """The file sink of one job, opened in each of its subtasks."""

    base_path: str
    shipped_format: bytes
    bulk: bool
    descriptor: tuple[Any, ...]
    bucket_name: BucketNamer
    policy: RollingPolicy
    names: OutputFileConfig
    check_interval: float
    commit: Commit = field(default_factory=Commit)

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        writer = FileWriter(self, where["parallelism"], self._make_content())
        return Opened([(writer.write, "batch", None)], [writer], writer.finish)

    def _make_content(self) -> MakeContent:
        format = unship(self.shipped_format)
        if self.bulk:
            return lambda file: BulkContent(format._open(file))
        encode = _encode(format, self.descriptor)
        return lambda file: EncodedContent(file, encode)


def file_sink(settings: _Settings, type_info: TypeInformation) -> Callable[[], FileSinkOpener]:
    """Makes the opener of a job's file sink.

    Raises NotBuiltError for compaction and for bulk formats that aren't built, ValueError for a date
    pattern that can't be used.
    """
    if settings.bulk:
        settings.encoder._check_built()
    if settings.compact_strategy is not None:
        raise NotBuiltError("FileSink: enable_compact is not built yet")
    base_path = os.path.abspath(local_path(settings.base_path))
    bucket_name = bucket_namer(settings.bucket_assigner)
    shipped = ship(settings.encoder, "the format of the file sink")
    return lambda: FileSinkOpener(
        base_path,
        shipped,
        settings.bulk,
        type_info._descriptor(),
        bucket_name,
        settings.rolling_policy,
        settings.output_file_config,
        settings.bucket_check_interval / 1000,
    )


def _encode(encoder: Encoder, descriptor: tuple[Any, ...]) -> Encode:
    if isinstance(encoder, _SimpleStringEncoder):
        text = formatter(descriptor)
        return lambda record: encoder.encode(text(record))
    return encoder.encode
