"""Counts the words of text files.

Run it with ``python -m pyflinkpp.examples.datastream.word_count``; ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import heapq
import os
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pyflinkpp.common import Encoder, Types, WatermarkStrategy
from pyflinkpp.common.errors import PyFlinkppError
from pyflinkpp.datastream import RuntimeExecutionMode, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.file_system import (
    BucketAssigner,
    FileSink,
    FileSource,
    OutputFileConfig,
    StreamFormat,
)
from pyflinkpp.examples._progress import ProgressLine

_COUNT = "Count"


class Summary(NamedTuple):
    """What a run has found."""

    words: int
    different: int
    most_frequent: list[tuple[str, int]]


def word_count(paths: Sequence[str], output: str | None, parallelism: int, top: int) -> Summary:
    """Counts the words of the files, and writes the counts into part files if there is an `output`."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.set_parallelism(parallelism)

    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), *paths).build()
    lines = env.from_source(source, WatermarkStrategy.no_watermarks(), "Text Files")
    counts = (
        lines.flat_map(str.split, Types.STRING())
        .map(lambda word: (word, 1), Types.TUPLE([Types.STRING(), Types.LONG()]))
        .key_by(lambda pair: pair[0], Types.STRING())
        .reduce(lambda a, b: (a[0], a[1] + b[1]))
        .name(_COUNT)
    )
    if output is not None:
        counts.sink_to(
            FileSink.for_row_format(output, Encoder.simple_string_encoder())
            .with_bucket_assigner(BucketAssigner.base_path_bucket_assigner())
            .with_output_file_config(OutputFileConfig.builder().with_part_suffix(".txt").build())
            .build()
        )

    words = different = 0
    best: list[tuple[int, str]] = []
    with counts.execute_and_collect("Word Count") as results, ProgressLine(results, _COUNT, "words"):
        for word, count in results:
            words += count
            different += 1
            best.append((-count, word))
            if len(best) > 10_000 + top:
                best = heapq.nsmallest(top, best)
    return Summary(words, different, [(word, -count) for count, word in heapq.nsmallest(top, best)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; the result is its exit code."""
    options = _options(arguments)
    started = time.monotonic()
    try:
        summary = word_count(options.paths, options.output, options.parallelism, options.top)
    except PyFlinkppError as error:
        print(f"word_count: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("word_count: interrupted", file=sys.stderr)
        return 130
    seconds = time.monotonic() - started
    width = max((len(f"{count:,}") for _, count in summary.most_frequent), default=0)
    for word, count in summary.most_frequent:
        print(f"{count:>{width},}  {word}")
    print(
        f"{summary.words:,} words, {summary.different:,} different, in {seconds:.2f} s "
        f"({summary.words / seconds:,.0f} words/s)"
    )
    if options.output is not None:
        print(f"The counts are in {os.path.abspath(options.output)}")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="word_count", description="Counts the words of text files.")
    parser.add_argument(
        "--input", metavar="PATH", help="a file, or a folder with files (default: Python's standard library)"
    )
    parser.add_argument("--output", metavar="FOLDER", help="where the counts of all words are written")
    parser.add_argument("--parallelism", metavar="N", type=_positive, default=1, help="subtasks (default: 1)")
    parser.add_argument("--top", metavar="N", type=_positive, default=10, help="words to print (default: 10)")
    options = parser.parse_args(arguments)
    if options.input is not None and not os.path.exists(options.input):
        parser.error(f"--input: there is no file or folder {options.input}")
    if options.input is not None and not os.access(options.input, os.R_OK):
        parser.error(f"--input: {options.input} cannot be read")
    if options.output is not None and os.path.exists(options.output) and not os.path.isdir(options.output):
        parser.error(f"--output: {options.output} is not a folder")
    options.paths = [options.input] if options.input is not None else list(_standard_library())
    return options


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number


def _standard_library() -> Iterator[str]:
    """The sources of this Python's standard library, without the few that are not UTF-8 on purpose."""
    for folder, folders, names in os.walk(sysconfig.get_path("stdlib")):
        folders[:] = sorted(name for name in folders if name not in ("site-packages", "dist-packages"))
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith(".py") and _is_utf8(path):
                yield path


def _is_utf8(path: str) -> bool:
    try:
        with open(path, encoding="utf-8") as file:
            for _ in file:
                pass
    except (OSError, UnicodeDecodeError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
