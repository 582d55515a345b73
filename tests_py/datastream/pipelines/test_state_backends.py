"""The same job on every state backend, and what their settings do."""

import os
import signal
import subprocess
import sys
import warnings

import pytest

from pyflinkpp.common import Configuration, Time, Types
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError, NotBuiltError
from pyflinkpp.datastream import (
    CustomStateBackend,
    EmbeddedRocksDBStateBackend,
    FsStateBackend,
    HashMapStateBackend,
    KeyedProcessFunction,
    MemoryStateBackend,
    PredefinedOptions,
    RocksDBStateBackend,
    StreamExecutionEnvironment,
)
from pyflinkpp.datastream.state import (
    ListStateDescriptor,
    MapStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)

# More keys than stay decoded by default, and few enough for a test.
EVENTS = [(f"key-{i % 700}", i) for i in range(6_000)]


class Everything(KeyedProcessFunction):
    """Uses each kind of state and a timer for each key."""

    def open(self, runtime_context):
        values = ValueStateDescriptor("sum", Types.LONG())
        values.enable_time_to_live(StateTtlConfig.new_builder(Time.hours(1)).build())
        self.sum = runtime_context.get_state(values)
        self.seen = runtime_context.get_list_state(ListStateDescriptor("seen", Types.LONG()))
        self.by_digit = runtime_context.get_map_state(
            MapStateDescriptor("by digit", Types.LONG(), Types.LIST(Types.STRING()))
        )

    def process_element(self, value, ctx):
        self.sum.update((self.sum.value() or 0) + value[1])
        self.seen.add(value[1])
        digit = value[1] % 10
        self.by_digit.put(digit, [*(self.by_digit.get(digit) or []), str(value[1])])
        ctx.timer_service().register_event_time_timer(1_000 + int(value[0][4:]))

    def on_timer(self, timestamp, ctx):
        digits = {digit: len(texts) for digit, texts in self.by_digit.items()}
        yield f"{timestamp} {ctx.get_current_key()} {self.sum.value()} {list(self.seen.get())} {digits}"


def results(environment):
    stream = environment.from_collection(EVENTS, Types.TUPLE([Types.STRING(), Types.LONG()]))
    keyed = stream.key_by(lambda event: event[0], key_type=Types.STRING())
    with keyed.process(Everything(), Types.STRING()).execute_and_collect() as collected:
        return sorted(collected)


def environment(parallelism=2, **settings):
    configuration = Configuration.from_dict({key.replace("__", "."): v for key, v in settings.items()})
    created = StreamExecutionEnvironment.get_execution_environment(configuration)
    created.set_parallelism(parallelism)
    return created


@pytest.fixture(scope="module")
def on_heap():
    found = results(environment())
    assert len(found) == 700
    return found


@pytest.mark.parametrize("name", ["rocksdb", "RocksDB", "hashmap", "jobmanager", "filesystem"])
def test_the_configured_backend_changes_no_result(name, on_heap):
    assert results(environment(**{"state.backend.type": name})) == on_heap


@pytest.mark.parametrize(
    "backend",
    [
        HashMapStateBackend(),
        MemoryStateBackend(),
        FsStateBackend("file:///unused"),
        EmbeddedRocksDBStateBackend(),
        RocksDBStateBackend("file:///unused"),
    ],
    ids=lambda backend: type(backend).__name__,
)
def test_the_chosen_backend_changes_no_result(backend, on_heap):
    assert results(environment().set_state_backend(backend)) == on_heap


def test_little_memory_is_enough(on_heap):
    little = environment(**{"state.backend": "rocksdb", "state.backend.rocksdb.memory.fixed-per-tm": "1 mb"})
    assert results(little) == on_heap


class Watched(KeyedProcessFunction):
    """Fails or goes on, after it has told which files there are."""

    def __init__(self, folder, fails):
        self.folder = folder
        self.fails = fails

    def open(self, runtime_context):
        self.value = runtime_context.get_state(ValueStateDescriptor("value", Types.LONG()))

    def process_element(self, value, ctx):
        self.value.update(1)
        if self.fails:
            raise RuntimeError("no")
        yield os.listdir(self.folder)


@pytest.mark.parametrize("fails", [False, True])
def test_databases_are_where_they_shall_be_and_go_with_the_job(tmp_path, fails):
    folder = tmp_path / "not" / "there"
    env = environment(parallelism=1)
    backend = EmbeddedRocksDBStateBackend()
    backend.set_db_storage_paths(f"file://{folder}")
    backend.set_predefined_options(PredefinedOptions.SPINNING_DISK_OPTIMIZED_HIGH_MEM)
    env.set_state_backend(backend)
    watched = env.from_collection([1]).key_by(lambda x: x).process(Watched(str(folder), fails))
    if fails:
        with pytest.raises(JobExecutionError):
            list(watched.execute_and_collect())
    else:
        assert len(next(iter(list(watched.execute_and_collect())))) == 1
    assert os.listdir(folder) == []


