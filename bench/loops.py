"""The loops that a user would write by hand: `loops.py NAME --data FOLDER`, one JSON line out."""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable


def w1(data: str) -> None:
    split: Callable = lambda line: line.split(" ")  # noqa: E731
    pair: Callable = lambda word: (word, 1)  # noqa: E731
    key: Callable = lambda pair: pair[0]  # noqa: E731
    reduce: Callable = lambda x, y: (x[0], x[1] + y[1])  # noqa: E731
    state: dict = {}
    with open(f"{data}/words.txt") as lines:
        for line in lines:
            for word in split(line[:-1]):
                record = pair(word)
                of_key = key(record)
                so_far = state.get(of_key)
                state[of_key] = record if so_far is None else reduce(so_far, record)


def parse(line: str) -> tuple[int, int, int, int]:
    x = line.split(",", 6)
    return int(x[0]), int(x[1]), int(x[2]), int(x[5])


def w2(data: str) -> None:
    even: Callable = lambda bid: bid[2] & 1 == 0  # noqa: E731
    euro: Callable = lambda bid: f"{bid[0]},{bid[2] * 908 // 1000}"  # noqa: E731
    with open(f"{data}/bid.csv") as lines:
        for line in lines:
            bid = parse(line)
            if even(bid):
                euro(bid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["w1", "w2"])
    parser.add_argument("--data", default="data/1m")
    options = parser.parse_args()
    began = time.perf_counter()
    globals()[options.name](options.data)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))


if __name__ == "__main__":
    main()
