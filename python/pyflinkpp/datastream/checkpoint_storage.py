"""Where checkpoints are kept."""

from __future__ import annotations

from pyflinkpp.datastream._checks import not_negative, positive, text

__all__ = [
    "CheckpointStorage",
    "CustomCheckpointStorage",
    "FileSystemCheckpointStorage",
    "JobManagerCheckpointStorage",
]


def _uri(path: str | None, name: str) -> str | None:
    """The path as a URI: a local path becomes ``file://…``."""
    if path is None:
        return None
    text(path, name)
    if "://" in path or path.startswith("file:"):
        return path
    from pathlib import Path

    return Path(path).absolute().as_uri()


class CheckpointStorage:
    """Base of the ways to keep checkpoints (Flink's ``CheckpointStorage``)."""

    _kind = ""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), repr(sorted(vars(self).items()))))

    def __repr__(self) -> str:
        fields = ", ".join(f"{k[1:]}={v!r}" for k, v in vars(self).items())
        return f"{type(self).__name__}({fields})"


class JobManagerCheckpointStorage(CheckpointStorage):
    """Checkpoints lie in the JobManager's memory, at most ``max_state_size`` bytes for each state.

    With a ``checkpoint_path`` their metadata is also written there.

    >>> JobManagerCheckpointStorage().get_max_state_size()
    5242880
    """

    DEFAULT_MAX_STATE_SIZE = 5 * 1024 * 1024
    _kind = "jobmanager"

    def __init__(self, checkpoint_path: str | None = None, max_state_size: int | None = None) -> None:
        """Raises ``ValueError`` for a size below 1."""
        self._checkpoint_path = _uri(checkpoint_path, "checkpoint_path")
        self._savepoint_path: str | None = None
        self._max_state_size = (
            self.DEFAULT_MAX_STATE_SIZE
            if max_state_size is None
            else positive(max_state_size, "max_state_size")
        )

    def get_checkpoint_path(self) -> str | None:
        """URI of the directory for metadata, ``None`` where there is none."""
        return self._checkpoint_path

    def get_max_state_size(self) -> int:
        """Bytes that one state may have; more fails the checkpoint."""
        return self._max_state_size

    def get_savepoint_path(self) -> str | None:
        """URI of the default directory for savepoints."""
        return self._savepoint_path


class FileSystemCheckpointStorage(CheckpointStorage):
    """Checkpoints lie in a directory (Flink's ``FileSystemCheckpointStorage``).

    >>> FileSystemCheckpointStorage("s3://bucket/checkpoints").get_checkpoint_path()
    's3://bucket/checkpoints'
    """

    MAX_FILE_STATE_THRESHOLD = 1024 * 1024
    _kind = "filesystem"

    def __init__(
        self, checkpoint_path: str, file_state_size_threshold: int = 20480, write_buffer_size: int = 4096
    ) -> None:
        """``file_state_size_threshold``: state of fewer bytes goes into the metadata file (default 20 KiB,
        at most 1 MiB); ``write_buffer_size``: bytes (default 4096).

        Raises:
            ValueError: an empty path, a number out of range.
        """
        self._checkpoint_path = _uri(text(checkpoint_path, "checkpoint_path"), "checkpoint_path")
        self._savepoint_path: str | None = None
        # Flink takes -1 as "not given"
        threshold = 20480 if file_state_size_threshold == -1 else file_state_size_threshold
        if not_negative(threshold, "file_state_size_threshold") > self.MAX_FILE_STATE_THRESHOLD:
            raise ValueError(
                f"file_state_size_threshold must be at most {self.MAX_FILE_STATE_THRESHOLD}, got {threshold}"
            )
        self._min_file_size_threshold = threshold
        buffer = 4096 if write_buffer_size == -1 else positive(write_buffer_size, "write_buffer_size")
        self._write_buffer_size = max(buffer, threshold)

    def get_checkpoint_path(self) -> str:
        """URI of the directory."""
        return str(self._checkpoint_path)

    def get_savepoint_path(self) -> str | None:
        """URI of the default directory for savepoints."""
        return self._savepoint_path

    def get_min_file_size_threshold(self) -> int:
        """Bytes from which state gets a file of its own."""
        return self._min_file_size_threshold

    def get_write_buffer_size(self) -> int:
        """Bytes gathered before a write; at least the threshold."""
        return self._write_buffer_size


class CustomCheckpointStorage(CheckpointStorage):
    """A storage by the name of its factory; only an installed Python entry point can be run."""

    _kind = "custom"

    def __init__(self, factory_class_name: str = "") -> None:
        self._factory_class_name = factory_class_name
