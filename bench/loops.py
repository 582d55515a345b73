"""The loops that a user would write by hand: `loops.py NAME --data FOLDER`, one JSON line out."""

from __future__ import annotations

import argparse
import heapq
import json
import time
from collections.abc import Callable

WINDOW, BOUND, GAP = 10_000, 1_000, 1_000  # ms


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


def w3(data: str) -> int:
    add: Callable = lambda bid, acc: (acc[0] + 1, acc[1] if acc[1] > bid[2] else bid[2])  # noqa: E731
    windows: dict[int, dict] = {}
    watermark = results = 0

    def fire(end: int) -> int:
        return len([f"{key},{end},{count},{most}" for key, (count, most) in windows.pop(end).items()])

    with open(f"{data}/bid.csv") as lines:
        for line in lines:
            bid = parse(line)
            window = windows.setdefault(bid[3] // WINDOW * WINDOW + WINDOW, {})
            window[bid[0]] = add(bid, window.get(bid[0], (0, 0)))
            if bid[3] - BOUND - 1 > watermark:
                watermark = bid[3] - BOUND - 1
                while windows and min(windows) - 1 <= watermark:
                    results += fire(min(windows))
    return results + sum(fire(end) for end in sorted(windows))


def w4(data: str) -> int:
    sessions: dict = {}
    timers: list[tuple[int, int]] = []
    results = watermark = 0

    def fire(until: float) -> int:
        ended = 0
        while timers and timers[0][0] <= until:
            at, key = heapq.heappop(timers)
            session = sessions.get(key)
            if session is not None and at == session[1] + GAP:
                ended += len([f"{key},{session[0]},{session[1]},{session[2]}"])
                del sessions[key]
        return ended

    with open(f"{data}/bid_ord.csv") as lines:
        for line in lines:
            bid = parse(line)
            key, at = bid[1], bid[3]
            session = sessions.get(key)
            if session is not None and at - session[1] > GAP:
                results += len([f"{key},{session[0]},{session[1]},{session[2]}"])
                session = None
            sessions[key] = (at, at, 1) if session is None else (session[0], at, session[2] + 1)
            heapq.heappush(timers, (at + GAP, key))
            if at - BOUND - 1 > watermark:
                watermark = at - BOUND - 1
                results += fire(watermark)
    return results + fire(float("inf"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["w1", "w2", "w3", "w4"])
    parser.add_argument("--data", default="data/1m")
    options = parser.parse_args()
    began = time.perf_counter()
    results = globals()[options.name](options.data)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "results": results or 0}))


if __name__ == "__main__":
    main()
