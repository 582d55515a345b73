"""How a job takes checkpoints, and what it goes on from, put into a graph."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

import pyflinkpp._native as _native
from pyflinkpp._impl.simulated_job import active_simulation
from pyflinkpp._impl.storage import location
from pyflinkpp.common._options import option
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import ConfigurationError
from pyflinkpp.datastream.checkpoint_config import CheckpointConfig
from pyflinkpp.datastream.checkpoint_storage import FileSystemCheckpointStorage

_log = logging.getLogger("pyflinkpp.checkpoints")
_PREFIX = "execution.checkpointing."
_RECOVERY = "execution.state-recovery."
_LATEST = "latest"
_CLEANUP = {
    "NO_EXTERNALIZED_CHECKPOINTS": "always",
    "DELETE_ON_CANCELLATION": "on_cancellation",
    "RETAIN_ON_CANCELLATION": "never",
}


def plan_checkpoints(graph: _native.StreamGraph, configuration: Configuration) -> None:
    """Lets the job take checkpoints as `execution.checkpointing.*` says; without an interval only savepoints.

    Raises ConfigurationError for settings that make no sense together, and for a folder of a protocol that
    nothing here knows.
    """

    def value(key: str) -> Any:
        return configuration.get(option(_PREFIX + key))

    config = CheckpointConfig(configuration)
    enabled = config.is_checkpointing_enabled()
    folder = _folder(value("dir"), f"{_PREFIX}dir") if enabled else None
    kind = value("storage")
    if enabled and kind == "filesystem" and folder is None:
        raise ConfigurationError(f"{_PREFIX}storage=filesystem needs {_PREFIX}dir")
    inline_bytes = _inline_bytes(value("data-inline-threshold"))
    max_state_bytes = None
    if kind == "jobmanager" or folder is None:
        max_state_bytes = int(value("jobmanager-max-state-size"))
        inline_bytes = max_state_bytes if kind == "jobmanager" else inline_bytes
    graph.take_checkpoints(
        interval=config.get_checkpoint_interval() if enabled else None,
        timeout=int(value("timeout").to_millis()),
        min_pause=int(value("min-pause").to_millis()),
        max_concurrent=value("max-concurrent-checkpoints"),
        tolerable_failures=value("tolerable-failed-checkpoints"),
        retained=_retained(value("num-retained")),
        exactly_once=value("mode") == "EXACTLY_ONCE",
        folder=folder,
        inline_bytes=inline_bytes,
        max_state_bytes=max_state_bytes,
        cleanup=_CLEANUP[value("externalized-checkpoint-retention")],
        overtake_after=_overtake_after(value) if enabled else None,
        overtake_by_force=value("unaligned.forced"),
    )


def takes_checkpoints(config: CheckpointConfig) -> bool:
    """Whether the job that is compiled now does: a simulated one always."""
    return active_simulation() is not None or config.is_checkpointing_enabled()


def _retained(number: int) -> int:
    """As in Flink, which does not refuse either of these two settings."""
    if number < 1:
        warnings.warn(f"{_PREFIX}num-retained={number} is less than 1: 1 is kept", stacklevel=3)
    return max(1, number)


def _inline_bytes(threshold: int) -> int:
    most = FileSystemCheckpointStorage.MAX_FILE_STATE_THRESHOLD
    if threshold <= most:
        return threshold
    default = int(option(f"{_PREFIX}data-inline-threshold").default_value() or 0)
    warnings.warn(
        f"{_PREFIX}data-inline-threshold={threshold} b is more than {most} b: it is {default} b, the default",
        stacklevel=3,
    )
    return default


def _overtake_after(value: Callable[[str], Any]) -> int | None:
    """How long after its trigger a barrier may overtake; None: checkpoints stay aligned."""
    if not value("unaligned.enabled"):
        return None
    if value("mode") != "EXACTLY_ONCE":
        warnings.warn(
            f"{_PREFIX}unaligned.enabled does nothing with {_PREFIX}mode={value('mode')}: barriers are "
            "never waited for then",
            stacklevel=2,
        )
        return None
    return int(value("aligned-checkpoint-timeout").to_millis())


def result_queue(configuration: Configuration) -> _native.ResultQueue:
    """For collected results: exactly once they are shown when a checkpoint covers them."""
    if simulation := active_simulation():
        return simulation.result_queue()
    return _native.ResultQueue(
        batches=16,
        checkpoints=CheckpointConfig(configuration).is_checkpointing_enabled(),
        exactly_once=configuration.get(option(_PREFIX + "mode")) == "EXACTLY_ONCE",
    )


def restore(graph: _native.StreamGraph, configuration: Configuration) -> None:
    """Lets the job go on from `execution.state-recovery.path`.

    That is a checkpoint's folder, or `latest` for the one in `execution.checkpointing.dir` that became
    complete last and is whole; where there is none, the job starts afresh. Raises ConfigurationError where
    the checkpoint is damaged, where all are with `latest`, where it can't be read, and where it has state
    that no operator of the program claims.
    """
    path = configuration.get(option(f"{_RECOVERY}path"))
    if not path:
        return
    try:
        if path.lower() == _LATEST:
            _restore_latest(graph, configuration)
        else:
            _restore(graph, location(path, f"{_RECOVERY}path"), configuration)
    except _native.EngineError as error:
        raise ConfigurationError(f"{_RECOVERY}path={path}: {error}") from None


def _restore(graph: _native.StreamGraph, checkpoint: _native.Location, configuration: Configuration) -> None:
    graph.restore(
        path=checkpoint,
        ignore_unclaimed=bool(configuration.get(option(f"{_RECOVERY}ignore-unclaimed-state"))),
        claim=_claims(configuration),
    )
    _log.info("the job goes on from %s", checkpoint.path)


def _restore_latest(graph: _native.StreamGraph, configuration: Configuration) -> None:
    folder = _folder(configuration.get(option(f"{_PREFIX}dir")), f"{_PREFIX}dir")
    if folder is None:
        raise ConfigurationError(
            f"{_RECOVERY}path={_LATEST} needs {_PREFIX}dir, where checkpoints are looked for"
        )
    found = _native.find_checkpoints(folder)
    for tried, checkpoint in enumerate(found, start=1):
        try:
            _restore(graph, checkpoint, configuration)
            _remove_leftovers(checkpoint)
            return
        except _native.DamagedCheckpoint as damage:
            if tried == len(found):
                raise
            warnings.warn(f"{damage}; trying the checkpoint before", stacklevel=3)


def _remove_leftovers(checkpoint: _native.Location) -> None:
    files, size = _native.remove_leftovers(checkpoint)
    if files > 0:
        _log.info(
            "removed %d files (%d bytes) that a job which was killed has left beside %s",
            files,
            size,
            checkpoint.path,
        )


def savepoint_folder(directory: str | None, configured: str | None) -> _native.Location:
    """Where a savepoint goes: the directory that the caller names, else the one of the configuration.

    Raises ConfigurationError where neither says so, and for a protocol that nothing here knows.
    """
    folder = _folder(directory, "the savepoint") or _folder(configured, f"{_PREFIX}savepoint-dir")
    if folder is None:
        raise ConfigurationError(f"a savepoint needs a directory: name one, or set {_PREFIX}savepoint-dir")
    return folder


def _claims(configuration: Configuration) -> bool:
    """Whether what the job goes on from becomes its own."""
    mode = configuration.get(option(f"{_RECOVERY}claim-mode"))
    if mode == "LEGACY":
        raise ConfigurationError(f"{_RECOVERY}claim-mode=LEGACY is gone from Flink: use NO_CLAIM or CLAIM")
    return bool(mode == "CLAIM")


def _folder(text: str | None, key: str) -> _native.Location | None:
    return location(text, key) if text else None
