"""From configuration to where keyed state is kept."""

from __future__ import annotations

import re
import warnings
from urllib.parse import unquote, urlparse

import pyflinkpp._native as _native
from pyflinkpp.common._options import OPTIONS, option
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.datastream.state_backend import (
    CustomStateBackend,
    EmbeddedRocksDBStateBackend,
    PredefinedOptions,
    StateBackend,
)

#: Of one job in this process, when nothing else is said.
DEFAULT_MEMORY = 512 << 20

_PREFIX = "state.backend.rocksdb."
#: Names of Flink 1.x, and those of the factories, which configurations give as well.
_KINDS = {
    "hashmap": "hashmap",
    "jobmanager": "hashmap",
    "filesystem": "hashmap",
    "org.apache.flink.runtime.state.hashmap.HashMapStateBackendFactory": "hashmap",
    "rocksdb": "rocksdb",
    "org.apache.flink.contrib.streaming.state.EmbeddedRocksDBStateBackendFactory": "rocksdb",
    "org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackendFactory": "rocksdb",
}


def native_state_backend(
    configuration: Configuration, chosen: StateBackend | None, slots: int
) -> _native.StateBackend | None:
    """The backend that ``set_state_backend`` or ``state.backend.type`` asks for; None: in memory.

    ``slots``: how many subtasks of an operator there are at most.

    Raises:
        ConfigurationError: the type or a value is none that there is.
        NotBuiltError: a backend of the user's own.
    """
    if isinstance(chosen, CustomStateBackend):
        raise NotBuiltError(
            f"the state backend factory {chosen._factory_class_name!r} can't be loaded: "
            "use HashMapStateBackend or EmbeddedRocksDBStateBackend"
        )
    name = str(configuration.get(option("state.backend.type")))
    kind = _KINDS.get(name) or _KINDS.get(name.lower())
    if kind is None:
        raise ConfigurationError(f"state.backend.type must be hashmap or rocksdb, got {name!r}")
    if kind == "hashmap":
        return None
    rocksdb = chosen if isinstance(chosen, EmbeddedRocksDBStateBackend) else EmbeddedRocksDBStateBackend()
    _warn_about_what_is_passed_over(configuration, rocksdb)
    predefined = _predefined(configuration, rocksdb)
    memory, shared = _memory(configuration, slots)
    return _native.rocksdb_state_backend(
        directories=_directories(configuration, rocksdb),
        memory_bytes=memory,
        memory_is_shared=shared,
        write_buffer_ratio=_ratio(configuration, "memory.write-buffer-ratio"),
        high_priority_ratio=_ratio(configuration, "memory.high-prio-pool-ratio"),
        partitioned_index_filters=bool(_value(configuration, "memory.partitioned-index-filters")),
        background_threads=_threads(configuration, predefined),
        incremental=_is_incremental(configuration, rocksdb),
        large_files=predefined is PredefinedOptions.SPINNING_DISK_OPTIMIZED_HIGH_MEM,
    )


def _value(configuration: Configuration, name: str) -> object:
    return configuration.get(option(_PREFIX + name))


def _warn_about_what_is_passed_over(
    configuration: Configuration, rocksdb: EmbeddedRocksDBStateBackend
) -> None:
    """Options of RocksDB that Flink knows and this engine doesn't."""
    unknown = sorted(key for key in configuration.key_set() if key.startswith(_PREFIX) and key not in OPTIONS)
    if rocksdb.get_number_of_transfer_threads() != rocksdb._DEFAULT_TRANSFER_THREADS:
        unknown.append("set_number_of_transfer_threads")
    if unknown:
        warnings.warn(
            f"not built yet, so RocksDB runs as if they were not set: {', '.join(unknown)}", stacklevel=6
        )


def _is_incremental(configuration: Configuration, rocksdb: EmbeddedRocksDBStateBackend) -> bool:
    if rocksdb._incremental is not None:
        return rocksdb._incremental
    return bool(configuration.get(option("execution.checkpointing.incremental")))


def _directories(configuration: Configuration, rocksdb: EmbeddedRocksDBStateBackend) -> list[str]:
    paths = rocksdb.get_db_storage_paths()
    if paths is None:
        listed = _value(configuration, "localdir") or configuration.get(option("io.tmp.dirs")) or ""
        # As Flink separates them; the colon of file:// separates nothing.
        paths = [path.strip() for path in re.split(r"[,|]|:(?!//)", str(listed)) if path.strip()]
    return [_local(path) for path in paths]


def _local(path: str) -> str:
    if "://" not in path:
        return path
    url = urlparse(path)
    if url.scheme != "file":
        raise ConfigurationError(f"{_PREFIX}localdir must be a local directory, got {path!r}")
    return unquote(url.path)


def _memory(configuration: Configuration, slots: int) -> tuple[int, bool]:
    """Bytes, and whether all of the job share them."""
    for name, times in (("memory.fixed-per-slot", slots), ("memory.fixed-per-tm", 1)):
        size = _value(configuration, name)
        if size is not None:
            memory = int(getattr(size, "get_bytes", lambda size=size: size)()) * times
            if memory < 1 << 20:
                raise ConfigurationError(f"{_PREFIX}{name} is too small: RocksDB needs 1 mb at least")
            return memory, True
    return DEFAULT_MEMORY, bool(_value(configuration, "memory.managed"))


def _ratio(configuration: Configuration, name: str) -> float:
    ratio = float(str(_value(configuration, name)))
    if not 0 <= ratio <= 1:
        raise ConfigurationError(f"{_PREFIX}{name} must be between 0 and 1, got {ratio}")
    return ratio


def _predefined(configuration: Configuration, rocksdb: EmbeddedRocksDBStateBackend) -> PredefinedOptions:
    if rocksdb._predefined_options is not None:
        return rocksdb._predefined_options
    name = str(_value(configuration, "predefined-options"))
    if name.upper() not in PredefinedOptions.__members__:
        known = ", ".join(PredefinedOptions.__members__)
        raise ConfigurationError(f"{_PREFIX}predefined-options must be one of {known}, got {name!r}")
    return PredefinedOptions[name.upper()]


def _threads(configuration: Configuration, predefined: PredefinedOptions) -> int:
    threads = int(str(_value(configuration, "thread.num")))
    if threads < 1:
        raise ConfigurationError(f"{_PREFIX}thread.num must be at least 1, got {threads}")
    return threads if predefined is PredefinedOptions.DEFAULT else max(threads, 4)
