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


def _given(number: int | None) -> int | None:
    """None also where Flink is told -1."""
    return None if number == -1 else number


class CheckpointStorage:
    """Base of the ways to keep checkpoints (Flink's ``CheckpointStorage``)."""

    _kind = ""
    _savepoint_path: str | None = None

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), repr(sorted(vars(self).items()))))

    def __repr__(self) -> str:
        fields = ", ".join(f"{k[1:]}={v!r}" for k, v in vars(self).items())
        return f"{type(self).__name__}({fields})"


class JobManagerCheckpointStorage(CheckpointStorage):
    """Checkpoints lie with the JobManager, at most ``max_state_size`` bytes for each subtask of an operator.

    That is in memory; with a ``checkpoint_path``, or where ``execution.checkpointing.dir`` is set, they are
    written there, each as a single file.

    >>> JobManagerCheckpointStorage().get_max_state_size()
    5242880
    """

    DEFAULT_MAX_STATE_SIZE = 5 * 1024 * 1024
    _kind = "jobmanager"

    def __init__(self, checkpoint_path: str | None = None, max_state_size: int | None = None) -> None:
        """Raises ``ValueError`` for a size below 1."""
        self._checkpoint_path = _uri(checkpoint_path, "checkpoint_path")
        self._savepoint_path = None
        self._max_state_size = (
            self.DEFAULT_MAX_STATE_SIZE
            if max_state_size is None
            else positive(max_state_size, "max_state_size")
        )

    def get_checkpoint_path(self) -> str | None:
        """URI of the directory for metadata, ``None`` where there is none."""
        return self._checkpoint_path

    def get_max_state_size(self) -> int:
        """Bytes that the state of a subtask may have; more fails the checkpoint."""
        return self._max_state_size

    def get_savepoint_path(self) -> str | None:
        """URI of the default directory for savepoints."""
        return self._savepoint_path


class FileSystemCheckpointStorage(CheckpointStorage):
    """Checkpoints lie in a directory (Flink's ``FileSystemCheckpointStorage``).

    >>> FileSystemCheckpointStorage("s3://bucket/checkpoints").get_checkpoint_path()
    's3://bucket/checkpoints'
    """

    DEFAULT_FILE_STATE_THRESHOLD = 20 * 1024
    MAX_FILE_STATE_THRESHOLD = 1024 * 1024
    DEFAULT_WRITE_BUFFER_SIZE = 4096
    _kind = "filesystem"

    def __init__(
        self,
        checkpoint_path: str,
        file_state_size_threshold: int | None = None,
        write_buffer_size: int | None = None,
    ) -> None:
        """``file_state_size_threshold``: state of fewer bytes goes into the metadata file (at most 1 MiB);
        ``write_buffer_size``: bytes. Where they are not given, or -1, the configuration decides.

        Raises:
            ValueError: an empty path, a number out of range.
        """
        self._checkpoint_path = _uri(text(checkpoint_path, "checkpoint_path"), "checkpoint_path")
        self._savepoint_path = None
        self._threshold = _given(file_state_size_threshold)
        self._buffer = _given(write_buffer_size)
        if self._threshold is not None:
            threshold = not_negative(self._threshold, "file_state_size_threshold")
            if threshold > self.MAX_FILE_STATE_THRESHOLD:
                most = self.MAX_FILE_STATE_THRESHOLD
                raise ValueError(f"file_state_size_threshold must be at most {most}, got {threshold}")
        if self._buffer is not None:
            positive(self._buffer, "write_buffer_size")

    def get_checkpoint_path(self) -> str:
        """URI of the directory."""
        return str(self._checkpoint_path)

    def get_savepoint_path(self) -> str | None:
        """URI of the default directory for savepoints."""
        return self._savepoint_path

    def get_min_file_size_threshold(self) -> int:
        """Bytes from which state gets a file of its own."""
        return self.DEFAULT_FILE_STATE_THRESHOLD if self._threshold is None else self._threshold

    def get_write_buffer_size(self) -> int:
        """Bytes gathered before a write; at least the threshold."""
        return max(self._buffer or self.DEFAULT_WRITE_BUFFER_SIZE, self.get_min_file_size_threshold())


class CustomCheckpointStorage(CheckpointStorage):
    """A storage by the name of its factory, a Java class: ``set_checkpoint_storage`` refuses it."""

    _kind = "custom"

    def __init__(self, factory_class_name: str = "") -> None:
        self._factory_class_name = factory_class_name
