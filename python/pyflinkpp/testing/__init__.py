"""Testing jobs and functions with pytest, without a cluster and without sleeping."""

from pyflinkpp.testing.operator_harness import OperatorHarness

__all__ = ["OperatorHarness"]
