"""Asynchronous functions: order, capacity, timeouts, retries and failures."""

import asyncio
import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyflinkpp.common import Row, Time, Types
from pyflinkpp.common.errors import ConfigurationError, JobExecutionError
from pyflinkpp.datastream import AsyncDataStream, AsyncFunction, AsyncRetryStrategy
from pyflinkpp.datastream.async_retry_predicates import empty_result_predicate, has_exception_predicate

FOREVER = 3600


class Calls(AsyncFunction):
    """Answers by a coroutine function of the value; `late` is what its timeout returns."""

    def __init__(self, answer, late=None):
        self.answer, self.late = answer, late

    async def async_invoke(self, value):
        return await self.answer(value)

    def timeout(self, value):
        return super().timeout(value) if self.late is None else self.late(value)


def waits(env, values, function, mode="ordered", timeout=0, capacity=100, output_type=None, retry=None):
    stream = env.from_collection(values)
    if retry is not None:
        wait = getattr(AsyncDataStream, f"{mode}_wait_with_retry")
        return wait(stream, function, timeout, retry, capacity, output_type)
    return getattr(AsyncDataStream, f"{mode}_wait")(stream, function, timeout, capacity, output_type)


def results(*arguments, **settings):
    return list(waits(*arguments, **settings).execute_and_collect())


def failure(*arguments, **settings):
    with pytest.raises(JobExecutionError) as info:
        results(*arguments, **settings)
    return info.value


async def itself(value):
    return [value]


@settings(max_examples=40, deadline=None)
@given(
    delays=st.lists(st.integers(0, 8), max_size=30),
    capacity=st.integers(1, 12),
    ordered=st.booleans(),
    batch_size=st.sampled_from([1, 3, 1000]),
    parallelism=st.integers(1, 2),
)
def test_every_record_has_its_result(make_env_once, delays, capacity, ordered, batch_size, parallelism):
    async def answer(value):
        number, delay = value
        if delay:
            await asyncio.sleep(delay / 1000)
        return [number] * (number % 4)

    env = make_env_once(parallelism, batch_size=batch_size)
    values = list(enumerate(delays))
    got = results(env, values, Calls(answer), "ordered" if ordered else "unordered", capacity=capacity)
    expected = [number for number, _ in values for _ in range(number % 4)]
    assert (got if ordered and parallelism == 1 else sorted(got)) == expected


@pytest.fixture(scope="module")
def make_env_once():
    from pyflinkpp.common import Configuration
    from pyflinkpp.datastream import StreamExecutionEnvironment

    def make(parallelism, batch_size):
        configuration = Configuration()
        configuration.set_string("execution.batch-size", str(batch_size))
        env = StreamExecutionEnvironment.get_execution_environment(configuration)
        return env.set_parallelism(parallelism)

    return make


class Overtaking(AsyncFunction):
    """The first call ends only after the second."""

    def open(self, runtime_context):
        self.second_has_come = asyncio.Event()

    async def async_invoke(self, value):
        if value == 1:
            await self.second_has_come.wait()
        if value == 2:
            self.second_has_come.set()
        return [value]


def test_ordered_results_wait_for_those_before(env):
    assert results(env, [1, 2, 3], Overtaking()) == [1, 2, 3]


def test_unordered_results_leave_as_they_come(env):
    assert results(env, [1, 2], Overtaking(), "unordered") == [2, 1]


class Crowd(AsyncFunction):
    """Tells how many calls are in flight; each stays until there are `size`."""

    def __init__(self, size):
        self.size, self.inside = size, 0

    async def async_invoke(self, value):
        self.inside += 1
        most = self.inside
        for _ in range(1000):
            if self.inside >= self.size:
                break
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.005)  # time for one too many
        most = max(most, self.inside)
        self.inside -= 1
        return [most]


@pytest.mark.parametrize("mode", ["ordered", "unordered"])
def test_capacity_is_what_is_in_flight(make_env, mode):
    env = make_env(batch_size=7)
    assert max(results(env, list(range(40)), Crowd(5), mode, capacity=5)) == 5


