"""Running a user's program in this process, as `python job.py` would."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from pyflinkpp._impl.plan_only import PlanOnly, plan_only
from pyflinkpp.common._command_line import give
from pyflinkpp.common._config_files import parse_dynamic_properties
from pyflinkpp.common.errors import ConfigurationError, JobCancelledError

DONE, FAILED, USAGE, CANCELLED, INTERRUPTED = 0, 1, 2, 4, 130


@dataclass
class Program:
    """A program and how it is started: a file or a module, its own arguments, properties `key=value`."""

    file: str | None
    module: str | None
    arguments: list[str]
    properties: list[str]


def run(program: Program) -> int:
    """Runs a program to its end and gives the exit code; what ended it early is on standard error."""
    try:
        parse_dynamic_properties(program.properties, strict=True)
        if program.file is not None and not os.path.isfile(program.file):
            return _report(f"there is no program {program.file}", USAGE)
        with _as_main(program):
            if program.file is not None:
                runpy.run_path(program.file, run_name="__main__")
            else:
                runpy.run_module(str(program.module), run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return _code_of(end)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ConfigurationError as error:
        return _report(str(error), USAGE)
    except JobCancelledError as error:
        return _report(str(error), CANCELLED)
    except PlanOnly:
        raise
    except BaseException as error:
        return _report_traceback(error)
    return DONE


def plan_of(program: Program) -> tuple[int, str | None]:
    """The exit code and the JSON plan of the first job that a program would run; None without one."""
    try:
        with plan_only():
            code = run(program)
    except PlanOnly as plan:
        return DONE, plan.json
    if code == DONE:
        return _report("the program executes no job", FAILED), None
    return code, None


@contextlib.contextmanager
def _as_main(program: Program) -> Iterator[None]:
    """Arguments, import path and configuration as the program expects them."""
    arguments, path = sys.argv, list(sys.path)
    sys.argv = [program.file or str(program.module), *program.arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(program.file)) if program.file else os.getcwd())
    give(program.properties)
    try:
        yield
    finally:
        sys.argv, sys.path[:] = arguments, path
        give(None)


def _code_of(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or DONE
    return _report(str(end.code), FAILED)


def _report(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


def _report_traceback(error: BaseException) -> int:
    """Prints the traceback from the program on, without what started it."""
    trace = error.__traceback__
    while trace is not None and _starts_programs(trace):
        trace = trace.tb_next
    traceback.print_exception(error.with_traceback(trace))
    return FAILED


def _starts_programs(trace: TracebackType) -> bool:
    file = trace.tb_frame.f_code.co_filename
    return file == __file__ or "runpy" in file
