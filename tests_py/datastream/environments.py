"""Environments of tests."""

from __future__ import annotations

from collections.abc import Mapping

from pyflinkpp.common import Configuration
from pyflinkpp.datastream import StreamExecutionEnvironment


def environment(
    parallelism: int,
    *,
    savepoint: str | None = None,
    backend: str = "hashmap",
    batch_size: int = 64,
    options: Mapping[str, str] | None = None,
) -> StreamExecutionEnvironment:
    """One that goes on from the savepoint, if there is one."""
    configuration = Configuration()
    for key, value in {
        "state.backend.type": backend,
        "execution.batch-size": str(batch_size),
        **({} if savepoint is None else {"execution.state-recovery.path": savepoint}),
        **(options or {}),
    }.items():
        configuration.set_string(key, value)
    return StreamExecutionEnvironment.get_execution_environment(configuration).set_parallelism(parallelism)
