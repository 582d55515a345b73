"""Checkpoint settings live in the configuration; backends and storages are values."""

from __future__ import annotations

import pytest

from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.common.time import Duration
from pyflinkpp.datastream.checkpoint_config import CheckpointConfig
from pyflinkpp.datastream.checkpoint_storage import (
    CustomCheckpointStorage,
    FileSystemCheckpointStorage,
    JobManagerCheckpointStorage,
)
from pyflinkpp.datastream.checkpointing_mode import CheckpointingMode
from pyflinkpp.datastream.externalized_checkpoint_retention import (
    ExternalizedCheckpointCleanup,
    ExternalizedCheckpointRetention,
)
from pyflinkpp.datastream.slot_sharing_group import MemorySize, SlotSharingGroup
from pyflinkpp.datastream.state_backend import (
    EmbeddedRocksDBStateBackend,
    FsStateBackend,
    MemoryStateBackend,
    PredefinedOptions,
    RocksDBStateBackend,
)


def test_defaults():
    config = CheckpointConfig(Configuration())
    assert not config.is_checkpointing_enabled()
    assert config.get_checkpoint_interval() == -1
    assert config.get_checkpoint_timeout() == 600_000
    assert config.get_checkpointing_mode() is CheckpointingMode.EXACTLY_ONCE
    assert config.get_max_concurrent_checkpoints() == 1
    assert config.get_tolerable_checkpoint_failure_number() == 0
    assert config.is_fail_on_checkpointing_errors()
    assert not config.is_externalized_checkpoints_enabled()
    assert config.get_aligned_checkpoint_timeout() == Duration.of_millis(0)
    assert config.get_checkpoint_storage() is None


def test_what_is_set_stands_in_the_configuration():
    conf = Configuration()
    config = CheckpointConfig(conf)
    config.set_checkpoint_interval(3000).set_checkpointing_mode(CheckpointingMode.AT_LEAST_ONCE)
    config.set_min_pause_between_checkpoints(50).set_max_concurrent_checkpoints(3)
    config.enable_unaligned_checkpoints().set_alignment_timeout(Duration.of_seconds(2))
    config.set_tolerable_checkpoint_failure_number(4)
    config.enable_externalized_checkpoints(ExternalizedCheckpointCleanup.RETAIN_ON_CANCELLATION)
    again = CheckpointConfig(conf)
    assert again.get_checkpoint_interval() == 3000
    assert again.get_checkpointing_mode() is CheckpointingMode.AT_LEAST_ONCE
    assert again.get_min_pause_between_checkpoints() == 50
    assert again.get_max_concurrent_checkpoints() == 3
    assert again.is_unaligned_checkpoints_enabled()
    assert again.get_alignment_timeout() == Duration.of_millis(2000)
    assert again.get_tolerable_checkpoint_failure_number() == 4
    retain = ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION
    assert again.get_externalized_checkpoint_cleanup() is retain
    assert conf.get_string("execution.checkpointing.mode", "") == "AT_LEAST_ONCE"


def test_options_written_as_text_are_understood():
    conf = Configuration()
    conf.set_string("execution.checkpointing.interval", "1 min")
    conf.set_string("execution.checkpointing.mode", "at-least-once")
    conf.set_string("execution.checkpointing.dir", "file:///tmp/c")
    config = CheckpointConfig(conf)
    assert config.get_checkpoint_interval() == 60_000
    assert config.get_checkpointing_mode() is CheckpointingMode.AT_LEAST_ONCE
    assert config.get_checkpoint_storage() == FileSystemCheckpointStorage("file:///tmp/c")
    conf.set_string("execution.checkpointing.mode", "twice")
    with pytest.raises(ConfigurationError, match=r"execution\.checkpointing\.mode.*twice"):
        config.get_checkpointing_mode()


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.set_checkpoint_interval(0),
        lambda c: c.set_checkpoint_interval(9),
        lambda c: c.set_checkpoint_timeout(5),
        lambda c: c.set_min_pause_between_checkpoints(-1),
        lambda c: c.set_max_concurrent_checkpoints(0),
        lambda c: c.set_tolerable_checkpoint_failure_number(-1),
        lambda c: c.set_aligned_checkpoint_timeout(Duration.of_millis(-1)),
    ],
)
def test_numbers_out_of_range(change):
    with pytest.raises(ValueError):
        change(CheckpointConfig(Configuration()))


