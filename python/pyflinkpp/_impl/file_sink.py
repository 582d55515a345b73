"""The file sink: part files by bucket, which become visible when a checkpoint covers them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pyflinkpp._impl.adapters import Call, Opened
from pyflinkpp._impl.bucket_names import BucketNamer, bucket_namer
from pyflinkpp._impl.checkpointed import open_function
from pyflinkpp._impl.file_parts import (
    BulkContent,
    Encode,
    EncodedContent,
    LostWrites,
    MakeContent,
    PartFile,
    PendingPart,
    ResumablePart,
    sync_folder,
    sync_folders_of,
)
from pyflinkpp._impl.local_paths import local_path
from pyflinkpp._impl.print_format import formatter
from pyflinkpp._impl.shipping import ship, unship
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.serialization import Encoder, _SimpleStringEncoder
from pyflinkpp.common.typeinfo import TypeInformation, Types
from pyflinkpp.datastream.connectors._file_sinks import _Settings
from pyflinkpp.datastream.connectors._file_writing import BucketAssigner, OutputFileConfig, RollingPolicy
from pyflinkpp.datastream.functions import (
    FunctionInitializationContext,
    FunctionSnapshotContext,
    TwoPhaseCommitSinkFunction,
)
from pyflinkpp.datastream.state import ListState, ListStateDescriptor


@dataclass
class Ends:
    """Which subtasks of each attempt have ended. Where no checkpoint comes, nothing is published before all
    have, or a savepoint ends the job; meanwhile each savepoint has from each what it has left, and that it
    has ended, which it will not say again.

    Shared by all subtasks. Used on the job's Python lane only, hence without a lock.
    """

    parts: dict[int, dict[int, list[PendingPart]]] = field(default_factory=dict)
    ended: dict[int, set[int]] = field(default_factory=dict)
    closed_early: dict[int, set[int]] = field(default_factory=dict)
    in_savepoints: set[str] = field(default_factory=set)

    def note(self, attempt: int, subtask: int) -> None:
        """The input of the subtask has ended."""
        self.ended.setdefault(attempt, set()).add(subtask)

    def has_ended(self, attempt: int, subtask: int) -> bool:
        return subtask in self.ended.get(attempt, ())

    def end(self, attempt: int, subtask: int, parts: list[PendingPart], parallelism: int) -> None:
        """Takes over files of a subtask whose input has ended, maybe before the savepoint that the job goes
        on from; the last one publishes all.
        """
        self.parts.setdefault(attempt, {}).setdefault(subtask, []).extend(parts)
        self.note(attempt, subtask)
        if len(self.ended[attempt]) == parallelism:
            self.publish(attempt)

    def save(self, attempt: int, subtask: int) -> list[PendingPart]:
        """What is left to publish of a subtask, for a savepoint."""
        left = list(self.parts.get(attempt, {}).get(subtask, []))
        self.in_savepoints.update(part.hidden for part in left)
        return left

    def publish(self, attempt: int) -> None:
        """Shows what ended subtasks have left."""
        parts = self._take(attempt)
        for part in parts:
            part.publish()
        sync_folders_of(parts)

    def close_early(self, attempt: int, subtask: int) -> None:
        """A subtask is closed before its input has ended, unless that was before a savepoint."""
        self.closed_early.setdefault(attempt, set()).add(subtask)

    def clean_up(self, attempt: int) -> None:
        """Removes what will never be published."""
        if self.closed_early.get(attempt, set()) - self.ended.get(attempt, set()):
            for part in self._take(attempt):
                if part.hidden not in self.in_savepoints:
                    part.discard()

    def _take(self, attempt: int) -> list[PendingPart]:
        return [part for parts in self.parts.pop(attempt, {}).values() for part in parts]


class FileWriter(TwoPhaseCommitSinkFunction[Any, list[PendingPart], list[ResumablePart]]):
    """Writes the records of one subtask: one part file at a time for each bucket.

    A transaction is the files that have been finished in it, hidden until it is committed. The user context
    is the files in progress as far as the latest checkpoint covers them. Files that no checkpoint can know
    are removed when the job fails or is cancelled; others stay, hidden, for who goes on from it.
    """

    _ended: ListState[Any]

    def __init__(self, plan: FileSinkOpener) -> None:
        super().__init__()
        self._plan = plan
        self._make_content = plan.make_content()
        self._assigner = plan.make_assigner()
        self._name = f"{plan.names.part_prefix}-{uuid.uuid4()}"
        self._counter = 0
        self._open: dict[str, PartFile] = {}
        self._merged: list[PendingPart] = []
        self._in_checkpoints: set[str] = set()
        self._new_folders: set[str] = set()
        #: After this, what has been written is not what was to be, and no checkpoint may rely on it.
        self._failure: OSError | None = None
        self._make_folder("")

    def start(self) -> None:
        """After the state has been restored."""
        self._look_again(self._now())

    def write(self, records: list[Any]) -> None:
        """Appends records to the part file of the present bucket."""
        now = self._now()
        self._write_to(self._plan.bucket_name(now / 1000), records, now)

    def on_timer(self, now: int, context: None) -> None:
        """Finishes files that are old or idle."""
        policy = self._plan.policy
        for bucket, part in list(self._open.items()):
            age, idle = now - part.created_at, now - part.written_at
            assert policy.rollover_interval is not None and policy.inactivity_interval is not None
            if age >= policy.rollover_interval or idle >= policy.inactivity_interval:
                self._roll(bucket)
        self._look_again(now)

    # -- the template's

    def invoke(  # type: ignore[override]
        self, transaction: list[PendingPart], value: Any, context: Any
    ) -> None:
        """Appends a record to the part file of the bucket that the user's assigner chooses."""
        assert self._assigner is not None
        bucket = self._assigner.get_bucket_id(value, context)
        if not isinstance(bucket, str) or os.path.isabs(bucket) or ".." in bucket.split(os.sep):
            raise ValueError(
                f"{type(self._assigner).__name__}.get_bucket_id gives the path of a folder below "
                f"{self._plan.base_path}, not {bucket!r}"
            )
        self._write_to(bucket, [value], self._now())

    def begin_transaction(self) -> list[PendingPart]:
        merged, self._merged = self._merged, []
        return merged

    def initialize_state(self, context: FunctionInitializationContext) -> None:
        """Also learn whether the subtask had ended."""
        store = context.get_operator_state_store()
        self._ended = store.get_list_state(ListStateDescriptor("ended", Types.PICKLED_BYTE_ARRAY()))
        for parallelism, subtasks in self._ended.get() or ():
            for subtask in subtasks if parallelism == self._where["parallelism"] else ():
                self._plan.ends.end(self._where["attempt"], subtask, [], parallelism)
        super().initialize_state(context)

    def snapshot_state(self, context: FunctionSnapshotContext) -> None:
        """Where this is a savepoint's, with what the subtask has left if it has ended."""
        super().snapshot_state(context)
        attempt, subtask = self._where["attempt"], self._where["subtask"]
        has_ended = self._plan.ends.has_ended(attempt, subtask)
        self._ended.update([(self._where["parallelism"], [subtask])] if has_ended else [])
        if self._commits_at_end and (left := self._plan.ends.save(attempt, subtask)):
            self._state.add((None, [(left, self._now())], None))

    def notify_checkpoint_complete(self, checkpoint_id: int) -> None:
        """Where no checkpoint comes, this is a savepoint that ends the job."""
        super().notify_checkpoint_complete(checkpoint_id)
        if self._commits_at_end:
            with self._writing():
                self._plan.ends.publish(self._where["attempt"])

    def pre_commit(self, transaction: list[PendingPart]) -> None:
        if self._failure is not None:
            raise self._failure
        for bucket, part in list(self._open.items()):
            size = self._plan.policy.part_size
            if self._finished or size is None or part.content.exceeds(size):
                self._roll(bucket)
        with self._writing():
            self._user_context = [part.persist() for part in self._open.values()]
            for folder in sorted(self._new_folders):
                sync_folder(folder)
        self._new_folders.clear()
        self._in_checkpoints.update(part.hidden for part in transaction)
        self._in_checkpoints.update(part.hidden for part in self._user_context)

    def commit(self, transaction: list[PendingPart]) -> None:
        if self._commits_at_end and self._finished:
            where = self._where
            self._plan.ends.end(where["attempt"], where["subtask"], transaction, where["parallelism"])
            return
        with self._writing():
            for part in transaction:
                part.publish()
            sync_folders_of(transaction)
        self._in_checkpoints.difference_update(part.hidden for part in transaction)

    def recover_and_commit(self, transaction: list[PendingPart]) -> None:
        with self._writing():
            for part in transaction:
                part.publish_again()
            sync_folders_of(transaction)

    def abort(self, transaction: list[PendingPart]) -> None:
        for part in transaction:
            if part.hidden not in self._in_checkpoints:
                part.discard()

    def recover_and_abort(self, transaction: list[PendingPart]) -> None:
        """Of a transaction that had just been begun, files put together with others have been finished."""
        self._merged += transaction

    def initialize_user_context(self) -> list[ResumablePart]:
        return []

    def finish_recovering_context(self, handled_transactions: Collection[list[PendingPart]]) -> None:
        """Goes on with files in progress; where several subtasks had one in a bucket, with the last."""
        for resumable in self.get_user_context() or ():
            self._in_checkpoints.add(resumable.hidden)
            with self._writing():
                part = resumable.resume(self._make_content, self._now())
            if resumable.bucket in self._open:
                with self._writing(for_good=True):
                    self._merged.append(self._open[resumable.bucket].finish())
            self._open[resumable.bucket] = part

    def finish_processing(self, transaction: list[PendingPart] | None) -> None:
        self._plan.ends.note(self._where["attempt"], self._where["subtask"])
        for bucket in list(self._open):
            self._roll(bucket)

    def close(self) -> None:
        super().close()
        for part in self._open.values():
            part.close()
            if part.hidden not in self._in_checkpoints and os.path.exists(part.hidden):
                os.remove(part.hidden)
        if self._commits_at_end:
            if not self._finished:
                self._plan.ends.close_early(self._where["attempt"], self._where["subtask"])
            self._plan.ends.clean_up(self._where["attempt"])

    # -- files

    def _write_to(self, bucket: str, records: list[Any], now: int) -> None:
        while records:
            part = self._part_file(bucket, now)
            with self._writing():
                taken = part.content.take(records, self._plan.policy.part_size)
            part.written_at = now
            records = records[taken:]
            if records:
                self._roll(bucket)

    def _part_file(self, bucket: str, now: int) -> PartFile:
        part = self._open.get(bucket)
        if part is None:
            self._make_folder(bucket)
            name = f"{self._name}-{self._counter}{self._plan.names.part_suffix}"
            self._counter += 1
            with self._writing():
                part = PartFile.create(self._plan.base_path, bucket, name, self._make_content, now)
            self._open[bucket] = part
        return part

    def _roll(self, bucket: str) -> None:
        transaction = self.current_transaction()
        assert transaction is not None
        with self._writing(for_good=True):
            transaction.append(self._open[bucket].finish())
        del self._open[bucket]

    def _look_again(self, now: int) -> None:
        if self._plan.policy.rollover_interval is not None:
            self._where["scope"].call_at(now + self._plan.check_interval)

    def _make_folder(self, bucket: str) -> None:
        """All folders whose entries are new are to be synced, down from one that has been there before."""
        folder = os.path.normpath(os.path.join(self._plan.base_path, bucket))
        self._new_folders.add(folder)
        while folder != self._plan.base_path:
            folder = os.path.dirname(folder)
            self._new_folders.add(folder)
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
            self._new_folders.add(folder)
        with self._writing():
            os.makedirs(os.path.join(self._plan.base_path, bucket), exist_ok=True)

    @contextmanager
    def _writing(self, for_good: bool = False) -> Iterator[None]:
        """`for_good`: what fails can't be tried again."""
        try:
            yield
        except OSError as error:
            path = self._plan.base_path
            failure = OSError(f"the file sink cannot write to {path}: {error.strerror or error}")
            if for_good or isinstance(error, LostWrites):
                self._failure = failure
            raise failure from error


