"""The settings of checkpointing, kept in a ``Configuration`` under Flink 2.x's keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyflinkpp.common._options import option
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.datastream._checks import millis, not_negative, positive
from pyflinkpp.datastream._setting_text import duration_millis, enum_member, storage_from, storage_settings
from pyflinkpp.datastream.checkpointing_mode import CheckpointingMode
from pyflinkpp.datastream.externalized_checkpoint_retention import (
    ExternalizedCheckpointCleanup,
    ExternalizedCheckpointRetention,
)

if TYPE_CHECKING:
    from pyflinkpp.common.time import Duration
    from pyflinkpp.datastream.checkpoint_storage import CheckpointStorage

__all__ = ["CheckpointConfig", "ExternalizedCheckpointCleanup"]

_PREFIX = "execution.checkpointing."
_DAY = 24 * 3600 * 1000


class CheckpointConfig:
    """Interval, mode, timeouts and limits of checkpoints (Flink's ``CheckpointConfig``).

    Reads and writes the given configuration, so that settings made here and options set there agree.
    Times are milliseconds. Without an interval no checkpoint is taken.

    >>> from pyflinkpp.common.configuration import Configuration
    >>> conf = Configuration()
    >>> config = CheckpointConfig(conf)
    >>> config.set_checkpoint_interval(5000).is_checkpointing_enabled()
    True
    >>> conf.get_string("execution.checkpointing.interval", "")
    '5000 ms'
    """

    DEFAULT_MODE = CheckpointingMode.EXACTLY_ONCE
    DEFAULT_TIMEOUT = 10 * 60 * 1000
    DEFAULT_MIN_PAUSE_BETWEEN_CHECKPOINTS = 0
    DEFAULT_MAX_CONCURRENT_CHECKPOINTS = 1

    def __init__(self, configuration: Configuration | None = None) -> None:
        self._configuration = Configuration() if configuration is None else configuration
        self._storage_is_chosen = False
        #: What the settings of the present storage have replaced.
        self._without_storage: dict[str, str | None] = {}

    def _get(self, key: str) -> str | None:
        full = _PREFIX + key
        return self._configuration.get_string(full, "") if self._configuration.contains_key(full) else None

    def _set(self, key: str, value: object) -> CheckpointConfig:
        self._configuration.set_string(_PREFIX + key, str(value))
        return self

    def _millis(self, key: str, default: int) -> int:
        value = self._get(key)
        return default if value is None else duration_millis(value, _PREFIX + key)

    def _int(self, key: str, default: int) -> int:
        value = self._get(key)
        if value is None:
            return default
        try:
            return int(value)
        except ValueError:
            raise ValueError(f"{_PREFIX}{key} must be a whole number, got {value!r}") from None

    def _bool(self, key: str) -> bool:
        return (self._get(key) or "false").strip().lower() == "true"

    def is_checkpointing_enabled(self) -> bool:
        """Whether an interval above zero is set."""
        return self.get_checkpoint_interval() > 0

    def get_checkpointing_mode(self) -> CheckpointingMode:
        """Exactly once unless set."""
        return enum_member(CheckpointingMode, self._get("mode"), self.DEFAULT_MODE, _PREFIX + "mode")

    def set_checkpointing_mode(self, checkpointing_mode: CheckpointingMode) -> CheckpointConfig:
        """Raises ``TypeError`` for another type."""
        if not isinstance(checkpointing_mode, CheckpointingMode):
            raise TypeError(f"checkpointing_mode must be a CheckpointingMode, not {checkpointing_mode!r}")
        return self._set("mode", checkpointing_mode.name)

    def get_checkpoint_interval(self) -> int:
        """Milliseconds between two checkpoints; -1 where none is set, 0 where it was set to that."""
        interval: Duration | None = self._configuration.get(option(_PREFIX + "interval"))
        return -1 if interval is None else interval.to_millis()

    def set_checkpoint_interval(self, checkpoint_interval: int) -> CheckpointConfig:
        """Milliseconds, from 10 ms to a year (as Flink); raises ``ValueError`` outside."""
        value = positive(checkpoint_interval, "checkpoint_interval")
        if not 10 <= value <= 365 * _DAY:
            raise ValueError(f"checkpoint_interval must be between 10 ms and 365 days, got {value} ms")
        return self._set("interval", f"{value} ms")

    def get_checkpoint_timeout(self) -> int:
        """Milliseconds after which a checkpoint is given up; 600000 unless set."""
        return self._millis("timeout", self.DEFAULT_TIMEOUT)

    def set_checkpoint_timeout(self, checkpoint_timeout: int) -> CheckpointConfig:
        """Milliseconds; raises ``ValueError`` below 10."""
        if positive(checkpoint_timeout, "checkpoint_timeout") < 10:
            raise ValueError(f"checkpoint_timeout must be at least 10 ms, got {checkpoint_timeout} ms")
        return self._set("timeout", f"{checkpoint_timeout} ms")

    def get_min_pause_between_checkpoints(self) -> int:
        """Milliseconds between the end of a checkpoint and the start of the next; 0 unless set."""
        return self._millis("min-pause", self.DEFAULT_MIN_PAUSE_BETWEEN_CHECKPOINTS)

    def set_min_pause_between_checkpoints(self, min_pause_between_checkpoints: int) -> CheckpointConfig:
        """Milliseconds; raises ``ValueError`` below 0."""
        value = not_negative(min_pause_between_checkpoints, "min_pause_between_checkpoints")
        return self._set("min-pause", f"{value} ms")

    def get_max_concurrent_checkpoints(self) -> int:
        """How many may be under way at once; 1 unless set."""
        return self._int("max-concurrent-checkpoints", self.DEFAULT_MAX_CONCURRENT_CHECKPOINTS)

    def set_max_concurrent_checkpoints(self, max_concurrent_checkpoints: int) -> CheckpointConfig:
        """Raises ``ValueError`` below 1."""
        value = positive(max_concurrent_checkpoints, "max_concurrent_checkpoints")
        return self._set("max-concurrent-checkpoints", value)

    def get_tolerable_checkpoint_failure_number(self) -> int:
        """How many in a row may fail before the job does; 0 unless set."""
        return self._int("tolerable-failed-checkpoints", 0)

    def set_tolerable_checkpoint_failure_number(
        self, tolerable_checkpoint_failure_number: int
    ) -> CheckpointConfig:
        """Raises ``ValueError`` below 0."""
        value = not_negative(tolerable_checkpoint_failure_number, "tolerable_checkpoint_failure_number")
        return self._set("tolerable-failed-checkpoints", value)

    def is_fail_on_checkpointing_errors(self) -> bool:
        """Whether the first failed checkpoint fails the job."""
        return self.get_tolerable_checkpoint_failure_number() == 0

    def set_fail_on_checkpointing_errors(self, fail_on_checkpointing_errors: bool) -> CheckpointConfig:
        """The old form of the tolerable number: 0 where True, unlimited where False."""
        return self._set("tolerable-failed-checkpoints", 0 if fail_on_checkpointing_errors else 2**31 - 1)

    def is_externalized_checkpoints_enabled(self) -> bool:
        """Whether checkpoints outlive the job in some case."""
        retention = self.get_externalized_checkpoint_retention()
        return retention is not ExternalizedCheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS

    def get_externalized_checkpoint_retention(self) -> ExternalizedCheckpointRetention:
        """``NO_EXTERNALIZED_CHECKPOINTS`` unless set."""
        key = "externalized-checkpoint-retention"
        default = ExternalizedCheckpointRetention.NO_EXTERNALIZED_CHECKPOINTS
        return enum_member(ExternalizedCheckpointRetention, self._get(key), default, _PREFIX + key)

    def set_externalized_checkpoint_retention(
        self, retention_mode: ExternalizedCheckpointRetention
    ) -> CheckpointConfig:
        """Raises ``TypeError`` for another type."""
        if not isinstance(retention_mode, ExternalizedCheckpointRetention):
            raise TypeError(
                f"retention_mode must be an ExternalizedCheckpointRetention, not {retention_mode!r}"
            )
        return self._set("externalized-checkpoint-retention", retention_mode.name)

    def enable_externalized_checkpoints(
        self, cleanup_mode: ExternalizedCheckpointCleanup
    ) -> CheckpointConfig:
        """Flink 1.x's name of ``set_externalized_checkpoint_retention``."""
        return self.set_externalized_checkpoint_retention(cleanup_mode)

    def set_externalized_checkpoint_cleanup(
        self, cleanup_mode: ExternalizedCheckpointCleanup
    ) -> CheckpointConfig:
        """Flink 1.x's name of ``set_externalized_checkpoint_retention``."""
        return self.set_externalized_checkpoint_retention(cleanup_mode)

    def get_externalized_checkpoint_cleanup(self) -> ExternalizedCheckpointCleanup:
        """Flink 1.x's name of ``get_externalized_checkpoint_retention``."""
        return self.get_externalized_checkpoint_retention()

    def is_unaligned_checkpoints_enabled(self) -> bool:
        """Whether barriers overtake elements; False unless set."""
        return self._bool("unaligned.enabled")

    def enable_unaligned_checkpoints(self, enabled: bool = True) -> CheckpointConfig:
        """Barriers overtake elements, which then become part of the checkpoint."""
        return self._set("unaligned.enabled", "true" if enabled else "false")

    def disable_unaligned_checkpoints(self) -> CheckpointConfig:
        """Barriers stay in line."""
        return self.enable_unaligned_checkpoints(False)

    def is_force_unaligned_checkpoints(self) -> bool:
        """Whether they are also used where elements can't be put back in order."""
        return self._bool("unaligned.forced")

    def set_force_unaligned_checkpoints(self, force_unaligned_checkpoints: bool = True) -> CheckpointConfig:
        """Use them also with iterations and custom partitioners."""
        return self._set("unaligned.forced", "true" if force_unaligned_checkpoints else "false")

    def get_aligned_checkpoint_timeout(self) -> Duration:
        """How long barriers stay in line before they overtake; 0 unless set."""
        from pyflinkpp.common.time import Duration

        return Duration.of_millis(self._millis("aligned-checkpoint-timeout", 0))

    def set_aligned_checkpoint_timeout(self, alignment_timeout: Duration) -> CheckpointConfig:
        """A Duration, Time or milliseconds; raises ``ValueError`` below 0."""
        value = not_negative(millis(alignment_timeout, "alignment_timeout"), "alignment_timeout")
        return self._set("aligned-checkpoint-timeout", f"{value} ms")

    def get_alignment_timeout(self) -> Duration:
        """The older name of ``get_aligned_checkpoint_timeout``."""
        return self.get_aligned_checkpoint_timeout()

    def set_alignment_timeout(self, alignment_timeout: Duration) -> CheckpointConfig:
        """The older name of ``set_aligned_checkpoint_timeout``."""
        return self.set_aligned_checkpoint_timeout(alignment_timeout)

    def set_checkpoint_storage_dir(self, checkpoint_path: str) -> CheckpointConfig:
        """Flink 1.x: checkpoints go into this directory (2.x: ``execution.checkpointing.dir``)."""
        from pyflinkpp.datastream.checkpoint_storage import FileSystemCheckpointStorage

        return self.set_checkpoint_storage(FileSystemCheckpointStorage(checkpoint_path))

    def set_checkpoint_storage(self, storage: CheckpointStorage) -> CheckpointConfig:
        """Flink 1.x: keep checkpoints there.

        Raises:
            TypeError: no storage.
            NotBuiltError: a ``CustomCheckpointStorage``.
        """
        self._replace_storage(storage_settings(storage))
        self._storage_is_chosen = True
        return self

    def _set_storage_of_backend(self, storage: CheckpointStorage | None) -> None:
        """That of a 1.x backend, unless one was set here; None where the backend brings none along."""
        if not self._storage_is_chosen:
            self._replace_storage({} if storage is None else storage_settings(storage))

    def _replace_storage(self, settings: dict[str, object]) -> None:
        self._put(self._without_storage)
        self._without_storage = {key: self._get(key) for key in settings}
        self._put(settings)

    def _put(self, settings: Mapping[str, object]) -> None:
        for key, value in settings.items():
            if value is None:
                self._configuration.remove_config(_PREFIX + key)
            else:
                self._set(key, value)

    def get_checkpoint_storage(self) -> CheckpointStorage | None:
        """The storage that the configuration describes, ``None`` where it names none."""
        return storage_from(self._get)

    def __repr__(self) -> str:
        settings: dict[str, Any] = self._configuration.to_dict()
        own = {k: v for k, v in sorted(settings.items()) if k.startswith(_PREFIX)}
        return f"CheckpointConfig({own})"