def test_storage_survives_the_configuration():
    config = CheckpointConfig(Configuration())
    for storage in (
        FileSystemCheckpointStorage("s3://b/c", 1024, 8192),
        JobManagerCheckpointStorage(),
        JobManagerCheckpointStorage("file:///tmp/m", 99),
    ):
        config.set_checkpoint_storage(storage)
        assert config.get_checkpoint_storage() == storage
    config.set_checkpoint_storage_dir("file:///tmp/d")
    assert config.get_checkpoint_storage() == FileSystemCheckpointStorage("file:///tmp/d")


def test_a_storage_by_the_name_of_its_factory_is_refused():
    config = CheckpointConfig(Configuration())
    with pytest.raises(NotBuiltError, match=r"'x\.y\.Z' can't be loaded: use FileSystemCheckpointStorage"):
        config.set_checkpoint_storage(CustomCheckpointStorage("x.y.Z"))
    assert config.get_checkpoint_storage() is None


def test_what_a_storage_does_not_say_the_configuration_decides():
    threshold = "execution.checkpointing.data-inline-threshold"
    conf = Configuration().set_string(threshold, "7 b")
    config = CheckpointConfig(conf).set_checkpoint_storage(FileSystemCheckpointStorage("/tmp/x"))
    assert not conf.contains_key("execution.checkpointing.write-buffer-size")
    assert conf.get_string(threshold, "") == "7 b"
    config.set_checkpoint_storage(FileSystemCheckpointStorage("/tmp/x", 1024, 8192))
    assert conf.get_string("execution.checkpointing.write-buffer-size", "") == "8192"
    assert conf.get_string(threshold, "") == "1024 b"
    config.set_checkpoint_storage(FileSystemCheckpointStorage("/tmp/x", -1, -1))
    assert conf.get_string(threshold, "") == "7 b"


def test_storage_limits():
    assert FileSystemCheckpointStorage("/tmp/x").get_checkpoint_path() == "file:///tmp/x"
    assert FileSystemCheckpointStorage("/tmp/x").get_min_file_size_threshold() == 20480
    with pytest.raises(ValueError, match="1048577"):
        FileSystemCheckpointStorage("/tmp/x", 1024 * 1024 + 1)
    with pytest.raises(ValueError):
        JobManagerCheckpointStorage(max_state_size=0)


def test_backends_and_their_1x_names():
    rocksdb = EmbeddedRocksDBStateBackend(True)
    rocksdb.set_predefined_options(PredefinedOptions.FLASH_SSD_OPTIMIZED)
    rocksdb.set_db_storage_paths("/a", "/b")
    rocksdb.set_number_of_transfer_threads(8)
    assert rocksdb.is_incremental_checkpoints_enabled()
    assert rocksdb.get_db_storage_paths() == ["/a", "/b"]
    assert rocksdb.get_number_of_transfer_threads() == 8
    with pytest.raises(NotBuiltError, match="MyFactory"):
        rocksdb.set_options("MyFactory")
    with pytest.raises(ValueError, match="s3://"):
        rocksdb.set_db_storage_paths("s3://b/c")
    assert MemoryStateBackend()._checkpoint_storage() == JobManagerCheckpointStorage()
    assert FsStateBackend("file:///x")._checkpoint_storage() == FileSystemCheckpointStorage("file:///x")
    assert RocksDBStateBackend("file:///x")._kind == "rocksdb"
    with pytest.raises(ValueError, match="missing"):
        FsStateBackend()


def test_slot_sharing_groups():
    group = (
        SlotSharingGroup.builder("g")
        .set_cpu_cores(1.5)
        .set_task_heap_memory_mb(10)
        .set_external_resource("gpu", 1.0)
        .build()
    )
    assert group.get_managed_memory() == MemorySize(bytes_size=0)
    assert group.get_external_resources() == {"gpu": 1.0}
    assert SlotSharingGroup.builder("g").build() == SlotSharingGroup("g") != group
    with pytest.raises(ValueError, match="cpu_cores"):
        SlotSharingGroup.builder("g").set_cpu_cores(0)
    with pytest.raises(ValueError, match="both"):
        SlotSharingGroup.builder("g").set_managed_memory_mb(1).build()
    assert MemorySize.of_mebi_bytes(1) < MemorySize.of_mebi_bytes(2)
