"""Reduce keeps its values in keyed state, above which a cache holds those of recent keys."""

import pytest

from pyflinkpp.common import Configuration, WatermarkStrategy
from pyflinkpp.datastream import RuntimeExecutionMode, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource

KEYS = 70_000  # more than the cache holds


@pytest.mark.parametrize("mode", [RuntimeExecutionMode.STREAMING, RuntimeExecutionMode.BATCH])
def test_values_survive_leaving_the_cache(mode):
    env = StreamExecutionEnvironment.get_execution_environment(Configuration())
    env.set_parallelism(1).set_runtime_mode(mode)
    numbers = env.from_source(
        NumberSequenceSource(0, 3 * KEYS - 1), WatermarkStrategy.no_watermarks(), "numbers"
    )
    keyed = numbers.map(lambda n: (n % KEYS, n)).key_by(lambda r: r[0])
    sums = keyed.reduce(lambda a, b: (a[0], a[1] + b[1]))
    last = dict(sums.execute_and_collect())
    assert last == {key: 3 * key + 3 * KEYS for key in range(KEYS)}
