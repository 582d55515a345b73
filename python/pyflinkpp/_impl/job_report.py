"""What the functions of a running job report about themselves: accumulators and metrics."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from typing import Any, TypeVar

from pyflinkpp.common.accumulators import Accumulator
from pyflinkpp.metrics import MetricGroup

A = TypeVar("A", bound=Accumulator[Any, Any])

#: Flink's default of `metrics.scope.operator`.
OPERATOR_SCOPE = "<host>.taskmanager.<tm_id>.<job_name>.<operator_name>.<subtask_index>"


class SubtaskReport:
    """The report of one operator in one subtask, written on its thread and read on any."""

    def __init__(self, operator_name: str, attempt: int, metrics: MetricGroup) -> None:
        self.operator_name = operator_name
        self.attempt = attempt
        self.metrics = metrics
        self.accumulators: dict[str, Accumulator[Any, Any]] = {}

    def add_accumulator(self, name: str, accumulator: Accumulator[Any, Any]) -> None:
        """Registers it. Raises TypeError for anything else, ValueError for a name that is taken."""
        if not isinstance(accumulator, Accumulator):
            raise TypeError(f"add_accumulator takes an Accumulator, not {accumulator!r}")
        if name in self.accumulators:
            raise ValueError(f"the accumulator {name!r} of '{self.operator_name}' exists already")
        self.accumulators[name] = accumulator

    def accumulator(self, name: str, kind: type[A]) -> A:
        """The one of that name, made if there is none. Raises TypeError if it is of another kind."""
        found = self.accumulators.setdefault(name, kind())
        if type(found) is not kind:
            raise TypeError(
                f"the accumulator {name!r} of '{self.operator_name}' is a {type(found).__name__}, "
                f"not a {kind.__name__}"
            )
        return found


class JobReport:
    """The reports of all subtasks of one job; those of the latest attempt count. Any thread."""

    def __init__(self, job_id: str, job_name: str, scope: str, reports_metrics: bool) -> None:
        self._job = {"job_id": job_id, "job_name": job_name, "host": "localhost", "tm_id": "local"}
        self._scope = scope
        self._reports_metrics = reports_metrics
        self._lock = threading.Lock()
        self._subtasks: dict[tuple[str, int], SubtaskReport] = {}
        _reports[job_id] = self

    def subtask(self, where: Mapping[str, Any]) -> SubtaskReport:
        """A fresh report; `where` is what the native operator tells about itself."""
        name, subtask, attempt = where["operator_name"], int(where["subtask"]), int(where["attempt"])
        variables = {f"<{key}>": str(value) for key, value in self._names(where).items()}
        group = MetricGroup(self._scope_of(where), variables)
        report = SubtaskReport(name, attempt, group)
        with self._lock:
            for key in [key for key, other in self._subtasks.items() if other.attempt < attempt]:
                del self._subtasks[key]
            self._subtasks[where["operator_id"], subtask] = report
        return report

    def accumulators(self) -> dict[str, Any]:
        """The results by name, merged over all subtasks.

        Raises TypeError where two operators have accumulators of one name and different kinds.
        """
        merged: dict[str, Accumulator[Any, Any]] = {}
        owners: dict[str, str] = {}
        for report in self._all():
            for name, accumulator in tuple(report.accumulators.items()):
                if name not in merged:
                    merged[name], owners[name] = accumulator.clone(), report.operator_name
                    continue
                if type(merged[name]) is not type(accumulator):
                    raise TypeError(
                        f"the accumulator {name!r} is a {type(merged[name]).__name__} in '{owners[name]}' "
                        f"and a {type(accumulator).__name__} in '{report.operator_name}'"
                    )
                merged[name].merge(accumulator)
        return {name: accumulator.get_local_value() for name, accumulator in sorted(merged.items())}

    def metrics(self) -> dict[str, Any]:
        """Values by identifier: the operator's scope, the groups and the metric, joined by dots."""
        if not self._reports_metrics:
            return {}
        values: dict[str, Any] = {}
        for report in self._all():
            values.update(report.metrics.snapshot())
        return values

    def scope_of(self, operator_name: str, subtask: int) -> str:
        """What identifiers of the operator's metrics begin with."""
        return ".".join(self._scope_of({"operator_name": operator_name, "subtask": subtask}))

    def _all(self) -> list[SubtaskReport]:
        with self._lock:
            return list(self._subtasks.values())

    def _names(self, where: Mapping[str, Any]) -> dict[str, Any]:
        names = {**self._job, "operator_name": where["operator_name"], "subtask_index": where["subtask"]}
        for key in ("task_name", "operator_id"):
            if key in where:
                names[key] = where[key]
        return names

    def _scope_of(self, where: Mapping[str, Any]) -> tuple[str, ...]:
        names = self._names(where)
        parts = []
        for part in self._scope.split("."):
            for name, value in names.items():
                part = part.replace(f"<{name}>", str(value))
            parts.append(part)
        return tuple(parts)


_reports: weakref.WeakValueDictionary[str, JobReport] = weakref.WeakValueDictionary()


def report_of(where: Mapping[str, Any]) -> SubtaskReport:
    """The report of the subtask that `where` describes, within that of its job."""
    job = _reports.get(where["job_id"])
    if job is None:  # a job that nobody looks at any more
        job = JobReport(where["job_id"], where["job_name"], OPERATOR_SCOPE, True)
    return job.subtask(where)