def test_databases_are_with_the_temporary_files_unless_they_have_a_place(tmp_path):
    env = environment(1, **{"state.backend.type": "rocksdb", "io.tmp.dirs": str(tmp_path)})
    watched = env.from_collection([1]).key_by(lambda x: x).process(Watched(str(tmp_path), False))
    assert len(next(iter(list(watched.execute_and_collect())))) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory.managed", "false"),
        ("memory.fixed-per-slot", "2 mb"),
        ("memory.high-prio-pool-ratio", "0.5"),
        ("memory.partitioned-index-filters", "true"),
        ("thread.num", "1"),
        ("predefined-options", "FLASH_SSD_OPTIMIZED"),
    ],
)
def test_settings_of_rocksdb_change_no_result(name, value, on_heap):
    env = environment(**{"state.backend.type": "rocksdb", f"state.backend.rocksdb.{name}": value})
    assert results(env) == on_heap


def test_a_directory_that_cannot_be_made_fails_the_job_by_name(tmp_path):
    (tmp_path / "file").write_text("not a directory")
    env = environment(
        **{
            "state.backend.type": "rocksdb",
            "state.backend.rocksdb.localdir": f"{tmp_path}/file",
        }
    )
    with pytest.raises(JobExecutionError, match=r"(?s)/file'.*state\.backend\.rocksdb\.localdir"):
        results(env)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("state.backend.type", "forst", "hashmap or rocksdb"),
        ("state.backend.rocksdb.predefined-options", "SSD", "FLASH_SSD_OPTIMIZED"),
        ("state.backend.rocksdb.memory.write-buffer-ratio", "1.5", "between 0 and 1"),
        ("state.backend.rocksdb.memory.fixed-per-slot", "1 kb", "too small"),
        ("state.backend.rocksdb.localdir", "s3://bucket/x", "s3://bucket/x"),
        ("state.backend.rocksdb.thread.num", "0", "at least 1"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name(key, value, named):
    env = environment(**{"state.backend.type": "rocksdb", key: value})
    with pytest.raises(ConfigurationError, match=named):
        results(env)


def test_what_rocksdb_does_not_do_here_is_warned_about(on_heap):
    env = environment(**{"state.backend.rocksdb.compaction.style": "UNIVERSAL"})
    env.set_state_backend(EmbeddedRocksDBStateBackend(True))
    with pytest.warns(UserWarning, match=r"compaction\.style"):
        assert results(env) == on_heap
    rocksdb = EmbeddedRocksDBStateBackend()
    rocksdb.set_number_of_transfer_threads(9)
    with pytest.warns(UserWarning, match=r"as if they were not set: set_number_of_transfer_threads"):
        assert results(environment().set_state_backend(rocksdb)) == on_heap


def test_a_changelog_is_warned_about(on_heap):
    env = environment().enable_changelog_state_backend(True)
    with pytest.warns(UserWarning, match=r"not built yet.*: state\.changelog\.enabled$"):
        assert results(env) == on_heap
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert results(environment().enable_changelog_state_backend(False)) == on_heap


def test_a_backend_of_ones_own_is_refused():
    with pytest.raises(NotBuiltError, match=r"my\.Factory"):
        results(environment().set_state_backend(CustomStateBackend("my.Factory")))


KILLED = """
import os, signal
from pyflinkpp.common import Configuration
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.functions import KeyedProcessFunction
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.common import Types

class Dies(KeyedProcessFunction):
    def open(self, runtime_context):
        self.state = runtime_context.get_state(ValueStateDescriptor("n", Types.LONG()))

    def process_element(self, value, ctx):
        self.state.update(value)
        os.kill(os.getpid(), signal.SIGKILL)

configuration = Configuration.from_dict({"state.backend.type": "rocksdb", "io.tmp.dirs": FOLDER})
env = StreamExecutionEnvironment.get_execution_environment(configuration).set_parallelism(1)
env.from_collection([1]).key_by(lambda x: x).process(Dies()).print()
env.execute()
"""


def test_what_a_killed_process_has_left_goes_with_the_next_job(tmp_path):
    program = KILLED.replace("FOLDER", repr(str(tmp_path)))
    killed = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (left,) = os.listdir(tmp_path)
    env = environment(1, **{"state.backend.type": "rocksdb", "io.tmp.dirs": str(tmp_path)})
    watched = env.from_collection([1]).key_by(lambda x: x).process(Watched(str(tmp_path), False))
    (seen,) = watched.execute_and_collect()
    assert len(seen) == 1 and left not in seen
    assert os.listdir(tmp_path) == []