@dataclass
class FileSinkOpener:
    """The file sink of one job, opened in each of its subtasks."""

    base_path: str
    shipped_format: bytes
    bulk: bool
    descriptor: tuple[Any, ...]
    bucket_name: BucketNamer
    #: One of the user's own.
    shipped_assigner: bytes | None
    policy: RollingPolicy
    names: OutputFileConfig
    #: In ms.
    check_interval: int
    checkpoints: bool
    ends: Ends = field(default_factory=Ends)

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        writer = FileWriter(self)
        writer._join(where, commits_at_end=where["batch_mode"] or not self.checkpoints)
        open_function(writer, where)
        writer.start()
        if self.shipped_assigner is None:
            calls: list[Call] = [(writer.write, "batch", None)]
        else:
            calls = [(lambda value: writer._write(value, where["scope"]), "nothing", None)]
        return Opened(calls, [writer], writer.finish, writer.on_timer)

    def make_assigner(self) -> BucketAssigner | None:
        """A copy of the user's own, if there is one."""
        if self.shipped_assigner is None:
            return None
        assigner: BucketAssigner = unship(self.shipped_assigner)
        return assigner

    def make_content(self) -> MakeContent:
        format = unship(self.shipped_format)
        if self.bulk:
            return lambda file, size: BulkContent(format._open(file))
        encode = _encode(format, self.descriptor)
        return lambda file, size: EncodedContent(file, encode, size)


