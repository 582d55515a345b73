"""What users are told about mistakes in their functions and programs."""

import inspect
import re
import threading
import traceback
from pathlib import Path

import pytest

from pyflinkpp.common import Row, Types
from pyflinkpp.common.errors import JobExecutionError
from pyflinkpp.datastream import OutputTag
from pyflinkpp.datastream.functions import (
    CoMapFunction,
    MapFunction,
    ProcessFunction,
    SinkFunction,
    SourceFunction,
)

HERE = Path(__file__).name


class Mine(Exception):
    """An exception of the user's."""

    def __init__(self, text, code=7):
        super().__init__(text)
        self.code = code


def fails(*args):
    raise Mine("bang ä😀")


def generates(x):
    yield 1
    yield 2
    raise Mine("bang ä😀")


class InOpen(MapFunction):
    def open(self, runtime_context):
        fails()

    def map(self, value):
        return value


class InClose(MapFunction):
    def map(self, value):
        return value

    def close(self):
        fails()


class InSource(SourceFunction):
    def run(self, ctx):
        ctx.collect(1)
        fails()

    def cancel(self):
        pass


class InSourceOpen(SourceFunction):
    def open(self, runtime_context):
        fails()

    def run(self, ctx):
        pass

    def cancel(self):
        pass


class InSink(SinkFunction):
    def invoke(self, value, context):
        fails()


class InSinkOpen(SinkFunction):
    def open(self, runtime_context):
        fails()

    def invoke(self, value, context):
        pass


class InProcess(ProcessFunction):
    def process_element(self, value, ctx):
        yield OutputTag("x"), value
        fails()


class InSecond(CoMapFunction):
    def map1(self, value):
        return value

    def map2(self, value):
        fails()


def line_before():
    """file:line of the line before the call, as the message has it"""
    frame = inspect.currentframe().f_back
    return f"{HERE}:{frame.f_lineno - 1}"


def run(env):
    with pytest.raises(JobExecutionError) as info:
        env.execute("my job")
    return info.value


#: name of the operator, how it is declared, and whether a record is at fault
CASES = {
    "map": ("Map", lambda s: s.map(fails), True),
    "flat_map": ("Flat Map", lambda s: s.flat_map(fails), True),
    "generator": ("Flat Map", lambda s: s.flat_map(generates), True),
    "filter": ("Filter", lambda s: s.filter(fails), True),
    "process": ("Process", lambda s: s.process(InProcess()), True),
    "co_map": ("Co-Map", lambda s: s.connect(s).map(InSecond()), True),
    "key selector": ("key selector", lambda s: s.key_by(fails).map(str), True),
    "reduce": ("Reduce", lambda s: s.key_by(lambda x: 0).reduce(fails), True),
    "partitioner": (
        "partitioner",
        lambda s: s.partition_custom(fails, lambda x: x).map(str).set_parallelism(2),
        True,
    ),
    "partitioner key": (
        "partitioner",
        lambda s: s.partition_custom(lambda k, n: 0, fails).map(str).set_parallelism(2),
        True,
    ),
    "open": ("Map", lambda s: s.map(InOpen()), False),
    "close": ("Map", lambda s: s.map(InClose()), False),
    "sink": ("InSink", lambda s: s.add_sink(InSink()), True),
    "sink open": ("InSinkOpen", lambda s: s.add_sink(InSinkOpen()), False),
    "source": ("Source: mine", lambda s: s.get_execution_environment().add_source(InSource(), "mine"), False),
    "source open": (
        "Source: mine",
        lambda s: s.get_execution_environment().add_source(InSourceOpen(), "mine"),
        False,
    ),
}


