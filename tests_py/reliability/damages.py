"""Damages the newest of a job's checkpoints in many ways, and lets the job go on with what is left.

    python -m reliability.damages FOLDER SEED TIMES

FOLDER has `kept`, with at least two checkpoints of `counting_job`. A line for each damage that went wrong.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import warnings
from pathlib import Path

from reliability.counting_job import counting, expected_counts

VERSION_AT = 4


def crc32c(data: bytes) -> int:
    """Castagnoli's, bit by bit of a table."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _table_entry(n: int) -> int:
    for _ in range(8):
        n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
    return n


TABLE = [_table_entry(n) for n in range(256)]


def checkpoints(folder: Path) -> list[Path]:
    """The newest last."""
    found = folder.glob("*/chk-*/_metadata")
    return [path.parent for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]


def damage(newest: Path, before: Path, chance: random.Random) -> str:
    """Says what has been done."""
    file = chance.choice(sorted(newest.iterdir()))
    content = bytearray(file.read_bytes())
    kind = chance.choice(
        ["flip", "flip", "flip", "cut", "missing", "swapped", "older", "version", "junk", "longer"]
    )
    if kind == "flip":
        at = chance.randrange(len(content) * 8)
        content[at // 8] ^= 1 << at % 8
        kind += f" of bit {at}"
    elif kind == "cut":
        content = content[: chance.randrange(len(content))]
        kind += f" to {len(content)} bytes"
    elif kind == "missing":
        file.unlink()
        return f"{kind}: {file.name}"
    elif kind == "swapped":
        # Each for the other, as a copy that mixed names up.
        other = chance.choice([each for each in sorted(newest.iterdir()) if each != file])
        content, others = bytearray(other.read_bytes()), content
        rewrite(other, others)
        kind += f" with {other.name}"
    elif kind == "older":
        older = before / file.name
        content = bytearray(older.read_bytes() if older.exists() else b"")
    elif kind == "version":
        # Of a release to come, and whole.
        content[VERSION_AT] += 1
        content[-4:] = crc32c(bytes(content[:-4])).to_bytes(4, "little")
    elif kind == "junk":
        content = bytearray(chance.randbytes(chance.randrange(200)))
    else:
        content += chance.randbytes(chance.randrange(1, 9))
    rewrite(file, content)
    return f"{kind}: {file.name}"


def rewrite(file: Path, content: bytes) -> None:
    """With the times it had."""
    stamp = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def main() -> None:
    folder, seed, times = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for number in range(times):
        chance = random.Random(f"{seed}/{number}")
        copy = folder / "damaged"
        shutil.copytree(folder / "kept", copy)
        *_, before, newest = checkpoints(copy)
        what = damage(newest, before, chance)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            counts, restored = counting(copy, chance.choice(["hashmap", "rocksdb"]))
        if counts != expected_counts():
            print(f"damage {number} ({what}): a wrong restore: {counts}")
        same = what.startswith("older") and restored == int(newest.name[4:])
        if restored != int(before.name[4:]) and not same:
            print(f"damage {number} ({what}): went on from checkpoint {restored}")
        gone = what == "missing: _metadata"
        if not gone and not same and not any(str(newest) in str(warning.message) for warning in told):
            print(f"damage {number} ({what}): nobody was told")
        shutil.rmtree(copy)
    print("done")


if __name__ == "__main__":
    main()
