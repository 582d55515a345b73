"""Settings as text: durations, enum members, checkpoint storages."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from pyflinkpp.common._option_values import parse_duration, parse_memory_size
from pyflinkpp.common.errors import ConfigurationError, NotBuiltError

if TYPE_CHECKING:
    from pyflinkpp.datastream.checkpoint_storage import CheckpointStorage

E = TypeVar("E", bound=Enum)


def duration_millis(value: str, key: str) -> int:
    """Milliseconds of Flink's notation: a number and a unit, milliseconds where there is none.

    >>> duration_millis("3 min", "k"), duration_millis("250", "k")
    (180000, 250)
    """
    try:
        return parse_duration(value).to_millis()
    except ValueError:
        raise ConfigurationError(f"{key} must be a duration such as '10 s', got {value!r}") from None


def enum_member(kind: type[E], value: str | None, default: E, key: str) -> E:
    """The member named by ``value`` in any case, with ``-`` or ``_``; ``default`` for ``None``."""
    if value is None:
        return default
    try:
        return kind[value.strip().upper().replace("-", "_")]
    except KeyError:
        names = ", ".join(member.name for member in kind)
        raise ConfigurationError(f"{key} must be one of {names}, got {value!r}") from None


def storage_settings(storage: CheckpointStorage) -> dict[str, object]:
    """The options (without ``execution.checkpointing.``) that describe ``storage``; ``None`` unsets.

    Raises TypeError for what is no storage, NotBuiltError for one of the user's own.
    """
    from pyflinkpp.datastream.checkpoint_storage import (
        CheckpointStorage,
        FileSystemCheckpointStorage,
        JobManagerCheckpointStorage,
    )

    if not isinstance(storage, CheckpointStorage):
        raise TypeError(f"storage must be a CheckpointStorage, not {storage!r}")
    out: dict[str, object] = {"savepoint-dir": storage._savepoint_path} if storage._savepoint_path else {}
    if isinstance(storage, FileSystemCheckpointStorage):
        if storage._threshold is not None:
            out["data-inline-threshold"] = f"{storage._threshold} b"
        if storage._buffer is not None:
            out["write-buffer-size"] = storage._buffer
        return out | {"storage": "filesystem", "dir": storage.get_checkpoint_path()}
    if isinstance(storage, JobManagerCheckpointStorage):
        if storage.get_checkpoint_path() is not None:
            out["dir"] = storage.get_checkpoint_path()
        return out | {"storage": "jobmanager", "jobmanager-max-state-size": storage.get_max_state_size()}
    name = getattr(storage, "_factory_class_name", type(storage).__name__)
    raise NotBuiltError(
        f"the checkpoint storage {name!r} can't be loaded: "
        "use FileSystemCheckpointStorage or JobManagerCheckpointStorage"
    )


def storage_from(get: Callable[[str], str | None]) -> CheckpointStorage | None:
    """The storage that the options read by ``get`` describe, ``None`` where they name none."""
    from pyflinkpp.datastream.checkpoint_storage import (
        CustomCheckpointStorage,
        FileSystemCheckpointStorage,
        JobManagerCheckpointStorage,
    )

    kind, directory = get("storage"), get("dir")
    kind = kind and kind.lower()
    if kind == "jobmanager":
        size = get("jobmanager-max-state-size")
        return JobManagerCheckpointStorage(
            directory, None if size is None else _bytes(size, "jobmanager-max-state-size")
        )
    if kind == "filesystem" or (kind is None and directory):
        if not directory:
            raise ConfigurationError("execution.checkpointing.dir is missing for the storage 'filesystem'")
        threshold, buffer = get("data-inline-threshold"), get("write-buffer-size")
        return FileSystemCheckpointStorage(
            directory,
            None if threshold is None else _bytes(threshold, "data-inline-threshold"),
            None if buffer is None else _bytes(buffer, "write-buffer-size"),
        )
    return None if kind is None else CustomCheckpointStorage(kind)


def _bytes(value: str, key: str) -> int:
    try:
        return parse_memory_size(value)
    except ValueError:
        raise ConfigurationError(
            f"execution.checkpointing.{key} must be a size such as '20 kb', got {value!r}"
        ) from None
