"""Settings that a stream shares with a sink: those of the operator that was declared last."""

from __future__ import annotations

from typing import Any, TypeVar

from pyflinkpp._impl.transformation import Transformation
from pyflinkpp.datastream.slot_sharing_group import SlotSharingGroup

S = TypeVar("S", bound="OperatorSettings")


class OperatorSettings:
    """Names, parallelism and placement of one operator. Each setter returns the object itself."""

    _transformation: Transformation

    def name(self: S, name: str) -> S:
        """Names the operator in plans, metrics and errors."""
        self._own("name").name = str(name)
        return self

    def set_description(self: S, description: str) -> S:
        """Describes the operator at more length than its name."""
        self._own("set_description").description = str(description)
        return self

    def uid(self: S, uid: str) -> S:
        """Identifies the operator across versions of the program, so that its state finds it again."""
        self._own("uid").uid = str(uid)
        return self

    def set_uid_hash(self: S, uid_hash: str) -> S:
        """The operator's id itself, in place of what `uid` gives: 32 hexadecimal digits.

        Raises ValueError for anything else.
        """
        if len(uid_hash) != 32 or any(c not in "0123456789abcdefABCDEF" for c in uid_hash):
            raise ValueError(f"a uid hash has 32 hexadecimal digits, got {uid_hash!r}")
        self._own("set_uid_hash").uid_hash = uid_hash.lower()
        return self

    def set_parallelism(self: S, parallelism: int) -> S:
        """How many subtasks run the operator: at least 1, or -1 for as many as without a setting."""
        self._own("set_parallelism").set_parallelism(parallelism)
        return self

    def disable_chaining(self: S) -> S:
        """Never fuses the operator with its neighbours."""
        self._own("disable_chaining").chaining = "NEVER"
        return self

    def slot_sharing_group(self: S, slot_sharing_group: str | SlotSharingGroup) -> S:
        """Places the operator, and by inheritance those after it, into a slot sharing group."""
        group: Any = slot_sharing_group
        name = group.get_name() if isinstance(group, SlotSharingGroup) else str(group)
        self._own("slot_sharing_group").slot_sharing_group = name
        return self

    def _own(self, setting: str) -> Transformation:
        """The transformation that a setting applies to; raises where there is none of its own."""
        return self._transformation