@pytest.mark.parametrize("where", CASES)
@pytest.mark.parametrize("chaining", [True, False])
def test_exception_in_a_function(env, where, chaining, tmp_path):
    name, declare, of_record = CASES[where]
    if not chaining:
        env.disable_operator_chaining()
    stream = env.from_collection([41, 42])
    result = declare(stream)
    if hasattr(result, "map"):
        result.map(str).print()
    error = run(env)
    cause, message = error.__cause__, str(error)
    assert type(cause) is Mine and cause.args == ("bang ä😀",) and cause.code == 7
    assert name in message and "Mine: bang ä😀" in message and "my job" in message
    assert re.search(rf"declared at \S*{HERE}:\d+", message)
    if of_record:
        assert re.search(r"record: .*\b4[12]\b", message)


@pytest.mark.parametrize("where", CASES)
def test_traceback_shows_the_users_code_only(env, where):
    result = CASES[where][1](env.from_collection([41, 42]))
    if hasattr(result, "map"):
        result.map(str).print()
    files = [frame.filename for frame in traceback.extract_tb(run(env).__cause__.__traceback__)]
    assert files and set(files) == {__file__}


def test_message_names_name_subtask_and_line(env):
    mapped = env.from_collection([1]).map(fails).name("divide")
    line = line_before()
    mapped.print()
    message = str(run(env))
    assert "'divide' (1/1)" in message and line in message


def test_line_of_a_method_chain(env):
    env.from_collection(["a"]).filter(bool).map(int).print()
    line = line_before()
    error = run(env)
    assert line in str(error) and isinstance(error.__cause__, ValueError)


def test_long_records_are_shortened(env):
    env.from_collection(["x" * 100_000]).map(fails).print()
    message = str(run(env))
    assert len(message) < 2000 and "100000 characters" in message


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no repr")


def test_records_without_repr(env):
    env.from_collection([Unprintable()]).map(fails).print()
    assert "whose repr fails" in str(run(env))


class Surrogate:
    def __repr__(self):
        return "\ud800"


def test_records_whose_repr_cannot_be_encoded(env):
    env.from_collection([Surrogate()]).map(fails).print()
    error = run(env)
    assert r"record: \ud800" in str(error) and "bang" in str(error.__cause__)


@pytest.mark.parametrize(
    "value",
    [Unprintable(), [Unprintable()], Surrogate(), ["\ud800"], [10**5000]],
    ids=["repr", "element", "surrogate", "text", "digits"],
)
def test_values_that_do_not_fit_and_cannot_be_shown(env, value):
    env.from_collection([value]).map(lambda x: x, Types.BOOLEAN()).print()
    error = run(env)
    assert type(error.__cause__) is TypeError and "expected a value of type BOOLEAN, got " in str(error)


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no str")


def _raise_unspeakable(value):
    raise Unspeakable(value)


def test_exceptions_without_str(env):
    env.from_collection([7]).map(_raise_unspeakable).print()
    error = run(env)
    assert "Unspeakable: <Unspeakable(7,) whose str fails with RuntimeError>" in str(error)
    assert type(error.__cause__).__name__ == "Unspeakable"


@pytest.mark.parametrize("function", [lambda x: 1, lambda x: 1.5, lambda x: object()])
def test_flat_map_that_returns_no_iterable(env, function):
    env.from_collection([1]).flat_map(function).print()
    error = run(env)
    assert isinstance(error.__cause__, TypeError) and "Flat Map" in str(error)


def test_output_of_the_wrong_type(env):
    env.from_collection(["text"]).map(lambda x: x, Types.INT()).print()
    error = run(env)
    assert isinstance(error.__cause__, TypeError)
    assert "'text'" in str(error) and "INT" in str(error) and HERE in str(error)


def test_output_that_overflows(env):
    env.from_collection([2**31]).map(lambda x: x, Types.INT()).print()
    error = run(env)
    assert isinstance(error.__cause__, OverflowError) and str(2**31) in str(error)


def test_aggregation_of_a_field_that_is_not_there(env):
    env.from_collection([(1, 2), (1, 3)]).key_by(lambda x: 0).sum(5).print()
    error = run(env)
    assert isinstance(error.__cause__, IndexError) and "5" in str(error)