class Threads(AsyncFunction):
    def open(self, runtime_context):
        self.opened_on = threading.get_ident()

    async def async_invoke(self, value):
        asyncio.get_running_loop()
        return [(self.opened_on, threading.get_ident())]


def test_subtasks_share_one_event_loop_apart_from_the_lane(make_env):
    got = results(make_env(2), list(range(10)), Threads())
    lanes, loops = ({pair[i] for pair in got} for i in (0, 1))
    assert len(lanes) == len(loops) == 1 and lanes != loops


@pytest.mark.parametrize("batch_size", [1, 2, 1000])
def test_a_result_is_any_number_of_records(make_env, batch_size):
    async def answer(value):
        return (i for i in range(value))

    got = results(make_env(batch_size=batch_size), [3, 0, 5], Calls(answer))
    assert got == [0, 1, 2, 0, 1, 2, 3, 4]


def test_results_have_the_declared_type(env):
    async def answer(value):
        return [(value, "a")]

    row = Types.ROW_NAMED(["n", "s"], [Types.INT(), Types.STRING()])
    got = results(env, [1], Calls(answer), output_type=row)
    assert got == [Row(n=1, s="a")] and got[0].n == 1
    error = failure(env, [2**40], Calls(itself), output_type=Types.INT())
    assert isinstance(error.__cause__, OverflowError) and f"record: {2**40}" in str(error)
    records = waits(env, [1, 2**40, 2], Calls(itself), output_type=Types.INT()).execute_and_collect()
    assert next(records) == 1
    with pytest.raises(JobExecutionError):
        next(records)


def test_a_chain_of_asynchronous_functions(env):
    first = waits(env, list(range(50)), Overtaking(), "unordered", capacity=7)
    second = AsyncDataStream.ordered_wait(first.map(lambda x: x + 1), Calls(itself), 0, 3)
    assert sorted(second.execute_and_collect()) == list(range(1, 51))


# -- timeouts


async def sleeps_at_two(value):
    await asyncio.sleep(FOREVER if value == 2 else 0)
    return [value]


@pytest.mark.parametrize("mode", ["ordered", "unordered"])
@pytest.mark.parametrize("capacity", [1, 10])
def test_timeout_gives_the_result_of_a_late_call(env, mode, capacity):
    function = Calls(sleeps_at_two, late=lambda value: [-value])
    got = results(env, [1, 2, 3], function, mode, timeout=Time.milliseconds(50), capacity=capacity)
    assert (got if mode == "ordered" or capacity == 1 else sorted(got, key=abs)) == [1, -2, 3]


def test_timeout_fails_the_job_unless_overridden(env):
    error = failure(env, [2], Calls(sleeps_at_two), timeout=20)
    assert type(error.__cause__) is TimeoutError and "2" in str(error.__cause__)
    assert "async wait operator" in str(error) and "record: 2" in str(error)


class Cancelled(AsyncFunction):
    """The second call asks whether the first was cancelled."""

    cancelled = False

    async def async_invoke(self, value):
        if value == 1:
            try:
                await asyncio.sleep(FOREVER)
            except asyncio.CancelledError:
                self.cancelled = True
                raise
        return [self.cancelled]

    def timeout(self, value):
        return ["late"]


def test_a_call_that_timed_out_is_cancelled(env):
    assert results(env, [1, 2], Cancelled(), timeout=30, capacity=1) == ["late", True]


def test_the_timeout_covers_all_attempts(env):
    class Failing(AsyncFunction):
        attempts = 0

        async def async_invoke(self, value):
            self.attempts += 1
            raise ValueError

        def timeout(self, value):
            return [self.attempts]

    retry = AsyncRetryStrategy.fixed_delay(10**6, 10, None, has_exception_predicate)
    (attempts,) = results(env, [1], Failing(), timeout=100, retry=retry)
    assert 1 < attempts <= 11


# -- retries


class Attempts(AsyncFunction):
    """Fails or gives nothing until the n-th attempt of a value n."""

    def __init__(self, wrong):
        self.wrong, self.attempts = wrong, {}

    async def async_invoke(self, value):
        attempt = self.attempts[value] = self.attempts.get(value, 0) + 1
        if attempt < value:
            return self.wrong()
        return [(value, attempt)]


