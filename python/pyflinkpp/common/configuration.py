"""`Configuration`, a store of keys with typed values that can also be read as each other's types."""

from __future__ import annotations

import base64
import builtins
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pyflinkpp.common._option_values import parse_boolean, parse_integer, parse_list, to_text
from pyflinkpp.common.config_options import ConfigOption
from pyflinkpp.common.errors import ConfigurationError, _no_jvm

__all__ = ["Configuration"]

T = TypeVar("T")


class Configuration:
    """Keys with values; a value may be read with another type than it was set with, where it makes sense.

    >>> conf = Configuration()
    >>> conf.set_string('parallelism.default', '4').get_integer('parallelism.default', 1)
    4
    >>> conf.set_boolean('flag', True).get_string('flag', '')
    'true'
    >>> conf.to_dict() == {'parallelism.default': '4', 'flag': 'true'}
    True

    Every `get_*` takes the value to return when the key is absent and raises `ConfigurationError` (a
    ValueError) naming key and value when the value cannot be read so. Every `set_*` raises TypeError for
    a key or value of the wrong Python type and returns the configuration itself.
    """

    def __init__(self, other: Configuration | None = None, j_configuration: object = None) -> None:
        """An empty configuration, or a copy of `other`.

        `j_configuration` is what `get_j_env_configuration` gave: both then show the same settings.
        """
        self._values: dict[str, Any] = dict(other._values) if other is not None else {}
        if j_configuration is not None:
            shown = getattr(j_configuration, "_configuration", None)
            if not isinstance(shown, Configuration):
                _no_jvm(f"Configuration(j_configuration={j_configuration!r})", "use Configuration.from_dict")
            self._values = shown._values

    @classmethod
    def from_dict(cls, map: Mapping[str, str]) -> Configuration:
        """A configuration with the keys and values of `map`; other values than text become text.

        >>> Configuration.from_dict({'a': '1'}).get_integer('a', 0)
        1
        """
        configuration = cls()
        for key, value in map.items():
            configuration.set_string(key, value if isinstance(value, str) else to_text(value))
        return configuration

    def get_string(self, key: str, default_value: str | None) -> str | None:
        """The value as text."""
        return _as_text(self._values[key]) if key in self._values else default_value

    def set_string(self, key: str, value: str) -> Configuration:
        """Store a string."""
        return self._store(key, value, str)

    def get_integer(self, key: str, default_value: int) -> int:
        """The value as a whole number of at most 64 bits."""
        return self._read(key, default_value, "an integer", parse_integer)

    def set_integer(self, key: str, value: int) -> Configuration:
        """Store a whole number of at most 64 bits; a larger one raises ConfigurationError."""
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise ConfigurationError(f"{key}: {value} does not fit into 64 bits")
        return self._store(key, value, int)

    def get_boolean(self, key: str, default_value: bool) -> bool:
        """The value as a truth value."""
        return self._read(key, default_value, "a boolean", parse_boolean)

    def set_boolean(self, key: str, value: bool) -> Configuration:
        """Store a truth value."""
        return self._store(key, value, bool)

    def get_float(self, key: str, default_value: float) -> float:
        """The value as a floating point number."""
        return self._read(key, float(default_value), "a float", float)

    def set_float(self, key: str, value: float) -> Configuration:
        """Store a floating point number; a whole number becomes one."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        return self._store(key, value, float)

    def get_bytearray(self, key: str, default_value: bytearray) -> bytearray:
        """A copy of the bytes stored by `set_bytearray`."""
        if key not in self._values:
            return bytearray(default_value)
        value = self._values[key]
        if not isinstance(value, bytes):
            raise ConfigurationError(f"{key}: {value!r} is not a byte array")
        return bytearray(value)

    def set_bytearray(self, key: str, value: bytearray) -> Configuration:
        """Store a copy of the bytes; as text they read as base64."""
        if not isinstance(value, bytes | bytearray):
            raise TypeError(f"{key}: expected bytes or bytearray, not {value!r}")
        return self._store(key, bytes(value), bytes)

    def get(self, option: ConfigOption[T], override_default: T | None = None) -> T | None:
        """The value of `option`, or of its fallback keys, or the override, or its default, in this order.

        >>> from pyflinkpp.common import ConfigOptions
        >>> option = ConfigOptions.key('tmp').string_type().default_value('/tmp')
        >>> option = option.with_fallback_keys('old.tmp')
        >>> Configuration.from_dict({'old.tmp': '/x'}).get(option)
        '/x'
        """
        default = option.default_value() if override_default is None else override_default
        for key in (option.key(), *option.fallback_keys()):
            if key in self._values:
                parse: Callable[[str], T | None] = option.parse
                return self._read(key, default, f"of type {option.type_name()}", parse)
        return default

    def set(self, option: ConfigOption[T], value: T) -> Configuration:
        """Store `value` under the key of `option`; ConfigurationError if the option cannot have it."""
        text = to_text(value)
        try:
            option.parse(text)
        except ValueError as error:
            raise ConfigurationError(f"{option.key()}: {value!r} cannot be used: {error}") from None
        stored = value if isinstance(value, bool | int | float) else text
        return self._store(option.key(), stored, type(stored))

    def key_set(self) -> builtins.set[str]:
        """The keys, as a set of their own."""
        return set(self._values)

    def contains_key(self, key: str) -> bool:
        """Whether the key has a value."""
        return key in self._values

    def remove_config(self, key: str) -> bool:
        """Remove the key; whether it was there."""
        return self._values.pop(key, None) is not None

    def add_all(self, other: Configuration, prefix: str | None = None) -> Configuration:
        """Take over every entry of `other`, its keys preceded by `prefix`; returns itself."""
        self._values.update({(prefix or "") + key: value for key, value in other._values.items()})
        return self

    def add_all_to_dict(self, target_dict: dict[str, Any]) -> None:
        """Put every entry into `target_dict`, values with the type they were set with."""
        target_dict.update(self._values)

    def to_dict(self) -> dict[str, str]:
        """A dict of all entries, values as text."""
        return {key: _as_text(value) for key, value in self._values.items()}

    @staticmethod
    def parse_list_value(value: str) -> list[str]:
        """The items of a list written `[a, b]` or `a;b`; no items for an empty or absent text."""
        return parse_list(value) if value else []

    def _store(self, key: str, value: Any, expected: type) -> Configuration:
        if not isinstance(key, str):
            raise TypeError(f"a configuration key must be a str, not {key!r}")
        if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
            raise TypeError(f"{key}: expected {expected.__name__}, not {value!r}")
        self._values[key] = value
        return self

    def _read(self, key: str, default: T, what: str, parse: Callable[[str], T]) -> T:
        if key not in self._values:
            return default
        value = self._values[key]
        try:
            return parse(_as_text(value))
        except ValueError as error:
            raise ConfigurationError(f"{key}: {value!r} is not {what}: {error}") from None

    def __copy__(self) -> Configuration:
        return Configuration(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Configuration:
        return Configuration(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Configuration) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values))

    def __str__(self) -> str:
        return "{" + ", ".join(f"{key}={value}" for key, value in self.to_dict().items()) + "}"

    def __repr__(self) -> str:
        return f"Configuration.from_dict({self.to_dict()!r})"


def _as_text(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else to_text(value)
