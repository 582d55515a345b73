"""Part files: written under a hidden name, resumed after a failure, and shown once they are final."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple, Protocol

from pyflinkpp.common.serialization import PartContent

_log = logging.getLogger("pyflinkpp.sinks")

Encode = Callable[[Any], bytes]


class Content(Protocol):
    """What is in a part file."""

    def take(self, records: list[Any], limit: int | None) -> int:
        """Writes records until the file exceeds `limit` bytes, if its format knows; gives how many."""

    def exceeds(self, limit: int) -> bool:
        """Whether the file does, if its format knows."""

    def finish(self) -> None:
        """Writes what was held back."""

    def abandon(self) -> None:
        """Instead of `finish`, where the file is given up."""


@dataclass
class EncodedContent:
    """What an encoder makes of each record: a row format, which can be resumed after any record."""

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

    def exceeds(self, limit: int) -> bool:
        return self.size > limit

    def finish(self) -> None:
        pass

    def abandon(self) -> None:
        pass


@dataclass
class BulkContent:
    """What a bulk format writes, which knows no limit: it rolls with checkpoints only."""

    writer: PartContent

    def take(self, records: list[Any], limit: int | None) -> int:
        self.writer.write(records)
        return len(records)

    def exceeds(self, limit: int) -> bool:
        return False

    def finish(self) -> None:
        self.writer.finish()

    def abandon(self) -> None:
        self.writer.abandon()


#: Makes what is in a file of so many bytes.
MakeContent = Callable[[BinaryIO, int], Content]


# These two are kept in checkpoints, where their names and fields must not change.
class PendingPart(NamedTuple):
    """A complete file of `size` bytes that is still hidden."""

    hidden: str
    visible: str
    size: int

    def publish(self) -> None:
        os.replace(self.hidden, self.visible)

    def publish_again(self) -> None:
        """As `publish`, where it may have happened before. Raises OSError for one that is gone or shrunk."""
        if os.path.exists(self.hidden):
            size = os.path.getsize(self.hidden)
            if size < self.size:
                raise _shrunk(self.hidden, size, self.size)
            self.publish()
        elif not os.path.exists(self.visible):
            raise OSError(
                f"{self.visible} is gone, and so is {self.hidden}: the checkpoint counts its {self.size} "
                "bytes as written, so they would be lost; put it back or, if you have taken it away since it "
                "was published, an empty file of that name in its place"
            )

    def discard(self) -> None:
        if os.path.exists(self.hidden):
            os.remove(self.hidden)


class ResumablePart(NamedTuple):
    """A file in progress, of which a checkpoint covers `size` bytes. Times in ms since the epoch."""

    bucket: str
    hidden: str
    visible: str
    size: int
    created_at: int

    def resume(self, make_content: MakeContent, now: int) -> PartFile:
        """Goes on behind what the checkpoint covers, dropping what came later.

        Raises OSError where that is no longer possible.
        """
        try:
            file = open(self.hidden, "r+b")  # noqa: SIM115 - closed when it is rolled
        except FileNotFoundError:
            raise self._gone() from None
        try:
            size = file.seek(0, os.SEEK_END)
            if size < self.size:
                raise _shrunk(self.hidden, size, self.size)
            file.truncate(self.size)
            file.seek(self.size)
        except OSError:
            file.close()
            raise
        content = make_content(file, self.size)
        return PartFile(self.bucket, self.hidden, self.visible, file, content, self.created_at, now)

    def _gone(self) -> OSError:
        gone = f"the checkpoint goes on in {self.hidden} behind {self.size} bytes, and that is gone: "
        if not os.path.exists(self.visible):
            return OSError(f"{gone}so are the records in it, unless it was published and taken away since")
        return OSError(
            f"{gone}it has been finished since, as {self.visible}, so that going on from here would write "
            "again what came after this checkpoint. To go back all the same, remove the files that were "
            "published later, and move this one back to its hidden name: it is then cut to what the "
            "checkpoint covers"
        )


@dataclass
class PartFile:
    """A part file while it is written under its hidden name. Times in ms since the epoch."""

    bucket: str
    hidden: str
    visible: str
    file: BinaryIO
    content: Content
    created_at: int
    written_at: int

    @classmethod
    def create(cls, base: str, bucket: str, name: str, make_content: MakeContent, now: int) -> PartFile:
        folder = os.path.join(base, bucket)
        hidden = os.path.join(folder, f".{name}.inprogress.{uuid.uuid4()}")
        file = open(hidden, "xb")  # noqa: SIM115 - closed when it is rolled
        return cls(bucket, hidden, os.path.join(folder, name), file, make_content(file, 0), now, now)

    def persist(self) -> ResumablePart:
        """Makes what has been written outlive a failure."""
        self._sync()
        return ResumablePart(self.bucket, self.hidden, self.visible, self.file.tell(), self.created_at)

    def finish(self) -> PendingPart:
        """Writes what was held back and closes the file, which outlives a failure from now on."""
        self.content.finish()
        self._sync()
        size = self.file.tell()
        self.file.close()
        return PendingPart(self.hidden, self.visible, size)

    def close(self) -> None:
        """Gives the file up."""
        try:
            self.content.abandon()
            self.file.close()
        except OSError as error:
            _log.warning("%s: %s", self.hidden, error)

    def _sync(self) -> None:
        self.file.flush()
        _sync(self.file.fileno())


class LostWrites(OSError):
    """A sync failed: the system may have dropped what it could not write, and says so only once."""


def sync_folder(folder: str) -> None:
    """Makes names in the folder outlive a failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders_of(parts: Iterable[PendingPart]) -> None:
    """Makes the visible names outlive a failure."""
    for folder in sorted({os.path.dirname(part.visible) for part in parts}):
        if os.path.isdir(folder):
            sync_folder(folder)


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise LostWrites(error.errno, error.strerror) from error


def _shrunk(path: str, size: int, expected: int) -> OSError:
    return OSError(f"{path} has {size} of the {expected} bytes that a checkpoint relies on")
