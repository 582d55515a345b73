"""Jobs that are interrupted from the keyboard or cancelled end at once and leave nothing behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

PRELUDE = """
import asyncio, gc, os, sys, time
from pyflinkpp.common import WatermarkStrategy
from pyflinkpp.datastream import AsyncDataStream, AsyncFunction, StreamExecutionEnvironment
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.functions import SourceFunction

def busy(x):
    while True:
        x += 1

def naps(x):
    while True:
        time.sleep(0.01)

def endless_generator(x):
    while True:
        yield x

class Ticks(SourceFunction):
    def run(self, ctx):
        self.running = True
        while self.running:
            ctx.collect(1)
            time.sleep(0.001)

    def cancel(self):
        self.running = False

class Asks(AsyncFunction):
    def __init__(self, ask):
        self.ask = ask

    async def async_invoke(self, value):
        await self.ask(value)
        return [value]

async def never(value):
    await asyncio.sleep(1000)

async def never_and_stubborn(value):
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass

async def blocking(value):
    await asyncio.to_thread(time.sleep, 0.05)

async def busy_for_ever(value):
    busy(value)

def asks(ask):
    AsyncDataStream.unordered_wait(numbers(), Asks(ask), 0).filter(lambda x: False).print()

env = StreamExecutionEnvironment.get_execution_environment()
env.set_parallelism(2)

def numbers():
    return env.from_source(NumberSequenceSource(0, 2**62), WatermarkStrategy.no_watermarks(), "numbers")

def threads():
    gc.collect()
    return len(os.listdir("/proc/self/task"))

env.from_collection([1]).map(str).print()
env.execute()  # warms up
before = threads()
"""

JOBS = {
    "busy map": "env.from_collection([1]).map(busy).print()",
    "napping map": "env.from_collection([1]).map(naps).print()",
    "native source": "numbers().filter(lambda x: False).print()",
    "keyed": "numbers().key_by(lambda x: x % 10).reduce(lambda a, b: b).filter(lambda x: False).print()",
    "generator": "env.from_collection([1]).flat_map(endless_generator).filter(lambda x: False).print()",
    "coroutine": "asks(never)",
    "stubborn coroutine": "asks(never_and_stubborn)",
    "coroutine with threads": "asks(blocking)",
    "busy coroutine": "asks(busy_for_ever)",
    "source function": "env.add_source(Ticks()).rebalance().filter(lambda x: False).print()",
}

INTERRUPTED = """
print("running", flush=True)
try:
    env.execute()
except KeyboardInterrupt:
    interrupted = True
assert interrupted
time.sleep(0.1)  # threads that have been joined may be listed for a moment
print("interrupted", threads() - before, flush=True)
raise KeyboardInterrupt
"""

CANCELLED = """
client = env.execute_async()
print("running", flush=True)
time.sleep(0.3)
started = time.monotonic()
client.cancel().result()
print("seconds", time.monotonic() - started)
print("status", client.get_job_status().result().name)
del client
time.sleep(0.1)
print("left", threads() - before)
"""


def start(program, tmp_path):
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )


@pytest.mark.parametrize("job", JOBS)
def test_sigint_ends_the_program(job, tmp_path):
    process = start(PRELUDE + JOBS[job] + INTERRUPTED, tmp_path)
    try:
        while "running" not in process.stdout.readline():
            assert process.poll() is None, process.stderr.read()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        sent = time.monotonic()
        out, err = process.communicate(timeout=15)
        seconds = time.monotonic() - sent
    finally:
        process.kill()
    assert err.rstrip().endswith("KeyboardInterrupt"), err
    assert process.returncode in (130, -signal.SIGINT)
    assert out.split() == ["interrupted", "0"]
    assert seconds < 2  # 1 s on a machine that is not busy
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("job", JOBS)
def test_cancel_ends_the_job(job, tmp_path):
    process = start(PRELUDE + JOBS[job] + CANCELLED, tmp_path)
    try:
        out, err = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0, err
    said = dict(line.split(" ", 1) for line in out.splitlines() if " " in line)
    assert said["status"] == "CANCELED"
    assert float(said["seconds"]) < 1.5
    assert said["left"] == "0"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("job", JOBS)
def test_a_program_that_ends_takes_its_job_with_it(job, tmp_path):
    process = start(PRELUDE + JOBS[job] + "\nclient = env.execute_async()\ntime.sleep(0.2)\n", tmp_path)
    try:
        _, err = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0
    assert err.startswith("job 'Flink Streaming Job' is cancelled, because the program ends before it") and (
        err.count("\n") == 1
    )
    assert not list(tmp_path.iterdir())


#: Until Python 3.13 a thread with a trace function is stuck as long as another one is to be interrupted.
TRACED = """
def traced():
    pass

