"""`JobExecutionResult`, what is known of a job after its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyflinkpp.common.job_id import JobID

__all__ = ["JobExecutionResult"]


class JobExecutionResult:
    """Id, run time and accumulators of a job that finished.

    >>> from pyflinkpp.common import JobID
    >>> result = JobExecutionResult(JobID('0' * 32), 1500, {'lines': 3})
    >>> result.get_net_runtime(), result.get_accumulator_result('lines')
    (1500, 3)
    """

    def __init__(
        self, job_id: JobID, net_runtime: int, accumulators: Mapping[str, Any] | None = None
    ) -> None:
        """`net_runtime` is in milliseconds."""
        self._job_id = job_id
        self._net_runtime = net_runtime
        self._accumulators = dict(accumulators or {})

    def get_job_id(self) -> JobID:
        """The id of the job."""
        return self._job_id

    def get_net_runtime(self) -> int:
        """Milliseconds from start to end of the job, without the time it waited to start."""
        return self._net_runtime

    def get_accumulator_result(self, accumulator_name: str) -> Any:
        """The final value of the accumulator, None if there is none of that name."""
        return self._accumulators.get(accumulator_name)

    def get_all_accumulator_results(self) -> dict[str, Any]:
        """The final values of all accumulators by name."""
        return dict(self._accumulators)

    def __str__(self) -> str:
        lines = [f"Job {self._job_id} finished after {self._net_runtime} ms"]
        lines += [f"- {name}: {value}" for name, value in self._accumulators.items()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"JobExecutionResult({self._job_id!r}, {self._net_runtime}, {self._accumulators!r})"
