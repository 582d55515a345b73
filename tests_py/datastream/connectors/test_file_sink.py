"""What the file sinks leave on the disk."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from pyflinkpp.common import Encoder, Types
from pyflinkpp.common.errors import JobExecutionError, NotBuiltError
from pyflinkpp.common.serialization import BulkWriterFactory
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.file_system import (
    BucketAssigner,
    FileCompactor,
    FileCompactStrategy,
    FileSink,
    OutputFileConfig,
    RollingPolicy,
    StreamingFileSink,
)
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource


def environment(parallelism: int = 1) -> StreamExecutionEnvironment:
    return StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)


def builder(path: Path, charset: str = "UTF-8") -> Any:
    return FileSink.for_row_format(str(path), Encoder.simple_string_encoder(charset)).with_bucket_assigner(
        BucketAssigner.base_path_bucket_assigner()
    )


def files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file())


def lines(path: Path) -> list[str]:
    return sorted(line for file in files(path) for line in file.read_text("utf-8").splitlines())


def numbers(env: StreamExecutionEnvironment, last: int) -> Any:
    from pyflinkpp.common import WatermarkStrategy

    return env.from_source(NumberSequenceSource(1, last), WatermarkStrategy.no_watermarks(), "numbers")


def test_parts_are_named_as_configured_and_hold_every_record(tmp_path: Path) -> None:
    env = environment()
    config = OutputFileConfig.builder().with_part_prefix("words").with_part_suffix(".txt").build()
    stream = env.from_collection(["x", "ß"], Types.STRING())
    stream.sink_to(builder(tmp_path).with_output_file_config(config).build())
    env.execute()
    (part,) = files(tmp_path)
    assert re.fullmatch(r"words-[0-9a-f-]{36}-0\.txt", part.name)
    assert part.read_bytes() == "x\nß\n".encode()


def test_two_subtasks_write_their_own_parts(tmp_path: Path) -> None:
    env = environment(2)
    numbers(env, 10_000).sink_to(builder(tmp_path).build())
    env.execute()
    assert len(files(tmp_path)) == 2
    assert lines(tmp_path) == sorted(map(str, range(1, 10_001)))


def test_parts_roll_when_they_exceed_the_part_size(tmp_path: Path) -> None:
    env = environment()
    policy = RollingPolicy.default_rolling_policy(part_size=99)
    numbers(env, 1000).map(lambda n: f"{n:09d}", Types.STRING()).sink_to(
        builder(tmp_path).with_rolling_policy(policy).build()
    )
    env.execute()
    assert {file.stat().st_size for file in files(tmp_path)} == {100}
    assert len(lines(tmp_path)) == 1000


def test_the_default_bucket_is_the_hour(tmp_path: Path) -> None:
    env = environment()
    sink = FileSink.for_row_format(f"file://{tmp_path}", Encoder.simple_string_encoder()).build()
    env.from_collection([1]).sink_to(sink)
    env.execute()
    (part,) = files(tmp_path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d--\d\d", part.parent.name)


@pytest.mark.parametrize(
    ("charset", "expected"), [("ISO-8859-1", b"\xe4?\n"), ("UTF-16BE", b"\0\xe4 \xac\0\n")]
)
def test_the_charset_of_the_encoder(tmp_path: Path, charset: str, expected: bytes) -> None:
    env = environment()
    env.from_collection(["ä€"], Types.STRING()).sink_to(builder(tmp_path, charset).build())
    env.execute()
    assert [file.read_bytes() for file in files(tmp_path)] == [expected]


def test_typed_records_are_written_in_javas_notation(tmp_path: Path) -> None:
    env = environment()
    kind = Types.TUPLE([Types.STRING(), Types.BOOLEAN(), Types.DOUBLE()])
    env.from_collection([("a", True, 1e7)], kind).sink_to(builder(tmp_path).build())
    env.execute()
    assert lines(tmp_path) == ["(a,true,1.0E7)"]


def test_an_encoder_of_the_users_own(tmp_path: Path) -> None:
    class Hex(Encoder):
        def encode(self, element: Any) -> bytes:
            return b"%x;" % element

    env = environment()
    sink = FileSink.for_row_format(str(tmp_path), Hex()).build()
    env.from_collection([10, 255]).sink_to(sink)
    env.execute()
    assert [file.read_bytes() for file in files(tmp_path)] == [b"a;ff;"]


def test_the_streaming_file_sink_goes_to_add_sink(tmp_path: Path) -> None:
    env = environment()
    sink = StreamingFileSink.for_row_format(str(tmp_path), Encoder.simple_string_encoder()).build()
    env.from_collection(["a", "b"], Types.STRING()).add_sink(sink)
    env.execute()
    assert lines(tmp_path) == ["a", "b"]


def test_cancelling_leaves_no_file(tmp_path: Path) -> None:
    env = environment()
    numbers(env, 10**12).sink_to(builder(tmp_path).build())
    client = env.execute_async()
    until = time.monotonic() + 10
    while not files(tmp_path) and time.monotonic() < until:
        time.sleep(0.01)
    hidden = [file.name for file in files(tmp_path)]
    client.cancel().result()
    assert hidden and all(name.startswith(".part-") and ".inprogress." in name for name in hidden)
    assert files(tmp_path) == []


def test_a_failing_subtask_leaves_no_file_of_the_others(tmp_path: Path) -> None:
    def fail_late(n: int) -> int:
        return n if n < 2000 else n // 0

    env = environment(2)
    numbers(env, 2000).map(fail_late, Types.LONG()).sink_to(builder(tmp_path).build())
    with pytest.raises(JobExecutionError, match="ZeroDivisionError"):
        env.execute()
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    env = environment()
    env.from_collection([1]).sink_to(builder(tmp_path / "file" / "out").build())
    with pytest.raises(JobExecutionError, match=r"cannot write to .*/file/out: Not a directory"):
        env.execute()


def test_what_is_not_built_says_so_when_it_is_declared(tmp_path: Path) -> None:
    stream = environment().from_collection([1])
    bulk = FileSink.for_bulk_format(str(tmp_path), BulkWriterFactory()).build()
    strategy = FileCompactStrategy.builder().set_size_threshold(1).build()
    compacting = builder(tmp_path).enable_compact(strategy, FileCompactor.concat_file_compactor()).build()
    letters = builder(tmp_path).with_bucket_assigner(BucketAssigner.date_time_bucket_assigner("EEE")).build()
    for sink in (bulk, compacting, letters):
        with pytest.raises(NotBuiltError, match="FileSink"):
            stream.sink_to(sink)
