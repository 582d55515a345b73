"""Testing jobs and functions with pytest, without a cluster and without sleeping."""

from pyflinkpp.testing.manual_clock import ManualClock
from pyflinkpp.testing.manual_source import ManualSource
from pyflinkpp.testing.operator_harness import OperatorHarness
from pyflinkpp.testing.simulation import Simulated, SimulationError, simulate
from pyflinkpp.testing.source_harness import SourceHarness
from pyflinkpp.testing.subtask_harness import OperatorSnapshot

__all__ = [
    "ManualClock",
    "ManualSource",
    "OperatorHarness",
    "OperatorSnapshot",
    "Simulated",
    "SimulationError",
    "SourceHarness",
    "simulate",
]