sys.settrace(lambda frame, event, argument: None)
traced()
sys.settrace(None)
print("traced")
"""


@pytest.mark.parametrize("job", [None, *JOBS])
def test_no_interruption_stays_on_its_way(job, tmp_path):
    process = start(PRELUDE + (JOBS[job] + CANCELLED if job else "") + TRACED, tmp_path)
    try:
        out, err = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert out.split()[-1] == "traced"


OTHER_THREADS = """
client = env.execute_async()
naps = 0
until = time.monotonic() + 1
while time.monotonic() < until:
    time.sleep(0.001)  # gives the GIL up and wants it back
    naps += 1
client.cancel().result()
print("naps", naps)
"""


@pytest.mark.parametrize("job", ["native source", "keyed", "generator"])
def test_other_threads_get_their_turn(job, tmp_path):
    process = start(PRELUDE + JOBS[job] + OTHER_THREADS, tmp_path)
    try:
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert int(out.split()[-1]) >= 5  # about 60; starved it is 1


CLOSES_SLOWLY = """
from pyflinkpp.datastream.functions import MapFunction

class Slow(MapFunction):
    def map(self, value):
        self.value = value
        return value

    def close(self):
        print("closing", flush=True)
        try:
            for _ in range(150):
                time.sleep(0.01)
        except BaseException as error:
            print("interrupted", type(error).__name__, flush=True)
            raise
        print("closed", flush=True)

env.set_parallelism(1)
SETTINGS
numbers().map(Slow()).filter(lambda x: False).print()
client = env.execute_async()
time.sleep(0.3)
"""

ENDINGS = {
    "cancelled": ("client.cancel().result()", ["closing", "closed"]),
    "at the end of the program": ("", ["closing", "closed"]),
    "from the keyboard": (
        "import _thread, threading\n"
        "threading.Timer(0.1, _thread.interrupt_main).start()\n"
        "started = time.monotonic()\n"
        "try:\n    client._backend.wait_or_cancel()\n"
        "except KeyboardInterrupt:\n    print('fast' if time.monotonic() - started < 1.4 else 'slow')",
        ["closing", "interrupted FunctionInterrupted", "fast"],
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_close_runs_to_its_end_unless_the_user_is_in_a_hurry(ending, tmp_path):
    """As in Flink, which interrupts what processes records, and not the clean-up after it."""
    program, said = ENDINGS[ending]
    process = start(PRELUDE + CLOSES_SLOWLY.replace("SETTINGS", "") + program, tmp_path)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert out.splitlines()[1:] == said  # after what the warm-up prints


def test_a_close_that_lasts_beyond_the_timeout_is_given_up(tmp_path):
    settings = "env.get_config().set_task_cancellation_timeout(400)"
    program = CLOSES_SLOWLY.replace("SETTINGS", settings) + (
        "client.cancel().result()\nprint('given up', flush=True)\nos._exit(0)"
    )
    out, err = start(PRELUDE + program, tmp_path).communicate(timeout=30)
    assert out.splitlines()[-2:] == ["closing", "given up"], err


def test_a_stubborn_function_is_interrupted_again_after_the_interval(tmp_path):
    program = """
def stubborn(x):
    for left in (2, 1, 0):
        try:
            while True:
                time.sleep(0.01)
        except BaseException as error:
            print("interrupted", flush=True)

env.get_config().set_task_cancellation_interval(100)
env.from_collection([1]).map(stubborn).print()
client = env.execute_async()
time.sleep(0.3)
client.cancel().result()
print(client.get_job_status().result().name)
"""
    out, err = start(PRELUDE + program, tmp_path).communicate(timeout=30)
    assert out.splitlines()[-4:] == ["interrupted"] * 3 + ["CANCELED"], err
