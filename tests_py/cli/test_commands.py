"""The command line, as processes of their own."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

COUNTING = """
    import sys
    from pyflinkpp.datastream import StreamExecutionEnvironment

    env = StreamExecutionEnvironment.get_execution_environment()
    print("arguments", sys.argv[1:])
    print("parallelism", env.get_parallelism())
    env.from_collection([1, 2]).map(lambda x: x + 1).print()
    env.execute()
"""


@pytest.fixture
def program(tmp_path):
    def write(text=COUNTING, name="job.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return str(path)

    return write


def python(*arguments, **environ):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, **environ},
    )


def run(*arguments, **environ):
    return python("-m", "pyflinkpp", "run", *arguments, **environ)


def test_options_stand_before_the_program_and_its_arguments_after_it(program):
    ended = run("-p", "3", program(), "--input", "x", "-D", "mine=1")
    assert ended.returncode == 0, ended.stderr
    assert "arguments ['--input', 'x', '-D', 'mine=1']\nparallelism 3\n" in ended.stdout
    assert sorted(line[-1] for line in ended.stdout.splitlines()[2:]) == ["2", "3"]


@pytest.mark.parametrize("form", [["-D", "parallelism.default=2"], ["-Dparallelism.default=2"]])
def test_properties_may_stand_on_either_side(program, form):
    for arguments in ([*form, program(), "a"], [program(), *form, "a"], ["-py", program(), *form, "a"]):
        ended = run(*arguments)
        assert "arguments ['a']\nparallelism 2\n" in ended.stdout, ended.stderr


def test_python_job_py_takes_properties_and_keeps_its_arguments(program):
    ended = python(program(), "-Dparallelism.default=2", "-Dmine=1")
    assert "arguments ['-Dparallelism.default=2', '-Dmine=1']\nparallelism 2\n" in ended.stdout, ended.stderr


def test_precedence(program, tmp_path):
    (tmp_path / "config.yaml").write_text("parallelism:\n  default: 2\n")
    around = {"PYFLINKPP_CONF_DIR": str(tmp_path)}
    assert "parallelism 2\n" in run(program(), **around).stdout
    around["PYFLINKPP_PROPERTIES"] = "parallelism.default: 3"
    assert "parallelism 3\n" in run(program(), **around).stdout
    assert "parallelism 4\n" in run("-p", "4", program(), **around).stdout
    assert "parallelism 5\n" in run("-p", "4", "-Dparallelism.default=5", program(), **around).stdout
    own = program(COUNTING.replace('print("arg', 'env.set_parallelism(6)\n    print("arg'), "own.py")
    assert "parallelism 6\n" in run("-p", "4", own, **around).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-Dparalelism.default=2", "job.py"], "did you mean parallelism.default?"),
        (["-Dparallelism.default=two", "job.py"], "'two' cannot be used: expected a whole number"),
        (["-Dnonsense", "job.py"], "expected key=value"),
        (["-p", "0", "job.py"], "0"),
        (["--paralelism", "2", "job.py"], "--parallelism"),
        ([], "give a program"),
        (["nowhere.py"], "there is no program nowhere.py"),
        (["-d", "job.py"], "ends with it"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(arguments, says):
    ended = run(*arguments)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_failed_program_ends_with_1_and_shows_its_own_lines_only(program):
    ended = run(program("def main():\n    raise ValueError('mine')\n\nmain()\n"))
    assert ended.returncode == 1
    assert "ValueError: mine" in ended.stderr
    assert "runpy" not in ended.stderr and "pyflinkpp" not in ended.stderr


def test_a_program_chooses_its_exit_code(program):
    assert run(program("import sys\nsys.exit(7)\n")).returncode == 7
    ended = run(program("import sys\nsys.exit('no input')\n"))
    assert (ended.returncode, ended.stderr) == (1, "no input\n")


def test_a_checkpoint_that_is_not_there_is_refused(program):
    ended = run("-s", "/tmp/savepoint", program())
    assert ended.returncode == 2 and "execution.state-recovery.path" in ended.stderr


@pytest.mark.parametrize("form", ["-cm", "--claimMode", "-rm", "--restoreMode"])
def test_who_owns_what_the_job_goes_on_from(program, form):
    text = COUNTING.replace('print("arg', 'print(env._configuration.to_dict())\n    print("arg')
    ended = run(form, "claim", program(text))
    assert "'execution.state-recovery.claim-mode': 'CLAIM'" in ended.stdout, ended.stderr
    assert run(form, "legacy", program(text)).returncode == 2


def test_options_of_flink_that_are_not_built_are_no_mistakes(program):
    given = "-Dexecution.checkpointing.create-subdir=false", "-Dexecution.state-recovery.from-local=true"
    ended = run(*given, program())
    assert ended.returncode == 0
    assert "not built yet" in ended.stderr and all(text[2:].split("=")[0] in ended.stderr for text in given)
    assert "unknown option" not in ended.stderr


def test_what_is_not_built_is_refused():
    assert python("-m", "pyflinkpp", "list").returncode == 2


def test_ctrl_c_ends_with_130(program):
    endless = program(
        """
        from pyflinkpp.common import WatermarkStrategy
        from pyflinkpp.datastream import StreamExecutionEnvironment
        from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource

        env = StreamExecutionEnvironment.get_execution_environment().set_parallelism(1)
        source = NumberSequenceSource(0, 2**62)
        env.from_source(source, WatermarkStrategy.no_watermarks(), "numbers").map(lambda x: x)
        print("running", flush=True)
        env.execute()
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pyflinkpp", "run", endless], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "running\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130


def test_info_shows_the_plan_and_runs_nothing(program, tmp_path):
    touch = f"from pathlib import Path\nout = Path({str(tmp_path / 'ran')!r})\n"
    job = textwrap.dedent(COUNTING).replace("lambda x: x + 1", "lambda x: out.touch()")
    ended = python("-m", "pyflinkpp", "info", "-p", "2", program(touch + job))
    assert ended.returncode == 0, ended.stderr
    plan = json.loads("".join(ended.stdout.splitlines(keepends=True)[3:-1]))
    assert [node["type"] for node in plan["nodes"]][1] == "Map"
    assert plan["nodes"][1]["parallelism"] == 2
    assert not (tmp_path / "ran").exists()
    assert python("-m", "pyflinkpp", "info", program("pass")).returncode == 1


def test_a_syntax_error_is_shown_without_what_started_the_program(program):
    ended = run(program("1 +\n"))
    assert ended.returncode == 1
    assert "SyntaxError" in ended.stderr and "1 +" in ended.stderr and "runpy" not in ended.stderr
