"""The program as the user declares it: transformations and the streams between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyflinkpp._native as _native
from pyflinkpp._impl.declared import declared_at

if TYPE_CHECKING:
    from pyflinkpp.common.typeinfo import TypeInformation

NativeOperator = Callable[[], _native.OperatorFactory]
NativeSource = Callable[[], _native.SourceFactory]


@dataclass(frozen=True)
class Shipping:
    """How records travel to the next operator."""

    strategy: str
    keys: Callable[[], _native.KeyExtractorFactory] | None = None
    partitioner: Callable[[], _native.PartitionerFactory] | None = None
    key_type: TypeInformation | None = None


@dataclass(frozen=True)
class Upstream:
    """One output of a transformation, and how its records are shipped.

    Without `shipping` it is forward between equal parallelisms and rebalance otherwise.
    """

    transformation: Transformation
    side_output: str | None = None
    shipping: Shipping | None = None


@dataclass(eq=False)
class Transformation:
    """One source, operator or sink of the program. Settings may change until the job is submitted.

    `make_source` or `make_operator` is called at submission, once the settings are final.
    `inputs[i]` lists the streams that feed input i.
    """

    name: str
    parallelism: int
    inputs: list[list[Upstream]] = field(default_factory=list)
    make_source: NativeSource | None = None
    make_operator: NativeOperator | None = None
    is_sink: bool = False
    #: Whether a source ends by itself.
    bounded: bool = True
    #: Highest parallelism the transformation can have: 1 for non-parallel sources and `window_all`.
    parallelism_limit: int | None = None
    max_parallelism: int = 0
    uid: str = ""
    uid_hash: str = ""
    description: str = ""
    chaining: str = "ALWAYS"
    slot_sharing_group: str | None = None
    buffer_timeout: int | None = None
    #: Of the beginning of a loop: what comes back, and how long it may take to; see `iterate`.
    feedback: list[Upstream] = field(default_factory=list)
    iteration_wait_millis: int | None = None
    side_output_types: dict[str, Any] = field(default_factory=dict)
    #: Whether the records of its main output are sure to come as columns of its type.
    gives_columns: bool = False
    declared_at: str = field(default_factory=declared_at)

    def __post_init__(self) -> None:
        self._default_parallelism = self.parallelism

    def set_parallelism(self, parallelism: int) -> None:
        """-1 is the parallelism that it was declared with.

        Raises ValueError for other numbers below 1, and above what the transformation can have.
        """
        if not isinstance(parallelism, int) or isinstance(parallelism, bool):
            raise TypeError(f"the parallelism of '{self.name}' must be an int, not {parallelism!r}")
        if parallelism == -1:
            parallelism = self._default_parallelism
        if parallelism < 1:
            raise ValueError(f"the parallelism of '{self.name}' must be at least 1, got {parallelism}")
        if self.parallelism_limit is not None and parallelism > self.parallelism_limit:
            raise ValueError(
                f"'{self.name}' runs with parallelism {self.parallelism_limit} at most, got {parallelism}"
            )
        self.parallelism = parallelism

    def effective_slot_sharing_group(self) -> str:
        """Its own, else that of its inputs when they agree, else the default."""
        if self.slot_sharing_group is not None:
            return self.slot_sharing_group
        groups = {u.transformation.effective_slot_sharing_group() for i in self.inputs for u in i}
        return groups.pop() if len(groups) == 1 else "default"
