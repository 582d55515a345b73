"""The verbs of the command line."""

from __future__ import annotations

import sys
from typing import Any

import click

from pyflinkpp.cli.program import Program, plan_of, run
from pyflinkpp.common._command_line import split_properties

_PASS_THROUGH = {"ignore_unknown_options": False, "allow_interspersed_args": False}

_OPTIONS = (
    click.option("-py", "--python", "file", metavar="FILE", help="The program, instead of JOB."),
    click.option("-pym", "--pyModule", "module", metavar="MODULE", help="The program as a module."),
    click.option("-pyfs", "--pyFiles", "files", metavar="FILES", help="To import from, with commas between."),
    click.option("-pyexec", "--pyExecutable", "executable", metavar="PYTHON", help="Python for functions."),
    click.option("-pyreq", "--pyRequirements", "requirements", metavar="FILE", help="Not built yet."),
    click.option("-pyarch", "--pyArchives", "archives", metavar="FILES", help="Not built yet."),
    click.option("-p", "--parallelism", type=click.IntRange(min=1), help="The default parallelism."),
    click.option("-s", "--fromSavepoint", "savepoint", metavar="PATH", help="Where to go on from."),
    click.option(
        "-n",
        "--allowNonRestoredState",
        "allow_non_restored",
        is_flag=True,
        help="Start although the program lacks an operator that has state in it.",
    ),
    click.option(
        "-cm",
        "--claimMode",
        "-rm",
        "--restoreMode",
        "claim_mode",
        type=click.Choice(["NO_CLAIM", "CLAIM"], case_sensitive=False),
        help="CLAIM: its files become the job's own.",
    ),
    click.option("-t", "--target", metavar="TARGET", help="Where to run: only local is built."),
    click.option("-D", "properties", multiple=True, metavar="KEY=VALUE", help="An option."),
    click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[JOB] [ARGUMENTS]..."),
)


def _program_options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pyflinkpp", message="Version: %(version)s")
def main() -> None:
    """Runs pyflinkpp programs."""


@main.command("run", context_settings=_PASS_THROUGH)
@_program_options
@click.option("-d", "--detached", is_flag=True, help="Not built yet: jobs run in this process.")
def run_command(detached: bool, **options: Any) -> None:
    """Runs a program.

    Options stand before JOB; what follows it are the program's own arguments, except -Dkey=value with
    the key of an option. Ends with 0 when the program has ended, 1 when it failed, 2 for wrong usage or
    configuration, 4 when its job was cancelled, 130 after Ctrl-C.
    """
    if detached:
        raise click.UsageError("-d: a job of this process ends with it; run the command in the background")
    sys.exit(run(_program(**options)))


@main.command("info", context_settings=_PASS_THROUGH)
@_program_options
def info_command(**options: Any) -> None:
    """Shows a program's execution plan as JSON, without running its job."""
    code, plan = plan_of(_program(**options))
    if plan is not None:
        click.echo("----------------------- Execution Plan -----------------------")
        click.echo(plan)
        click.echo("--------------------------------------------------------------")
    sys.exit(code)


def _program(
    file: str | None,
    module: str | None,
    files: str | None,
    executable: str | None,
    requirements: str | None,
    archives: str | None,
    parallelism: int | None,
    savepoint: str | None,
    allow_non_restored: bool,
    claim_mode: str | None,
    target: str | None,
    properties: tuple[str, ...],
    arguments: tuple[str, ...],
) -> Program:
    given, own = split_properties(arguments)
    if file and module:
        raise click.UsageError("give either -py or -pym, not both")
    if not file and not module:
        if not own:
            raise click.UsageError("give a program: run [OPTIONS] JOB.py [ARGUMENTS]")
        file, *own = own
    shortcuts = {
        "python.files": files,
        "python.executable": executable,
        "python.requirements": requirements,
        "python.archives": archives,
        "parallelism.default": parallelism,
        "execution.state-recovery.path": savepoint,
        "execution.state-recovery.ignore-unclaimed-state": "true" if allow_non_restored else None,
        "execution.state-recovery.claim-mode": claim_mode,
        "execution.target": target,
    }
    # -D wins, as in Flink.
    all_properties = [f"{key}={value}" for key, value in shortcuts.items() if value is not None]
    return Program(file, module, own, [*all_properties, *properties, *given])


def _not_built(verb: str) -> None:
    @main.command(verb, hidden=True, context_settings={"ignore_unknown_options": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments: tuple[str, ...]) -> None:
        raise click.UsageError(f"{verb} is not built yet: it needs a cluster")


_OF_A_CLUSTER = "run-application list stop cancel savepoint checkpoint cluster history-server"
for _verb in _OF_A_CLUSTER.split():
    _not_built(_verb)
