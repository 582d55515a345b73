"""Sources and sinks. Each outside system has a module of its own."""

from __future__ import annotations

from pyflinkpp.datastream.connectors.base import DeliveryGuarantee, Sink, Source

__all__ = ["DeliveryGuarantee", "Sink", "Source"]
