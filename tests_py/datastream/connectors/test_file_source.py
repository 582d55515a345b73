"""Which files a source finds, when, and what it tells of those that it can't read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from pathlib import Path

import pytest

from datastream.connectors.reading import environment, read
from pyflinkpp.common import Duration, WatermarkStrategy
from pyflinkpp.common.errors import JobExecutionError, NotBuiltError
from pyflinkpp.datastream.connectors.file_system import (
    BulkFormat,
    FileEnumeratorProvider,
    FileSource,
    FileSourceBuilder,
    FileSplitAssignerProvider,
    StreamFormat,
)

LINES = StreamFormat.text_line_format()
NOW = WatermarkStrategy.no_watermarks()


def lines_of(path: Path, charset: str = "UTF-8") -> FileSourceBuilder:
    return FileSource.for_record_stream_format(StreamFormat.text_line_format(charset), str(path))


@pytest.mark.parametrize("charset", ["UTF-8", "latin-1", "UTF-16"])
def test_folders_are_read_without_hidden_files(charset: str, tmp_path: Path) -> None:
    for name in ("b/2", "a/1", "c", ".hidden", "_logs/x"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(f"{name} ä\r\n\n".encode(charset))
    found = read(StreamFormat.text_line_format(charset), tmp_path)
    assert sorted(found) == ["", "", "", "a/1 ä", "b/2 ä", "c ä"]


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [
        (".gz", gzip.compress),
        (".GZ", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".deflate", zlib.compress),
    ],
)
def test_compressed_files_are_told_by_their_names(suffix: str, compress: object, tmp_path: Path) -> None:
    assert callable(compress)
    (tmp_path / f"in{suffix}").write_bytes(compress(b"x\ny\n" * 500))
    (tmp_path / "plain").write_text("z\n")
    assert sorted(read(LINES, tmp_path)) == ["x"] * 500 + ["y"] * 500 + ["z"]


def test_a_compression_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.zst").write_bytes(b"")
    with pytest.raises(JobExecutionError, match=r"in\.zst: files compressed by Zstandard"):
        read(LINES, tmp_path)


def test_subtasks_share_the_files(tmp_path: Path) -> None:
    for i in range(20):
        (tmp_path / str(i)).write_bytes(f"{i}\n".encode("UTF-16"))
    assert sorted(map(int, read(StreamFormat.text_line_format("UTF-16"), tmp_path, parallelism=3))) == list(
        range(20)
    )


def test_a_missing_path_is_told_where_it_is_declared(tmp_path: Path) -> None:
    for charset in ("UTF-8", "latin-1"):
        with pytest.raises(FileNotFoundError, match=f"there is no file or folder {tmp_path}/none"):
            environment().from_source(lines_of(tmp_path / "none", charset).build(), NOW, "lines")


@pytest.mark.parametrize("charset", ["UTF-8", "latin-1"])
def test_a_file_that_vanishes_before_the_job_starts_is_named(charset: str, tmp_path: Path) -> None:
    file = tmp_path / "in"
    file.write_text("x\n")
    env = environment()
    env.from_source(lines_of(file, charset).build(), NOW, "lines").print()
    file.unlink()
    with pytest.raises(FileNotFoundError, match=f"^there is no file or folder {file}$"):
        env.execute()


def test_a_file_that_comes_before_the_job_starts_is_read(tmp_path: Path) -> None:
    env = environment()
    stream = env.from_source(lines_of(tmp_path).build(), NOW, "lines")
    (tmp_path / "late").write_text("x\n")
    assert stream.execute_and_collect(limit=10) == ["x"]


@pytest.mark.parametrize("charset", ["UTF-8", "latin-1"])
def test_new_files_are_found_while_the_job_runs(charset: str, tmp_path: Path) -> None:
    (tmp_path / "1").write_text("one\n")
    env = environment(2)
    source = lines_of(tmp_path, charset).monitor_continuously(Duration.of_millis(5)).build()
    assert not source.bounded
    with env.from_source(source, NOW, "lines").execute_and_collect() as records:
        assert next(records) == "one"
        (tmp_path / ".2").write_text("two\nthree\n")
        (tmp_path / ".2").rename(tmp_path / "2")
        assert [next(records), next(records)] == ["two", "three"]
        (tmp_path / "3").write_text("four\n")
        assert next(records) == "four"


def test_files_can_be_kept_whole(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("x\n" * 1000)
    source = (
        lines_of(tmp_path)
        .set_file_enumerator(FileEnumeratorProvider.default_non_splittable_file_enumerator())
        .set_split_assigner(FileSplitAssignerProvider.locality_aware_split_assigner())
        .build()
    )
    stream = environment(2).from_source(source, NOW, "lines")
    assert stream.execute_and_collect(limit=2000) == ["x"] * 1000


@pytest.mark.parametrize(("charset", "bad"), [("UTF-8", b"\xff"), ("ascii", b"\xe4"), ("shift_jis", b"\xff")])
def test_bytes_that_are_not_of_the_charset_are_told(charset: str, bad: bytes, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"x\ny" + bad + b"\n")
    with pytest.raises(JobExecutionError, match="in"):
        read(StreamFormat.text_line_format(charset), tmp_path)


def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"there is no file or folder .*/in"):
        environment().from_source(lines_of(tmp_path / "in").build(), NOW, "lines")


def test_a_format_that_is_not_built_says_so_when_it_is_declared(tmp_path: Path) -> None:
    source = FileSource.for_bulk_file_format(BulkFormat(), str(tmp_path)).build()
    with pytest.raises(NotBuiltError, match="BulkFormat is not built"):
        environment().from_source(source, NOW, "rows")
