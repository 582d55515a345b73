"""How a job takes checkpoints, and what it goes on from, put into a graph."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyflinkpp._native as _native
from pyflinkpp._impl.simulated_job import active_simulation
from pyflinkpp.common._options import option
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import ConfigurationError, NotBuiltError

_PREFIX = "execution.checkpointing."
_RECOVERY = "execution.state-recovery."
_LATEST = "latest"
_MAX_STATE_BYTES = 5 * 1024 * 1024
_CLEANUP = {
    "NO_EXTERNALIZED_CHECKPOINTS": "always",
    "DELETE_ON_CANCELLATION": "on_cancellation",
    "RETAIN_ON_CANCELLATION": "never",
}


def plan_checkpoints(graph: _native.StreamGraph, configuration: Configuration) -> None:
    """Lets the job take checkpoints as `execution.checkpointing.*` says; without an interval only savepoints.

    Raises ConfigurationError for settings that make no sense together, NotBuiltError for a folder that is not
    on this machine.
    """

    def value(key: str) -> Any:
        return configuration.get(option(_PREFIX + key))

    interval = value("interval")
    folder = None if interval is None else _folder(value("dir"), f"{_PREFIX}dir")
    kind = value("storage")
    if interval is not None and kind == "filesystem" and folder is None:
        raise ConfigurationError(f"{_PREFIX}storage=filesystem needs {_PREFIX}dir")
    graph.take_checkpoints(
        interval=None if interval is None else int(interval.to_millis()),
        timeout=int(value("timeout").to_millis()),
        min_pause=int(value("min-pause").to_millis()),
        max_concurrent=value("max-concurrent-checkpoints"),
        tolerable_failures=value("tolerable-failed-checkpoints"),
        retained=max(1, value("num-retained")),
        exactly_once=value("mode") == "EXACTLY_ONCE",
        folder=None if kind == "jobmanager" else folder,
        inline_bytes=value("data-inline-threshold"),
        max_state_bytes=_MAX_STATE_BYTES,
        cleanup=_CLEANUP[value("externalized-checkpoint-retention")],
    )


def result_queue(configuration: Configuration) -> _native.ResultQueue:
    """For collected results: exactly once they are shown when a checkpoint covers them."""
    if simulation := active_simulation():
        return simulation.result_queue()
    return _native.ResultQueue(
        batches=16,
        checkpoints=configuration.get(option(_PREFIX + "interval")) is not None,
        exactly_once=configuration.get(option(_PREFIX + "mode")) == "EXACTLY_ONCE",
    )


def restore(graph: _native.StreamGraph, configuration: Configuration) -> None:
    """Lets the job go on from `execution.state-recovery.path`.

    That is a checkpoint's folder, or `latest` for the newest one in `execution.checkpointing.dir` that is
    whole; where there is none, the job starts afresh. Raises ConfigurationError where the checkpoint is
    damaged, where all are with `latest`, and where it has state that no operator of the program claims.
    """
    path = configuration.get(option(f"{_RECOVERY}path"))
    if not path:
        return
    ignore_unclaimed = bool(configuration.get(option(f"{_RECOVERY}ignore-unclaimed-state")))
    claim = _claims(configuration)
    if path != _LATEST:
        folder = _folder(path, f"{_RECOVERY}path")
        assert folder is not None
        try:
            graph.restore(path=folder, ignore_unclaimed=ignore_unclaimed, claim=claim)
        except _native.EngineError as error:
            raise ConfigurationError(f"{_RECOVERY}path={path}: {error}") from None
        return
    folder = _folder(configuration.get(option(f"{_PREFIX}dir")), f"{_PREFIX}dir")
    if folder is None:
        raise ConfigurationError(
            f"{_RECOVERY}path={_LATEST} needs {_PREFIX}dir, where checkpoints are looked for"
        )
    found = _native.find_checkpoints(folder)
    for tried, checkpoint in enumerate(found, start=1):
        try:
            graph.restore(path=checkpoint, ignore_unclaimed=ignore_unclaimed, claim=claim)
            return
        except _native.DamagedCheckpoint as damage:
            if tried == len(found):
                raise ConfigurationError(f"{_RECOVERY}path={path}: {damage}") from None
            warnings.warn(f"{damage}; trying the checkpoint before", stacklevel=2)


def savepoint_folder(directory: str | None, configured: str | None) -> str:
    """Where a savepoint goes: the directory that the caller names, else the one of the configuration.

    Raises ConfigurationError where neither says so, NotBuiltError for one that is not on this machine.
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


def _folder(text: str | None, key: str) -> str | None:
    """The local folder that a path or a `file:` URI names."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme in ("", "file"):
        return str(Path(unquote(parts.path) if parts.scheme else text).absolute())
    raise NotBuiltError(
        f"{key}={text}: checkpoints in {parts.scheme}: are not built yet, choose a local folder"
    )
