"""Memory stays bounded, and finished jobs leave nothing behind."""

import subprocess
import sys

PRELUDE = """
import gc, os, threading, time
from pyflinkpp.common import WatermarkStrategy
from pyflinkpp.datastream import StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource

def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024

env = StreamExecutionEnvironment.get_execution_environment()
"""

SLOW_SINK = (
    PRELUDE
    + """
env.set_parallelism(1).disable_operator_chaining()

def slowly(x):
    time.sleep(0.001)
    return False

numbers = env.from_source(NumberSequenceSource(0, 2**62), WatermarkStrategy.no_watermarks(), "numbers")
numbers.map(lambda x: str(x) * 20).filter(slowly).print()
client = env.execute_async()
time.sleep(1)
early = resident()
time.sleep(4)
late = resident()
client.cancel().result()
print(late - early)
"""
)

SLOW_COLLECT = (
    PRELUDE
    + """
numbers = env.from_source(NumberSequenceSource(0, 2**62), WatermarkStrategy.no_watermarks(), "numbers")
with numbers.map(lambda x: str(x) * 20).execute_and_collect() as records:
    next(records)
    time.sleep(0.5)
    early = resident()
    time.sleep(2)
    print(resident() - early)
"""
)

CYCLES = (
    PRELUDE
    + """
env.set_parallelism(2)

def use():
    gc.collect()
    return (threading.active_count(), len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd")))

def fails(x):
    raise ValueError

def cycle(i):
    keyed = env.from_collection(range(10)).key_by(lambda x: x % 3)
    keyed.reduce(lambda a, b: a + b).filter(lambda x: False).print()
    env.execute()
    with env.from_collection(range(10)).map(str).execute_and_collect() as records:
        next(records)
    env.from_collection([1]).map(fails).print()
    try:
        env.execute()
    except RuntimeError:
        pass

for i in range(3):
    cycle(i)
before = use()
for i in range(20):
    cycle(i)
print(*[b - a for a, b in zip(before, use())])
"""
)


def run(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


def test_fast_source_before_a_slow_sink():
    (grown,) = run(SLOW_SINK)
    assert grown < 60  # MiB


def test_results_that_nobody_fetches():
    (grown,) = run(SLOW_COLLECT)
    assert grown < 60


def test_finished_jobs_leave_no_threads_and_files():
    assert run(CYCLES) == [0, 0, 0]


CYCLIC_GARBAGE = (
    PRELUDE
    + """
def makes_a_cycle(x):
    cycle = [x] * 100
    cycle.append(cycle)
    return False

env.from_collection([1]).map(str).execute_and_collect().close()
early = resident()
pace = gc.get_threshold()
env.from_collection(range(300_000)).filter(makes_a_cycle).print()
env.execute()
assert gc.get_threshold() == pace, gc.get_threshold()
print(resident() - early)
"""
)


def test_garbage_in_cycles_is_collected_while_a_job_runs():
    (growth,) = run(CYCLIC_GARBAGE)
    assert growth < 150  # 300 MB if nothing were collected
