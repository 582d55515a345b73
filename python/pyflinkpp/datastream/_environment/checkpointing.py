"""Checkpoint settings of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyflinkpp.common.configuration import Configuration
from pyflinkpp.datastream.checkpoint_config import CheckpointConfig
from pyflinkpp.datastream.checkpointing_mode import CheckpointingMode

if TYPE_CHECKING:
    from pyflinkpp.datastream.state_backend import StateBackend
    from pyflinkpp.datastream.stream_execution_environment import StreamExecutionEnvironment

_CHANGELOG = "state.changelog.enabled"
_SAVEPOINTS = "execution.checkpointing.savepoint-dir"


class CheckpointSettings:
    """Everything about checkpoints and state backends that is set on the environment."""

    _configuration: Configuration
    _checkpoint_config: CheckpointConfig | None = None
    _state_backend: StateBackend | None = None

    def enable_checkpointing(
        self: Any, interval: int, mode: CheckpointingMode | None = None
    ) -> StreamExecutionEnvironment:
        """A checkpoint every `interval` ms, exactly-once unless `mode` says otherwise."""
        config = self.get_checkpoint_config()
        config.set_checkpoint_interval(interval)
        if mode is not None:
            config.set_checkpointing_mode(mode)
        return self  # type: ignore[no-any-return]

    def get_checkpoint_config(self) -> CheckpointConfig:
        """All checkpoint settings; changes to it apply."""
        if self._checkpoint_config is None:
            self._checkpoint_config = CheckpointConfig(self._configuration)
        return self._checkpoint_config

    def get_checkpoint_interval(self) -> int:
        """Milliseconds between checkpoints, -1 when there are none."""
        return self.get_checkpoint_config().get_checkpoint_interval()

    def get_checkpointing_mode(self) -> CheckpointingMode:
        """Exactly-once or at-least-once."""
        return self.get_checkpoint_config().get_checkpointing_mode()

    def get_checkpointing_consistency_mode(self) -> CheckpointingMode:
        """The same under its newer name."""
        return self.get_checkpointing_mode()

    def is_unaligned_checkpoints_enabled(self) -> bool:
        """Whether checkpoints may take records in flight with them."""
        return self.get_checkpoint_config().is_unaligned_checkpoints_enabled()

    def is_force_unaligned_checkpoints(self) -> bool:
        """Whether they do so even in iterations."""
        return self.get_checkpoint_config().is_force_unaligned_checkpoints()

    def enable_changelog_state_backend(self: Any, enabled: bool) -> StreamExecutionEnvironment:
        """Stores the setting ``state.changelog.enabled``: not built, so a job with it gives a warning."""
        self._configuration.set_boolean(_CHANGELOG, bool(enabled))
        return self  # type: ignore[no-any-return]

    def is_changelog_state_backend_enabled(self) -> bool | None:
        """What was set, None where nothing was."""
        if not self._configuration.contains_key(_CHANGELOG):
            return None
        return self._configuration.get_boolean(_CHANGELOG, False)

    def set_default_savepoint_directory(self: Any, directory: str) -> StreamExecutionEnvironment:
        """Where savepoints go that name no directory of their own."""
        self._configuration.set_string(_SAVEPOINTS, str(directory))
        return self  # type: ignore[no-any-return]

    def get_default_savepoint_directory(self) -> str | None:
        """Where savepoints go that name no directory of their own; None where nothing was set."""
        return self._configuration.get_string(_SAVEPOINTS, None)

    def set_state_backend(self: Any, state_backend: Any) -> StreamExecutionEnvironment:
        """Chooses where state lives (1.x; now ``state.backend.type``).

        A backend of Flink 1.x that says where checkpoints go sets this as well, as
        ``set_checkpoint_storage`` does, unless that has been called.
        """
        from pyflinkpp.datastream.state_backend import EmbeddedRocksDBStateBackend, StateBackend

        if not isinstance(state_backend, StateBackend):
            raise TypeError(f"set_state_backend takes a StateBackend, not {state_backend!r}")
        rocksdb = isinstance(state_backend, EmbeddedRocksDBStateBackend)
        self._configuration.set_string("state.backend.type", "rocksdb" if rocksdb else "hashmap")
        self.get_checkpoint_config()._set_storage_of_backend(state_backend._checkpoint_storage())
        self._state_backend = state_backend
        return self  # type: ignore[no-any-return]

    def get_state_backend(self) -> Any:
        """What `set_state_backend` set, or None."""
        return self._state_backend