@pytest.mark.parametrize("exception", [SystemExit, KeyboardInterrupt, GeneratorExit, StopIteration])
def test_exceptions_of_special_kinds_end_the_job(env, exception):
    def function(value):
        raise exception("special")

    env.from_collection([1]).map(function).print()
    assert type(run(env).__cause__) is exception


def test_exception_with_cause_keeps_it(env):
    def function(value):
        try:
            {}["k"]
        except KeyError as error:
            raise Mine("outer") from error

    env.from_collection([1]).map(function).print()
    assert isinstance(run(env).__cause__.__cause__, KeyError)


def test_errors_surface_from_collected_results(make_env):
    env = make_env(batch_size=1)  # what a batch gave before its failing record is lost
    with env.from_collection([1, 0]).map(lambda x: 1 / x).execute_and_collect() as records:
        assert next(records) == 1.0
        with pytest.raises(JobExecutionError) as info:
            next(records)
    assert isinstance(info.value.__cause__, ZeroDivisionError)


def test_env_works_after_a_failure(env):
    env.from_collection([1]).map(fails).print()
    run(env)
    assert list(env.from_collection([1]).map(str).execute_and_collect()) == ["1"]


def test_functions_that_cannot_be_pickled(env):
    lock = threading.Lock()
    with pytest.raises(TypeError, match="pickle"):
        env.from_collection([1]).map(lambda x: lock)
    with pytest.raises(TypeError, match="pickle"):
        env.from_collection([1]).key_by(lambda x: lock)
    with pytest.raises(TypeError, match="pickle"):
        env.from_collection([lock])
    with pytest.raises(TypeError, match="pickle"):
        env.from_collection([1]).partition_custom(lambda k, n: lock, lambda x: x)


@pytest.mark.parametrize(
    "declare",
    [
        lambda env, s: s.map(5),
        lambda env, s: s.map(None),
        lambda env, s: s.flat_map("text"),
        lambda env, s: s.filter([]),
        lambda env, s: s.map(str, output_type="INT"),
        lambda env, s: s.process(lambda v, c: v),
        lambda env, s: s.key_by("field"),
        lambda env, s: s.key_by(str, key_type=int),
        lambda env, s: s.key_by(str).reduce(1),
        lambda env, s: s.key_by(str).sum(1.5),
        lambda env, s: s.key_by(str).rebalance(),
        lambda env, s: s.key_by(str).set_parallelism(2),
        lambda env, s: s.union(5),
        lambda env, s: s.union(s.map(str, Types.STRING())),
        lambda env, s: s.connect([1]),
        lambda env, s: s.connect(s).map(lambda x: x),
        lambda env, s: s.partition_custom(1, str),
        lambda env, s: s.add_sink(print),
        lambda env, s: s.sink_to(print),
        lambda env, s: s.set_parallelism("2"),
        lambda env, s: s.set_parallelism(True),
        lambda env, s: s.union(s).name("x"),
        lambda env, s: env.from_collection(5),
        lambda env, s: env.from_collection("text"),
        lambda env, s: env.from_collection(["x"], Types.INT()),
        lambda env, s: env.from_source(1, None, "x"),
        lambda env, s: env.add_source([1]),
        lambda env, s: env.set_parallelism("2"),
        lambda env, s: env.set_runtime_mode("BATCH"),
        lambda env, s: env.configure({}),
    ],
)
def test_arguments_of_the_wrong_type(env, declare):
    with pytest.raises(TypeError):
        declare(env, env.from_collection([1]))


