"""Jobs under simulated crashes: sound ones give the same results for every seed, others are found."""

import uuid

import pytest

from pyflinkpp.common import Configuration, Types, WatermarkStrategy
from pyflinkpp.common.errors import NotBuiltError
from pyflinkpp.common.time import Time
from pyflinkpp.common.watermark_strategy import TimestampAssigner
from pyflinkpp.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.functions import MapFunction, TwoPhaseCommitSinkFunction
from pyflinkpp.datastream.state import ValueStateDescriptor
from pyflinkpp.datastream.window import TumblingEventTimeWindows
from pyflinkpp.testing import SimulationError, simulate

RECORDS = [(f"k{i % 5}", i) for i in range(60)]


def _env(parallelism=2):
    return StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)


def _keyed(env):
    return env.from_collection(RECORDS, Types.TUPLE([Types.STRING(), Types.LONG()])).key_by(
        lambda record: record[0]
    )


class CountInState(KeyedProcessFunction):
    def open(self, context):
        self.count = context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value, ctx):
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield value[0], count


class CountInAttribute(KeyedProcessFunction):
    def __init__(self):
        self.counts = {}

    def process_element(self, value, ctx):
        self.counts[value[0]] = self.counts.get(value[0], 0) + 1
        yield value[0], self.counts[value[0]]


def test_state_survives_crashes():
    happened = simulate(lambda: _keyed(_env()).process(CountInState()).execute_and_collect(), range(40))
    assert happened.seeds == 40
    assert happened.restores > 10


def test_state_survives_another_parallelism():
    happened = simulate(
        lambda: _keyed(_env()).process(CountInState()).execute_and_collect(), range(40), parallelism=(2, 3, 1)
    )
    assert happened.restores > 10


def test_what_is_kept_in_an_attribute_is_found_to_be_lost():
    with pytest.raises(SimulationError, match=r"seed \d+: lost: .*too much(.|\n)*seeds=\[\d+\]") as raised:
        simulate(lambda: _keyed(_env()).process(CountInAttribute()).execute_and_collect(), range(40))
    with pytest.raises(SimulationError) as again:
        simulate(
            lambda: _keyed(_env()).process(CountInAttribute()).execute_and_collect(), [raised.value.seed]
        )
    assert str(again.value) == str(raised.value)


def test_timers_and_windows_survive_crashes():
    class SecondField(TimestampAssigner):
        def extract_timestamp(self, value, record_timestamp):
            return value[1] * 100

    def windows():
        stamped = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(SecondField())
        records = _env().from_collection(RECORDS, Types.TUPLE([Types.STRING(), Types.LONG()]))
        keyed = records.assign_timestamps_and_watermarks(stamped).key_by(lambda record: record[0])
        window = keyed.window(TumblingEventTimeWindows.of(Time.seconds(1)))
        return window.reduce(lambda a, b: (a[0], a[1] + b[1])).execute_and_collect()

    assert simulate(windows, range(40)).restores > 10


def test_a_check_judges_instead():
    seen = []
    simulate(
        lambda: _keyed(_env()).process(CountInState()).execute_and_collect(),
        [1, 2],
        check=lambda results: seen.append(len(results)),
    )
    assert seen == [60, 60]
    with pytest.raises(SimulationError, match="seed 7: the check"):
        simulate(lambda: 1, [7], check=lambda results: False)


def test_an_error_names_its_seed():
    class Fails(MapFunction):
        def map(self, value):
            raise KeyError("as planned")

    attempts = []

    def job():
        stream = _env().from_collection([1, 2])
        attempts.append(1)
        return (stream.map(Fails()) if len(attempts) > 1 else stream).execute_and_collect()

    with pytest.raises(SimulationError, match=r"seed 5: JobExecutionError(.|\n)*as planned"):
        simulate(job, [5])


def test_jobs_without_checkpoints_are_refused():
    def batch():
        configuration = Configuration()
        configuration.set_string("execution.runtime-mode", "BATCH")
        env = StreamExecutionEnvironment.get_execution_environment(configuration)
        return env.from_collection([1]).execute_and_collect()

    with pytest.raises(NotBuiltError, match="BATCH"):
        simulate(batch, [1])
    with pytest.raises(ValueError, match="returns nothing"):
        simulate(lambda: None, [1])

    def executed():
        env = StreamExecutionEnvironment.get_execution_environment()
        env.from_collection([1]).map(str)
        return env.execute()

    with pytest.raises(ValueError, match=r"what env\.execute\(\) gives.*execute_and_collect"):
        simulate(executed, [1])
    assert simulate(executed, range(5), check=lambda result: None).crashes > 0


class Ledger(TwoPhaseCommitSinkFunction):
    """Commits each transaction into a file of its name."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def begin_transaction(self):
        return uuid.uuid4().hex, []

    def invoke(self, transaction, value, context):
        transaction[1].append(value)

    def pre_commit(self, transaction):
        pass

    def commit(self, transaction):
        (self.folder / transaction[0]).write_text(" ".join(map(str, transaction[1])))

    def abort(self, transaction):
        pass


def test_sinks_commit_by_checkpoints_though_the_program_enables_none(tmp_path):
    def job():
        for file in tmp_path.iterdir():
            file.unlink()
        env = _env()
        env.from_collection(list(range(20)), Types.LONG()).rebalance().add_sink(Ledger(tmp_path))
        env.execute()
        return sorted(int(text) for file in tmp_path.iterdir() for text in file.read_text().split())

    def is_complete(results):
        return results == list(range(20))

    assert simulate(job, range(60), crashes=4, check=is_complete).restores > 5


def test_results_are_compared_by_value():
    def job():
        return _keyed(_env()).process(CountInState()).map(Plain).execute_and_collect()

    assert simulate(job, range(10)).seeds == 10

    class Liar(KeyedProcessFunction):
        """Each of its results looks like any other."""

        def __init__(self):
            self.seen = 0

        def process_element(self, value, ctx):
            self.seen += 1
            yield Alike(self.seen)

    with pytest.raises(SimulationError, match="lost: alike"):
        simulate(lambda: _keyed(_env()).process(Liar()).execute_and_collect(), range(40))


class Plain:
    """Has neither equality nor a text of its own."""

    def __init__(self, record):
        self.record = record


class Alike(Plain):
    def __repr__(self):
        return "alike"


def test_nothing_tried_is_not_passed():
    with pytest.raises(ValueError, match="no seeds"):
        simulate(lambda: _keyed(_env()).process(CountInState()).execute_and_collect(), [])
    with pytest.raises(ValueError, match="no process died under 2 seeds"):
        simulate(lambda: 1, [1, 2])
