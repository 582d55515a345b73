"""The inputs of the benchmarks, the same for the same arguments: words.txt, bid.csv, bid_ord.csv, keys.csv.

Words are Zipf-like, 4 to 12 a line. Bids are Nexmark's: of every 50 events of 10,000 a second 46 are
bids, whose times lie up to a second behind the front; half of them are for one of the hot auctions and
three of four by a hot bidder. bid_ord.csv holds the same bids in the order of their times. keys.csv:
key,value,time, the keys uniform among a million.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

_BEGIN = 1_700_000_000_000  # ms, a multiple of 10 s
_EVENTS_PER_SECOND = 10_000
_FIRST_ID = 1000
_KEYS = 1_000_000

#: How often the native job of W6 reads keys.csv: long enough that the checkpoint which the end of the job
#: waits for is a small part of it.
NATIVE_TIMES = 24


def generate(folder: Path, words: int, bids: int) -> None:
    stamp = folder / f".{words}-{bids}-2"
    if stamp.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(42)
    _write_words(folder / "words.txt", words, rng)
    lines = list(_bids(bids, rng))
    with open(folder / "bid.csv", "w") as file:
        file.writelines(line for _, line in lines)
    lines.sort(key=lambda line: line[0])
    with open(folder / "bid_ord.csv", "w") as file:
        file.writelines(line for _, line in lines)
    stamp.touch()


def generate_keys(folder: Path, events: int) -> None:
    path = folder / "keys.csv"
    stamp = folder / f".keys-{events}-1"
    if stamp.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    uniform = random.Random(43).random
    with open(path, "w") as file:
        file.writelines(
            f"{int(uniform() * _KEYS)},{int(uniform() * 1000)},{_BEGIN + i}\n" for i in range(events)
        )
    stamp.touch()


def _write_words(path: Path, words: int, rng: random.Random) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = sorted({"".join(rng.choices(letters, k=rng.randint(3, 10))) for _ in range(50_000)})
    rng.shuffle(vocabulary)
    weights = [1 / rank**1.05 for rank in range(1, len(vocabulary) + 1)]
    text = rng.choices(vocabulary, weights, k=words)
    with open(path, "w") as file:
        at = 0
        while at < words:
            length = rng.randint(4, 12)
            file.write(" ".join(text[at : at + length]) + "\n")
            at += length


def _bids(count: int, rng: random.Random) -> Iterator[tuple[int, str]]:
    uniform = rng.random
    event = 0
    while count > 0:
        epoch, place = divmod(event, 50)
        event += 1
        if place < 4:  # a person and three auctions
            continue
        count -= 1
        auctions = epoch * 3 + 2
        if uniform() < 0.5:
            auction = auctions // 100 * 100
        else:
            oldest = max(auctions - 100, 0)
            auction = oldest + int(uniform() * (auctions - oldest + 11))
        if uniform() < 0.75:
            bidder = epoch // 100 * 100 + 1
        else:
            active = min(epoch + 1, 1000)
            bidder = epoch + 1 - active + int(uniform() * (active + 10))
        price = int(10 ** (uniform() * 6) * 100)
        channel = int(uniform() * 10_000)
        time = max(_BEGIN + event * 1000 // _EVENTS_PER_SECOND - int(uniform() * 1000), _BEGIN)
        url = f"https://www.nexmark.com/item.htm?query=1&channel_id={channel}"
        ids = f"{_FIRST_ID + auction},{_FIRST_ID + bidder}"
        yield time, f"{ids},{price},channel-{channel},{url},{time},{'x' * (20 + channel % 40)}\n"