@pytest.mark.parametrize(
    "declare",
    [
        lambda env, s: s.set_parallelism(0),
        lambda env, s: s.set_parallelism(2),  # a collection is read in one subtask
        lambda env, s: s.set_max_parallelism(0),
        lambda env, s: s.set_max_parallelism(32769),
        lambda env, s: s.set_uid_hash("xyz"),
        lambda env, s: s.key_by(str).sum(-1),
        lambda env, s: s.execute_and_collect(limit=0),
        lambda env, s: env.set_parallelism(0),
        lambda env, s: env.set_parallelism(-3),
        lambda env, s: env.set_parallelism(32769),
        lambda env, s: s.map(str).set_parallelism(-2),
        lambda env, s: env.set_max_parallelism(-1),
        lambda env, s: env.set_max_parallelism(40000),
        lambda env, s: env.set_buffer_timeout(-2),
        lambda env, s: env.read_text_file("/", "no-such-charset"),
    ],
)
def test_arguments_of_the_wrong_value(env, declare):
    with pytest.raises(ValueError):
        declare(env, env.from_collection([1]))


def test_row_of_the_wrong_size(env):
    with pytest.raises(ValueError, match="2 fields"):
        env.from_collection([Row(1)], Types.ROW([Types.INT(), Types.INT()]))


def test_empty_program(env):
    with pytest.raises(ValueError, match="no operators"):
        env.execute()


def test_duplicate_uids(env):
    env.from_collection([1]).map(str).uid("same").map(str).uid("same").print()
    with pytest.raises(ValueError, match="'same'"):
        env.execute()


def test_parallelism_above_its_maximum(env):
    env.from_collection([1]).map(str).set_max_parallelism(2).set_parallelism(3).print()
    with pytest.raises(ValueError, match="exceeds its maximum parallelism 2"):
        env.execute()


def test_missing_file(env, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        env.read_text_file(str(tmp_path / "nowhere"))


def test_file_that_vanishes_before_the_job_runs(env, tmp_path):
    path = tmp_path / "gone.txt"
    path.write_text("a\n")
    env.read_text_file(str(path)).print()
    path.unlink()
    with pytest.raises((RuntimeError, OSError), match=r"gone\.txt"):
        env.execute()


@pytest.mark.parametrize("charset", ["UTF-8", "UTF-16"])
def test_bad_encoding_names_file_and_byte(env, tmp_path, charset):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"good\nbad \xff\xfe line\n" if charset == "UTF-8" else b"\xff\xfea\x00\x00\xd8a\x00")
    env.read_text_file(str(path), charset).map(str).print()
    message = str(run(env))
    assert re.search(r"bad\.txt( is not UTF-8 at byte 9|, line 1: .* near byte 4 are not UTF-16)", message)


def _fails_at_three(value):
    if value == 3:
        raise ValueError("three")
    return value


def _yields_then_fails(value):
    yield value
    _fails_at_three(value)


@pytest.mark.parametrize(
    ("declare", "before"),
    [
        (lambda ds: ds.map(_fails_at_three), [1, 2]),
        (lambda ds: ds.filter(lambda x: _fails_at_three(x) != 1), [2]),
        (lambda ds: ds.flat_map(_yields_then_fails), [1, 2, 3]),
        (lambda ds: ds.key_by(lambda _: 0).reduce(lambda a, b: a + _fails_at_three(b)), [1, 3]),
        (lambda ds: ds.map(_fails_at_three).disable_chaining(), [1, 2]),
    ],
)
def test_results_of_the_records_before_a_failing_one_are_seen(env, declare, before):
    seen = []
    results = declare(env.from_collection([1, 2, 3, 4])).execute_and_collect()
    with pytest.raises(JobExecutionError, match="three"):
        for value in results:
            seen.append(value)
    assert seen == before


def test_collections_that_cannot_be_shipped(env):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(TypeError, match=r"the collection cannot be shipped .*: it is nested too deep$"):
        env.from_collection([nested])
    with pytest.raises(TypeError, match=r"[^.]; read them in a SourceFunction instead$"):
        env.from_collection([threading.Lock()])
    lock = threading.Lock()
    with pytest.raises(TypeError, match=r"[^.]; create such things in open\(\) instead$"):
        env.from_collection([1]).map(lambda x: lock)
