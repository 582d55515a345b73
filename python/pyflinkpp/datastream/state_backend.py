"""Where state lives while a job runs."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from pyflinkpp.datastream._checks import positive, text

if TYPE_CHECKING:
    from pyflinkpp.datastream.checkpoint_storage import CheckpointStorage

__all__ = [
    "CustomStateBackend",
    "EmbeddedRocksDBStateBackend",
    "FsStateBackend",
    "HashMapStateBackend",
    "MemoryStateBackend",
    "PredefinedOptions",
    "RocksDBStateBackend",
    "StateBackend",
]


class StateBackend:
    """Base of the backends (Flink's ``StateBackend``); ``_kind`` is the value of ``state.backend.type``."""

    _kind = ""

    def _checkpoint_storage(self) -> CheckpointStorage | None:
        """The storage that a 1.x backend brings along; ``None`` for the others."""
        return None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k[1:]}={v!r}' for k, v in vars(self).items())})"


class HashMapStateBackend(StateBackend):
    """State as objects in memory.

    >>> HashMapStateBackend()
    HashMapStateBackend()
    """

    _kind = "hashmap"


class PredefinedOptions(Enum):
    """RocksDB settings for a kind of disk."""

    DEFAULT = 0
    SPINNING_DISK_OPTIMIZED = 1
    SPINNING_DISK_OPTIMIZED_HIGH_MEM = 2
    FLASH_SSD_OPTIMIZED = 3


class EmbeddedRocksDBStateBackend(StateBackend):
    """State in RocksDB on local disk, which may exceed memory.

    ``enable_incremental_checkpointing``: upload only what changed (default: as configured, which is off).
    """

    _kind = "rocksdb"
    _DEFAULT_TRANSFER_THREADS = 4

    def __init__(self, enable_incremental_checkpointing: bool | None = None) -> None:
        self._incremental = enable_incremental_checkpointing
        self._db_storage_paths: list[str] | None = None
        self._predefined_options: PredefinedOptions | None = None
        self._options_factory: str | None = None
        self._transfer_threads: int | None = None

    def set_db_storage_paths(self, *paths: str) -> None:
        """Local directories of the databases, one picked for each; none means the temporary ones.

        Raises:
            ValueError: a path that isn't local.
        """
        for path in paths:
            text(path, "path")
            if "://" in path and not path.startswith("file://"):
                raise ValueError(f"RocksDB storage path must be local, got {path!r}")
        self._db_storage_paths = list(paths) or None

    def get_db_storage_paths(self) -> list[str] | None:
        """The directories, ``None`` where none were set."""
        return self._db_storage_paths

    def is_incremental_checkpoints_enabled(self) -> bool:
        """Whether checkpoints upload only what changed; False where it was not said here."""
        return bool(self._incremental)

    def set_predefined_options(self, options: PredefinedOptions) -> None:
        """Settings for a kind of disk; raises ``TypeError`` for another type."""
        if not isinstance(options, PredefinedOptions):
            raise TypeError(f"options must be PredefinedOptions, not {options!r}")
        self._predefined_options = options

    def get_predefined_options(self) -> PredefinedOptions:
        """The settings, ``DEFAULT`` where none were chosen."""
        return self._predefined_options or PredefinedOptions.DEFAULT

    def set_options(self, options_factory_class_name: str) -> None:
        """Refused: an options factory is a Java class.

        Raises:
            NotBuiltError: always; use ``set_predefined_options``.
        """
        from pyflinkpp.common.errors import NotBuiltError

        raise NotBuiltError(
            f"RocksDB options factory {options_factory_class_name!r} is a Java class, which pyflinkpp can't "
            "load; use set_predefined_options or the state.backend.rocksdb.* options"
        )

    def get_options(self) -> str | None:
        """Always ``None``: there is no options factory."""
        return self._options_factory

    def get_number_of_transfer_threads(self) -> int:
        """Threads that upload and download files, 4 unless set."""
        return self._transfer_threads or self._DEFAULT_TRANSFER_THREADS

    def set_number_of_transfer_threads(self, number_of_transfering_threads: int) -> None:
        """Raises ``ValueError`` below 1."""
        self._transfer_threads = positive(number_of_transfering_threads, "number_of_transfering_threads")


