"""Which operators share a slot, and what a slot needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pyflinkpp.datastream._checks import no_java, not_negative, text

__all__ = ["MemorySize", "SlotSharingGroup"]


class MemorySize:
    """A number of bytes, not negative (Flink's ``MemorySize``).

    >>> MemorySize.of_mebi_bytes(3).get_kibi_bytes()
    3072
    """

    def __init__(self, j_memory_size: Any = None, bytes_size: int | None = None) -> None:
        """Use ``bytes_size`` or ``of_mebi_bytes``; raises ``ValueError`` below 0."""
        if j_memory_size is not None and bytes_size is None and isinstance(j_memory_size, int):
            bytes_size = j_memory_size
        elif j_memory_size is not None:
            no_java("MemorySize")
        if bytes_size is None:
            raise TypeError("MemorySize needs bytes_size")
        self._bytes = not_negative(bytes_size, "bytes_size")

    @staticmethod
    def of_mebi_bytes(mebi_bytes: int) -> MemorySize:
        """``mebi_bytes`` times 1024 * 1024 bytes."""
        return MemorySize(bytes_size=not_negative(mebi_bytes, "mebi_bytes") << 20)

    def get_bytes(self) -> int:
        """Bytes."""
        return self._bytes

    def get_kibi_bytes(self) -> int:
        """Whole KiB."""
        return self._bytes >> 10

    def get_mebi_bytes(self) -> int:
        """Whole MiB."""
        return self._bytes >> 20

    def get_gibi_bytes(self) -> int:
        """Whole GiB."""
        return self._bytes >> 30

    def get_tebi_bytes(self) -> int:
        """Whole TiB."""
        return self._bytes >> 40

    def get_java_memory_size(self) -> Any:
        """Raises ``NotBuiltError``: there is no JVM."""
        no_java("MemorySize")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MemorySize) and self._bytes == other._bytes

    def __lt__(self, other: MemorySize) -> bool:
        return self._bytes < other._bytes

    def __le__(self, other: MemorySize) -> bool:
        return self._bytes <= other._bytes

    def __gt__(self, other: MemorySize) -> bool:
        return self._bytes > other._bytes

    def __ge__(self, other: MemorySize) -> bool:
        return self._bytes >= other._bytes

    def __hash__(self) -> int:
        return hash(self._bytes)

    def __str__(self) -> str:
        return f"{self._bytes} bytes"

    def __repr__(self) -> str:
        return f"MemorySize(bytes_size={self._bytes})"


class SlotSharingGroup:
    """A named group whose operators share slots, with the resources of one (Flink's ``SlotSharingGroup``).

    >>> SlotSharingGroup.builder("heavy").set_cpu_cores(2.0).set_task_heap_memory_mb(64).build().get_name()
    'heavy'
    """

    def __init__(
        self,
        name: str,
        cpu_cores: float | None = None,
        task_heap_memory: MemorySize | None = None,
        task_off_heap_memory: MemorySize | None = None,
        managed_memory: MemorySize | None = None,
        external_resources: dict[str, float] | None = None,
    ) -> None:
        self._name = text(name, "slot sharing group name")
        self._cpu_cores = cpu_cores
        self._task_heap_memory = task_heap_memory
        self._task_off_heap_memory = task_off_heap_memory
        self._managed_memory = managed_memory
        self._external_resources = dict(external_resources or {})

    @staticmethod
    def builder(name: str) -> SlotSharingGroup.Builder:
        """A builder for a group of this name."""
        return SlotSharingGroup.Builder(name)

    def get_name(self) -> str:
        """The group's name."""
        return self._name

    def get_managed_memory(self) -> MemorySize | None:
        """Managed memory of a slot, ``None`` where no resources were given."""
        return self._managed_memory

    def get_task_heap_memory(self) -> MemorySize | None:
        """Heap memory of a slot."""
        return self._task_heap_memory

    def get_task_off_heap_memory(self) -> MemorySize | None:
        """Memory of a slot outside the heap."""
        return self._task_off_heap_memory

    def get_cpu_cores(self) -> float | None:
        """CPU cores of a slot."""
        return self._cpu_cores

    def get_external_resources(self) -> dict[str, float]:
        """Other resources by name, such as ``{"gpu": 1.0}``."""
        return dict(self._external_resources)

    def get_java_slot_sharing_group(self) -> Any:
        """Raises ``NotBuiltError``: there is no JVM."""
        no_java("SlotSharingGroup")

    def _key(self) -> tuple[Any, ...]:
        return (
            self._name,
            self._cpu_cores,
            self._task_heap_memory,
            self._task_off_heap_memory,
            self._managed_memory,
            tuple(sorted(self._external_resources.items())),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotSharingGroup) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"SlotSharingGroup{self._key()!r}"

    class Builder:
        """Collects the resources; each setter returns the builder."""

        def __init__(self, name: str) -> None:
            self._group = SlotSharingGroup(name)

        def set_cpu_cores(self, cpu_cores: float) -> SlotSharingGroup.Builder:
            """Raises ``ValueError`` where it is not above zero."""
            if not Decimal(str(cpu_cores)) > 0:
                raise ValueError(f"cpu_cores must be greater than 0, got {cpu_cores}")
            self._group._cpu_cores = float(cpu_cores)
            return self

        def set_task_heap_memory(self, task_heap_memory: MemorySize) -> SlotSharingGroup.Builder:
            """Heap memory; must be above zero."""
            self._group._task_heap_memory = task_heap_memory
            return self

        def set_task_heap_memory_mb(self, task_heap_memory_mb: int) -> SlotSharingGroup.Builder:
            """Heap memory in MiB."""
            return self.set_task_heap_memory(MemorySize.of_mebi_bytes(task_heap_memory_mb))

        def set_task_off_heap_memory(self, task_off_heap_memory: MemorySize) -> SlotSharingGroup.Builder:
            """Memory outside the heap."""
            self._group._task_off_heap_memory = task_off_heap_memory
            return self

        def set_task_off_heap_memory_mb(self, task_off_heap_memory_mb: int) -> SlotSharingGroup.Builder:
            """Memory outside the heap in MiB."""
            return self.set_task_off_heap_memory(MemorySize.of_mebi_bytes(task_off_heap_memory_mb))

        def set_managed_memory(self, managed_memory: MemorySize) -> SlotSharingGroup.Builder:
            """Managed memory."""
            self._group._managed_memory = managed_memory
            return self

        def set_managed_memory_mb(self, managed_memory_mb: int) -> SlotSharingGroup.Builder:
            """Managed memory in MiB."""
            return self.set_managed_memory(MemorySize.of_mebi_bytes(managed_memory_mb))

        def set_external_resource(self, name: str, value: float) -> SlotSharingGroup.Builder:
            """Another resource; raises ``ValueError`` where it is not above zero."""
            if not value > 0:
                raise ValueError(f"external resource {name!r} must be greater than 0, got {value}")
            self._group._external_resources[text(name, "resource name")] = float(value)
            return self

        def build(self) -> SlotSharingGroup:
            """The group.

            Raises:
                ValueError: only one of CPU cores and heap memory is given, or memory without them.
            """
            g = self._group
            if g._cpu_cores is not None and g._task_heap_memory is not None:
                if g._task_heap_memory.get_bytes() == 0:
                    raise ValueError("task_heap_memory must be greater than 0")
                zero = MemorySize(bytes_size=0)
                return SlotSharingGroup(
                    g._name,
                    g._cpu_cores,
                    g._task_heap_memory,
                    g._task_off_heap_memory or zero,
                    g._managed_memory or zero,
                    g._external_resources,
                )
            if any(v is not None for v in g._key()[1:5]) or g._external_resources:
                raise ValueError("both cpu_cores and task_heap_memory must be set where resources are given")
            return SlotSharingGroup(g._name)