def raises():
    raise ValueError("not yet")


EXPONENTIAL = AsyncRetryStrategy.exponential_backoff(5, 1, 4, 2.0, empty_result_predicate, None)


@pytest.mark.parametrize("mode", ["ordered", "unordered"])
@pytest.mark.parametrize(
    "wrong, retry",
    [
        (raises, AsyncRetryStrategy.fixed_delay(5, 1, None, has_exception_predicate)),
        (list, AsyncRetryStrategy.fixed_delay(5, 1, empty_result_predicate, None)),
        (list, EXPONENTIAL),
    ],
)
def test_calls_are_retried_until_the_predicates_are_content(env, mode, wrong, retry):
    got = results(env, [1, 3, 6, 2], Attempts(wrong), mode, timeout=60_000, retry=retry)
    assert sorted(got) == [(1, 1), (2, 2), (3, 3), (6, 6)]
    assert mode == "unordered" or [value for value, _ in got] == [1, 3, 6, 2]


def test_retries_end_after_max_attempts(env):
    """One call and two retries."""
    exceptions = AsyncRetryStrategy.fixed_delay(2, 1, None, has_exception_predicate)
    assert results(env, [3], Attempts(raises), timeout=60_000, retry=exceptions) == [(3, 3)]
    error = failure(env, [4], Attempts(raises), timeout=60_000, retry=exceptions)
    assert isinstance(error.__cause__, ValueError) and "record: 4" in str(error)
    empty = AsyncRetryStrategy.fixed_delay(2, 1, empty_result_predicate, None)
    assert results(env, [4], Attempts(list), timeout=60_000, retry=empty) == []


def test_without_a_predicate_nothing_is_retried(env):
    retry = AsyncRetryStrategy.fixed_delay(5, 1)
    assert results(env, [2], Attempts(list), timeout=60_000, retry=retry) == []
    failure(env, [2], Attempts(raises), timeout=60_000, retry=retry)


# -- failures


class Mine(Exception):
    pass


def fails(value):
    raise Mine("bang")


async def fails_asynchronously(value):
    await asyncio.sleep(0)
    fails(value)


async def sleeps(value):
    await asyncio.sleep(FOREVER)


PREDICATE_FAILS = AsyncRetryStrategy.fixed_delay(2, 1, fails, None)


@pytest.mark.parametrize("mode", ["ordered", "unordered"])
@pytest.mark.parametrize(
    "function, settings",
    [
        (Calls(fails_asynchronously), {}),
        (Calls(fails), {}),
        (Calls(sleeps, late=fails), {"timeout": 10}),
        (Calls(itself), {"retry": PREDICATE_FAILS, "timeout": 1000}),
    ],
)
def test_exceptions_end_the_job(env, mode, function, settings):
    error = failure(env, [42, 43], function, mode, **settings)
    assert type(error.__cause__) is Mine and error.__cause__.args == ("bang",)
    message = str(error)
    assert "'async wait operator' (1/1)" in message and re.search("record: 4[23]", message)
    assert re.search(r"declared at \S*test_async.py:\d+", message)


@pytest.mark.parametrize("exception", [SystemExit, KeyboardInterrupt, asyncio.CancelledError, GeneratorExit])
def test_exceptions_of_special_kinds_end_the_job(env, exception):
    async def answer(value):
        raise exception("special")

    assert type(failure(env, [1], Calls(answer)).__cause__) is exception


@pytest.mark.parametrize("result", [None, 5])
@pytest.mark.parametrize("late", [False, True])
def test_a_result_that_is_not_iterable_ends_the_job(env, result, late):
    async def answer(value):
        return result

    function = Calls(sleeps, late=lambda value: result) if late else Calls(answer)
    error = failure(env, [1], function, timeout=20)
    assert isinstance(error.__cause__, TypeError) and f"got {result}" in str(error) and "Calls" in str(error)