def file_sink(settings: _Settings, type_info: TypeInformation) -> Callable[[bool], FileSinkOpener]:
    """Makes the opener of a job's file sink, told whether the job takes checkpoints.

    Raises NotBuiltError for compaction and for bulk formats that aren't built, ValueError for a date
    pattern that can't be used.
    """
    if settings.bulk:
        settings.encoder._check_built()
    if settings.compact_strategy is not None:
        raise NotBuiltError("FileSink: enable_compact is not built yet")
    base_path = os.path.abspath(local_path(settings.base_path))
    assigner = settings.bucket_assigner
    bucket_name = bucket_namer(assigner)
    shipped_assigner = ship(assigner, "the bucket assigner") if assigner.kind == "custom" else None
    shipped = ship(settings.encoder, "the format of the file sink")
    return lambda checkpoints: FileSinkOpener(
        base_path,
        shipped,
        settings.bulk,
        type_info._descriptor(),
        bucket_name,
        shipped_assigner,
        settings.rolling_policy,
        settings.output_file_config,
        settings.bucket_check_interval,
        checkpoints,
    )


def _encode(encoder: Encoder, descriptor: tuple[Any, ...]) -> Encode:
    if isinstance(encoder, _SimpleStringEncoder):
        text = formatter(descriptor)
        return lambda record: encoder.encode(text(record))
    return encoder.encode
