"""A source that could be 100 times faster than its sink, and the memory that the program takes over time."""

from __future__ import annotations

import argparse
import time

from pyflinkpp.common import WatermarkStrategy
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource

SLEEP = 0.0005


def resident_mb() -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def slowly(_: str) -> bool:
    time.sleep(SLEEP)
    return False


def records(metrics: dict[str, object], operator: str, counter: str) -> int:
    return sum(
        value
        for name, value in metrics.items()
        if name.endswith(f".{counter}") and f".{operator}." in name and isinstance(value, int)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--every", type=int, default=10, help="seconds between two looks")
    arguments = parser.parse_args()

    env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
    env.disable_operator_chaining()
    numbers = env.from_source(NumberSequenceSource(0, 2**62), WatermarkStrategy.no_watermarks(), "numbers")
    numbers.map(lambda number: str(number) * 20).filter(slowly).name("slow").print()
    client = env.execute_async("bounded memory")
    print(f"{'seconds':>8} {'RSS MB':>8} {'read':>12} {'used':>12}")
    for seconds in range(0, arguments.seconds + 1, arguments.every):
        if seconds:
            time.sleep(arguments.every)
        metrics = client.metrics()
        read = records(metrics, "Source: numbers", "numRecordsOut")
        used = records(metrics, "slow", "numRecordsIn")
        print(f"{seconds:>8} {resident_mb():>8.1f} {read:>12,} {used:>12,}", flush=True)
    client.cancel().result()


if __name__ == "__main__":
    main()
