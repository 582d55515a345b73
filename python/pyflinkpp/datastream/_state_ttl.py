"""How long state lives, and how expired state is removed."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from pyflinkpp.datastream._checks import millis, not_negative

if TYPE_CHECKING:
    from pyflinkpp.common.time import Duration, Time


class _Value:
    """Equality, hash and repr from the instance's fields."""

    def _fields(self) -> tuple[Any, ...]:
        return tuple(v for _, v in sorted(vars(self).items()))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((type(self), repr(self._fields())))

    def __repr__(self) -> str:
        fields = ", ".join(f"{k.lstrip('_')}={v!r}" for k, v in sorted(vars(self).items()))
        return f"{type(self).__qualname__}({fields})"


class StateTtlConfig(_Value):
    """When a state entry expires (Flink's ``StateTtlConfig``); given to a descriptor.

    Defaults: the time starts anew at each write, expired values are never returned, cleaned up in the
    background, processing time.

    >>> from pyflinkpp.common.time import Time
    >>> StateTtlConfig.new_builder(Time.seconds(10)).build().is_enabled()
    True
    """

    class UpdateType(Enum):
        """Which access starts the time to live anew."""

        Disabled = 0
        OnCreateAndWrite = 1
        OnReadAndWrite = 2

    class StateVisibility(Enum):
        """Whether a value that expired but still lies in the backend is returned."""

        ReturnExpiredIfNotCleanedUp = 0
        NeverReturnExpired = 1

    class TtlTimeCharacteristic(Enum):
        """The clock of the time to live."""

        ProcessingTime = 0

    def __init__(
        self,
        update_type: UpdateType,
        state_visibility: StateVisibility,
        ttl_time_characteristic: TtlTimeCharacteristic,
        ttl: Time,
        cleanup_strategies: StateTtlConfig.CleanupStrategies,
    ) -> None:
        """Raises ``ValueError`` for a ``ttl`` that is not above zero, ``TypeError`` for another type."""
        for value, wanted, name in (
            (update_type, StateTtlConfig.UpdateType, "update_type"),
            (state_visibility, StateTtlConfig.StateVisibility, "state_visibility"),
            (ttl_time_characteristic, StateTtlConfig.TtlTimeCharacteristic, "ttl_time_characteristic"),
        ):
            if not isinstance(value, wanted):
                raise TypeError(f"StateTtlConfig {name} must be a {wanted.__qualname__}, not {value!r}")
        self._ttl_millis = millis(ttl, "ttl")
        if self._ttl_millis <= 0:
            raise ValueError(f"StateTtlConfig ttl must be greater than 0, got {self._ttl_millis} ms")
        self._ttl = ttl
        self._update_type = update_type
        self._state_visibility = state_visibility
        self._ttl_time_characteristic = ttl_time_characteristic
        self._cleanup_strategies = cleanup_strategies

    def _fields(self) -> tuple[Any, ...]:
        return (
            self._update_type,
            self._state_visibility,
            self._ttl_time_characteristic,
            self._ttl_millis,
            self._cleanup_strategies,
        )

    @staticmethod
    def new_builder(ttl: Time | Duration) -> StateTtlConfig.Builder:
        """A builder for the given time to live: a Time, a Duration or milliseconds."""
        return StateTtlConfig.Builder(ttl)

    def get_update_type(self) -> StateTtlConfig.UpdateType:
        """Which access starts the time anew."""
        return self._update_type

    def get_state_visibility(self) -> StateTtlConfig.StateVisibility:
        """Whether expired values may be returned."""
        return self._state_visibility

    def get_ttl(self) -> Time:
        """The time to live, as it was given."""
        return self._ttl

    def get_ttl_time_characteristic(self) -> StateTtlConfig.TtlTimeCharacteristic:
        """The clock."""
        return self._ttl_time_characteristic

    def is_enabled(self) -> bool:
        """False for the update type ``Disabled``."""
        return self._update_type is not StateTtlConfig.UpdateType.Disabled

    def get_cleanup_strategies(self) -> StateTtlConfig.CleanupStrategies:
        """How expired entries are removed."""
        return self._cleanup_strategies

    class Builder:
        """Collects the settings; each setter returns the builder."""

        def __init__(self, ttl: Time | Duration) -> None:
            self._ttl: Any = ttl
            self._update_type = StateTtlConfig.UpdateType.OnCreateAndWrite
            self._state_visibility = StateTtlConfig.StateVisibility.NeverReturnExpired
            self._ttl_time_characteristic = StateTtlConfig.TtlTimeCharacteristic.ProcessingTime
            self._is_cleanup_in_background = True
            self._strategies: dict[Any, Any] = {}

        def set_update_type(self, update_type: StateTtlConfig.UpdateType) -> StateTtlConfig.Builder:
            """Which access starts the time anew."""
            self._update_type = update_type
            return self

        def update_ttl_on_create_and_write(self) -> StateTtlConfig.Builder:
            """Only writes start the time anew (the default)."""
            return self.set_update_type(StateTtlConfig.UpdateType.OnCreateAndWrite)

        def update_ttl_on_read_and_write(self) -> StateTtlConfig.Builder:
            """Reads and writes start the time anew."""
            return self.set_update_type(StateTtlConfig.UpdateType.OnReadAndWrite)

        def set_state_visibility(
            self, state_visibility: StateTtlConfig.StateVisibility
        ) -> StateTtlConfig.Builder:
            """Whether expired values may be returned."""
            self._state_visibility = state_visibility
            return self

        def return_expired_if_not_cleaned_up(self) -> StateTtlConfig.Builder:
            """Expired values may still be read until they are removed."""
            return self.set_state_visibility(StateTtlConfig.StateVisibility.ReturnExpiredIfNotCleanedUp)

        def never_return_expired(self) -> StateTtlConfig.Builder:
            """Expired values read as absent (the default)."""
            return self.set_state_visibility(StateTtlConfig.StateVisibility.NeverReturnExpired)

        def set_ttl_time_characteristic(
            self, ttl_time_characteristic: StateTtlConfig.TtlTimeCharacteristic
        ) -> StateTtlConfig.Builder:
            """The clock; processing time is the only one."""
            self._ttl_time_characteristic = ttl_time_characteristic
            return self

        def use_processing_time(self) -> StateTtlConfig.Builder:
            """Measure with the wall clock (the default)."""
            return self.set_ttl_time_characteristic(StateTtlConfig.TtlTimeCharacteristic.ProcessingTime)

        def cleanup_full_snapshot(self) -> StateTtlConfig.Builder:
            """Leave expired entries out of full snapshots."""
            kind = StateTtlConfig.CleanupStrategies.Strategies.FULL_STATE_SCAN_SNAPSHOT
            self._strategies[kind] = StateTtlConfig.CleanupStrategies.EmptyCleanupStrategy()
            return self

        def cleanup_incrementally(
            self, cleanup_size: int, run_cleanup_for_every_record: bool
        ) -> StateTtlConfig.Builder:
            """Check ``cleanup_size`` entries at each access, or at each record too (heap backend)."""
            kind = StateTtlConfig.CleanupStrategies.Strategies.INCREMENTAL_CLEANUP
            self._strategies[kind] = StateTtlConfig.CleanupStrategies.IncrementalCleanupStrategy(
                cleanup_size, run_cleanup_for_every_record
            )
            return self

        def cleanup_in_rocksdb_compact_filter(
            self, query_time_after_num_entries: int, periodic_compaction_time: Time | Duration | None = None
        ) -> StateTtlConfig.Builder:
            """Remove expired entries during RocksDB's compaction.

            ``query_time_after_num_entries``: entries checked between two looks at the clock;
            ``periodic_compaction_time``: age at which a file is compacted anyway (default 30 days).
            """
            kind = StateTtlConfig.CleanupStrategies.Strategies.ROCKSDB_COMPACTION_FILTER
            self._strategies[kind] = StateTtlConfig.CleanupStrategies.RocksdbCompactFilterCleanupStrategy(
                query_time_after_num_entries, periodic_compaction_time
            )
            return self

        def disable_cleanup_in_background(self) -> StateTtlConfig.Builder:
            """Remove only what the explicitly chosen strategies remove."""
            self._is_cleanup_in_background = False
            return self

        def set_ttl(self, ttl: Time | Duration) -> StateTtlConfig.Builder:
            """Replace the time to live."""
            self._ttl = ttl
            return self

        def build(self) -> StateTtlConfig:
            """The configuration.

            Raises:
                ValueError: the time to live is not above zero.
                TypeError: a setting has the wrong type.
            """
            return StateTtlConfig(
                self._update_type,
                self._state_visibility,
                self._ttl_time_characteristic,
                self._ttl,
                StateTtlConfig.CleanupStrategies(dict(self._strategies), self._is_cleanup_in_background),
            )

    class CleanupStrategies(_Value):
        """The chosen ways of removing expired entries."""

        class Strategies(Enum):
            """The ways there are."""

            FULL_STATE_SCAN_SNAPSHOT = 0
            INCREMENTAL_CLEANUP = 1
            ROCKSDB_COMPACTION_FILTER = 2

        class CleanupStrategy(_Value):
            """Base of the ways' settings."""

        class EmptyCleanupStrategy(CleanupStrategy):
            """A way without settings."""

        class IncrementalCleanupStrategy(CleanupStrategy):
            """Settings of ``cleanup_incrementally``."""

            def __init__(self, cleanup_size: int, run_cleanup_for_every_record: bool) -> None:
                self._cleanup_size = not_negative(cleanup_size, "cleanup_size")
                self._run_cleanup_for_every_record = bool(run_cleanup_for_every_record)

            def get_cleanup_size(self) -> int:
                """Entries checked at a time."""
                return self._cleanup_size

            def run_cleanup_for_every_record(self) -> bool:
                """Whether each record checks too, not only state access."""
                return self._run_cleanup_for_every_record

        class RocksdbCompactFilterCleanupStrategy(CleanupStrategy):
            """Settings of ``cleanup_in_rocksdb_compact_filter``."""

            def __init__(
                self, query_time_after_num_entries: int, periodic_compaction_time: Any = None
            ) -> None:
                self._query_time_after_num_entries = not_negative(
                    query_time_after_num_entries, "query_time_after_num_entries"
                )
                self._periodic_compaction_millis = (
                    30 * 24 * 3600 * 1000
                    if periodic_compaction_time is None
                    else not_negative(
                        millis(periodic_compaction_time, "periodic_compaction_time"),
                        "periodic_compaction_time",
                    )
                )

            def get_query_time_after_num_entries(self) -> int:
                """Entries checked between two looks at the clock."""
                return self._query_time_after_num_entries

            def get_periodic_compaction_time(self) -> Duration:
                """Age at which a file is compacted anyway."""
                from pyflinkpp.common.time import Duration

                return Duration.of_millis(self._periodic_compaction_millis)

        def __init__(self, strategies: dict[Any, Any], is_cleanup_in_background: bool) -> None:
            self._strategies = strategies
            self._is_cleanup_in_background = is_cleanup_in_background

        def is_cleanup_in_background(self) -> bool:
            """Whether the backend's own way runs where none was chosen."""
            return self._is_cleanup_in_background

        def in_full_snapshot(self) -> bool:
            """Whether full snapshots leave expired entries out."""
            return self.Strategies.FULL_STATE_SCAN_SNAPSHOT in self._strategies

        def get_incremental_cleanup_strategy(
            self,
        ) -> StateTtlConfig.CleanupStrategies.IncrementalCleanupStrategy | None:
            """The settings, Flink's default (5, False) in the background, or ``None``."""
            default = self.IncrementalCleanupStrategy(5, False) if self._is_cleanup_in_background else None
            return self._strategies.get(self.Strategies.INCREMENTAL_CLEANUP, default)

        def get_rocksdb_compact_filter_cleanup_strategy(
            self,
        ) -> StateTtlConfig.CleanupStrategies.RocksdbCompactFilterCleanupStrategy | None:
            """The settings, Flink's default (1000 entries) in the background, or ``None``."""
            default = (
                self.RocksdbCompactFilterCleanupStrategy(1000) if self._is_cleanup_in_background else None
            )
            return self._strategies.get(self.Strategies.ROCKSDB_COMPACTION_FILTER, default)