class CustomStateBackend(StateBackend):
    """A backend by the name of its factory; only an installed Python entry point can be run."""

    _kind = "custom"

    def __init__(self, factory_class_name: str = "") -> None:
        self._factory_class_name = factory_class_name


class MemoryStateBackend(HashMapStateBackend):
    """Flink 1.x: state in memory, checkpoints with the JobManager, 5 MiB for each state unless set."""

    def __init__(
        self,
        checkpoint_path: str | None = None,
        savepoint_path: str | None = None,
        max_state_size: int | None = None,
        using_asynchronous_snapshots: bool | None = None,
    ) -> None:
        from pyflinkpp.datastream.checkpoint_storage import JobManagerCheckpointStorage

        self._storage = JobManagerCheckpointStorage(checkpoint_path, max_state_size)
        self._storage._savepoint_path = savepoint_path

    def _checkpoint_storage(self) -> CheckpointStorage:
        return self._storage

    def get_max_state_size(self) -> int:
        """Bytes that one state may have in a checkpoint."""
        return self._storage.get_max_state_size()

    def is_using_asynchronous_snapshots(self) -> bool:
        """Always True."""
        return True


class FsStateBackend(HashMapStateBackend):
    """Flink 1.x: state in memory, checkpoints in a directory."""

    def __init__(
        self,
        checkpoint_directory_uri: str | None = None,
        default_savepoint_directory_uri: str | None = None,
        file_state_size_threshold: int | None = None,
        write_buffer_size: int | None = None,
        using_asynchronous_snapshots: bool | None = None,
    ) -> None:
        """Raises ``ValueError`` where ``checkpoint_directory_uri`` is missing."""
        from pyflinkpp.datastream.checkpoint_storage import FileSystemCheckpointStorage

        if checkpoint_directory_uri is None:
            raise ValueError("checkpoint_directory_uri is missing")
        self._storage = FileSystemCheckpointStorage(
            checkpoint_directory_uri, file_state_size_threshold, write_buffer_size
        )
        self._storage._savepoint_path = default_savepoint_directory_uri

    def _checkpoint_storage(self) -> CheckpointStorage:
        return self._storage

    def get_checkpoint_path(self) -> str:
        """URI of the directory."""
        return self._storage.get_checkpoint_path()

    def get_min_file_size_threshold(self) -> int:
        """Bytes from which state gets a file of its own."""
        return self._storage.get_min_file_size_threshold()

    def get_write_buffer_size(self) -> int:
        """Bytes gathered before a write."""
        return self._storage.get_write_buffer_size()

    def is_using_asynchronous_snapshots(self) -> bool:
        """Always True."""
        return True


class RocksDBStateBackend(EmbeddedRocksDBStateBackend):
    """Flink 1.x: state in RocksDB, checkpoints in a directory."""

    def __init__(
        self,
        checkpoint_data_uri: str | None = None,
        enable_incremental_checkpointing: bool | None = None,
        checkpoint_stream_backend: StateBackend | None = None,
    ) -> None:
        """Raises ``ValueError`` where neither a URI nor a stream backend is given."""
        from pyflinkpp.datastream.checkpoint_storage import FileSystemCheckpointStorage

        super().__init__(enable_incremental_checkpointing)
        storage = (
            None if checkpoint_stream_backend is None else checkpoint_stream_backend._checkpoint_storage()
        )
        if storage is None:
            if checkpoint_data_uri is None:
                raise ValueError("checkpoint_data_uri is missing")
            storage = FileSystemCheckpointStorage(checkpoint_data_uri)
        self._storage = storage

    def _checkpoint_storage(self) -> CheckpointStorage:
        return self._storage
