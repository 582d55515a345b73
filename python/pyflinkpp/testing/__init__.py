"""Testing jobs and functions with pytest, without a cluster and without sleeping."""

from pyflinkpp.testing.manual_clock import ManualClock
from pyflinkpp.testing.manual_source import ManualSource
from pyflinkpp.testing.operator_harness import OperatorHarness

__all__ = ["ManualClock", "ManualSource", "OperatorHarness"]
