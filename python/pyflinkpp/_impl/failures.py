"""What ended a job, told to the user."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, NoReturn

from pyflinkpp._impl.declared import is_own_code
from pyflinkpp._impl.shown import said
from pyflinkpp.common.errors import JobExecutionError


def raise_failure(job_name: str, failure: Mapping[str, Any], restarts: int = 0) -> NoReturn:
    """Raises JobExecutionError for the native description of a failure, caused by the user's exception."""
    text = describe_failure(job_name, failure)
    if restarts > 0:
        text += f"\n  after {restarts} restart{'s' if restarts > 1 else ''}"
    if "exception" not in failure:
        raise JobExecutionError(text)
    error: BaseException = failure["exception"]
    raise JobExecutionError(text) from error.with_traceback(_users_part(error.__traceback__))


def describe_failure(job_name: str, failure: Mapping[str, Any]) -> str:
    """What failed, where, and with which record."""
    if "message" in failure:
        return f"job '{job_name}' failed: {failure['message']}"
    error: BaseException = failure["exception"]
    lines = [f"{type(error).__name__}: {said(error)}"]
    name = failure.get("operator_name")
    if name:
        subtask = f"{failure['subtask'] + 1}/{failure['parallelism']}"
        lines[0] = f"'{name}' ({subtask}) of job '{job_name}' failed: {lines[0]}"
        if failure["declared_at"]:
            lines.append(f"  declared at {failure['declared_at']}")
        if failure["record"]:
            lines.append(f"  record: {failure['record']}")
    return "\n".join(lines)


def _users_part(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without this package's frames, or all of it where there are no others."""
    kept = []
    link = trace
    while link is not None:
        if not is_own_code(link.tb_frame):
            kept.append(link)
        link = link.tb_next
    users: TracebackType | None = None
    for link in reversed(kept):
        users = TracebackType(users, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return users or trace
