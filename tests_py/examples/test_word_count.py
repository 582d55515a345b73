"""The word count example as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

TEXTS = {
    "a.txt": "to be or not to be\n\nthat is",
    "b/c.txt": "the question: ändern\tto end\r\n",
    "b/empty": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TEXTS.items():
        path = tmp_path / "texts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "texts"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pyflinkpp.examples.datastream.word_count", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.parametrize("parallelism", [1, 2])
def test_counts_are_those_of_a_counter(folder: Path, tmp_path: Path, parallelism: int) -> None:
    output = tmp_path / "counts"
    done = run("--input", folder, "--output", output, "--parallelism", parallelism, "--top", 2)
    assert (done.returncode, done.stderr) == (0, "")
    expected = Counter(" ".join(TEXTS.values()).split())
    written = [line for part in output.iterdir() for line in part.read_text("utf-8").splitlines()]
    assert sorted(written) == sorted(f"({word},{count})" for word, count in expected.items())
    printed = done.stdout.splitlines()
    assert printed[:2] == ["3  to", "2  be"]
    assert printed[2].startswith(f"{expected.total()} words, {len(expected)} different, in ")
    assert printed[3:] == [f"The counts are in {output}"]


def test_one_file_without_words(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    done = run("--input", empty)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("0 words, 0 different, in ")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--input", "/no/such/place"], "--input: there is no file or folder /no/such/place"),
        (["--parallelism", "0"], "'0' is not a number above 0"),
        (["--input", "/", "--output", "/dev/null"], "--output: /dev/null is not a folder"),
    ],
)
def test_wrong_arguments(arguments: list[str], complaint: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(complaint)


def test_a_failed_job(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("--input", folder, "--output", tmp_path / "file" / "out")
    assert done.returncode == 1
    assert "cannot write to" in done.stderr and "Traceback" not in done.stderr
