"""The name under which some programs look for `pyflinkpp.datastream.checkpointing_mode`."""

from pyflinkpp.datastream.checkpointing_mode import CheckpointingMode

__all__ = ["CheckpointingMode"]