def test_an_exit_in_a_task_of_the_users_ends_the_job(env):
    async def exits():
        raise SystemExit("mine")

    async def answer(value):
        asyncio.get_running_loop().create_task(exits())
        await asyncio.sleep(FOREVER)

    assert type(failure(env, [1], Calls(answer)).__cause__) is SystemExit


def test_a_job_that_fails_elsewhere_does_not_wait_for_calls(env):
    def divide(value):
        return 1 / value

    stream = env.from_collection([1, 0])
    AsyncDataStream.ordered_wait(stream.map(divide).set_parallelism(1), Calls(sleeps), 0, 1).print()
    with pytest.raises(JobExecutionError) as info:
        env.execute()
    assert isinstance(info.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("mode", ["ordered", "unordered"])
@pytest.mark.parametrize("batch_size", [1, 100])
def test_results_before_a_failure_are_passed_on(make_env, mode, batch_size):
    async def answer(value):
        if value == 3:
            await asyncio.sleep(0.05)
            raise Mine
        return [value]

    records = waits(make_env(batch_size=batch_size), [1, 2, 3], Calls(answer), mode).execute_and_collect()
    assert sorted([next(records), next(records)]) == [1, 2]
    with pytest.raises(JobExecutionError):
        next(records)
    records.close()


class Logged(AsyncFunction):
    def __init__(self, path):
        self.path = path

    def log(self, what):
        with open(self.path, "a") as file:
            file.write(f"{what}\n")

    def open(self, runtime_context):
        self.log(f"open {runtime_context.get_index_of_this_subtask()}")

    async def async_invoke(self, value):
        if value == 0:
            raise Mine
        try:
            await asyncio.sleep(0 if value > 0 else FOREVER)
        finally:
            self.log(f"ended {value}")
        return [value]

    def close(self):
        self.log("close")


def test_functions_close_after_their_calls(env, tmp_path):
    assert results(env, [1, 2], Logged(tmp_path / "good")) == [1, 2]
    assert (tmp_path / "good").read_text().splitlines() == ["open 0", "ended 1", "ended 2", "close"]
    failure(env, [-1, 0], Logged(tmp_path / "bad"))
    assert (tmp_path / "bad").read_text().splitlines() == ["open 0", "ended -1", "close"]


# -- declarations


class NotAsync(AsyncFunction):
    def async_invoke(self, value):
        return [value]


class NoPredicate(AsyncRetryStrategy):
    def can_retry(self, current_attempts):
        return False

    def get_backoff_time_millis(self, current_attempts):
        return 0

    def get_retry_predicate(self):
        return None


RETRY = AsyncRetryStrategy.fixed_delay(1, 1, None, has_exception_predicate)


@pytest.mark.parametrize(
    "function, settings, error",
    [
        (NotAsync(), {}, ConfigurationError),
        (Calls(itself), {"retry": RETRY, "timeout": 0}, ConfigurationError),
        (Calls(itself), {"retry": NoPredicate(), "timeout": 1}, ConfigurationError),
        (Calls(itself), {"retry": "often", "timeout": 1}, ConfigurationError),
        (Calls(itself), {"timeout": -1}, ValueError),
        (Calls(itself), {"timeout": "1 s"}, TypeError),
        (Calls(itself), {"capacity": 0}, ValueError),
        (Calls(itself), {"output_type": "INT"}, TypeError),
        (itself, {}, TypeError),
        (Calls(threading.Lock()), {}, TypeError),
    ],
)
def test_misuse_is_refused_where_it_is_declared(env, function, settings, error):
    with pytest.raises(error):
        waits(env, [1], function, **settings)


def test_what_is_no_stream_is_refused():
    with pytest.raises(TypeError, match="DataStream"):
        AsyncDataStream.ordered_wait([1], Calls(itself), 0)


def test_a_retry_strategy_of_ones_own(env):
    class Twice(NoPredicate):
        def can_retry(self, current_attempts):
            return current_attempts < 2

        def get_retry_predicate(self):
            return RETRY.get_retry_predicate()

    assert results(env, [2], Attempts(raises), timeout=60_000, retry=Twice()) == [(2, 2)]
    failure(env, [3], Attempts(raises), timeout=60_000, retry=Twice())
