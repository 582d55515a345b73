"""`ConfigOption`, a configuration key with type and default, and `ConfigOptions`, which builds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from pyflinkpp.common._option_values import (
    parse_boolean,
    parse_duration,
    parse_integer,
    parse_list,
    parse_map,
    parse_memory_size,
)
from pyflinkpp.common.time import Duration

__all__ = ["ConfigOption", "ConfigOptions"]

T = TypeVar("T")

_PARSERS: dict[str, Callable[[str], Any]] = {
    "STRING": str,
    "BOOLEAN": parse_boolean,
    "INT": lambda text: parse_integer(text, 32),
    "LONG": parse_integer,
    "FLOAT": float,
    "DOUBLE": float,
    "DURATION": parse_duration,
    "MEMORY": parse_memory_size,
    "LIST": parse_list,
    "MAP": parse_map,
}


class ConfigOption(Generic[T]):
    """An immutable description of one configuration key; read its value with `Configuration.get`.

    >>> option = ConfigOptions.key('app.parallelism').int_type().default_value(4)
    >>> option.key(), option.default_value(), option.parse('7')
    ('app.parallelism', 4, 7)
    """

    __slots__ = ("_choices", "_default", "_description", "_fallback_keys", "_key", "_type")

    def __init__(
        self,
        key: str,
        type_name: str,
        default: T | None = None,
        description: str = "",
        fallback_keys: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
    ) -> None:
        self._key = key
        self._type = type_name
        self._default = default
        self._description = description
        self._fallback_keys = fallback_keys
        self._choices = choices

    def key(self) -> str:
        """The key under which the value is stored."""
        return self._key

    def type_name(self) -> str:
        """STRING, BOOLEAN, INT, LONG, FLOAT, DOUBLE, DURATION, MEMORY (bytes), LIST, MAP or ENUM."""
        return self._type

    def has_default_value(self) -> bool:
        """Whether there is a default."""
        return self._default is not None

    def default_value(self) -> T | None:
        """The value where none is set, None if there is no default."""
        return self._default

    def description(self) -> str:
        """What the option does, empty if not described."""
        return self._description

    def fallback_keys(self) -> tuple[str, ...]:
        """Older keys that are read, in this order, when the key itself is absent."""
        return self._fallback_keys

    def choices(self) -> tuple[str, ...]:
        """The values allowed, for other types than ENUM also ranges (`1..10`, `10 ms..`); empty for all."""
        return self._choices

    def with_description(self, description: str) -> ConfigOption[T]:
        """A copy with this description."""
        return ConfigOption(
            self._key, self._type, self._default, description, self._fallback_keys, self._choices
        )

    def with_fallback_keys(self, *fallback_keys: str) -> ConfigOption[T]:
        """A copy that also reads these keys when its own is absent."""
        return ConfigOption(
            self._key, self._type, self._default, self._description, fallback_keys, self._choices
        )

    with_deprecated_keys = with_fallback_keys

    def parse(self, text: str) -> T:
        """The value that `text` stands for; ValueError says what was expected."""
        if self._type == "ENUM":
            wanted = text.strip().upper().replace("-", "_")
            for choice in self._choices:
                if choice.upper().replace("-", "_") == wanted:
                    return cast(T, choice)
            raise ValueError(f"expected one of {', '.join(self._choices)}")
        value = _PARSERS[self._type](text)
        if self._choices and not any(self._is_in(value, choice) for choice in self._choices):
            raise ValueError(f"expected {' or '.join(map(_shown, self._choices))}")
        return cast(T, value)

    def _is_in(self, value: Any, choice: str) -> bool:
        least, is_range, most = choice.partition("..")
        parse = _PARSERS[self._type]
        if value < parse(least):
            return False
        return bool(is_range and not most) or bool(value <= parse(most or least))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfigOption):
            return False
        return (self._key, self._fallback_keys, self._default) == (
            other._key,
            other._fallback_keys,
            other._default,
        )

    def __hash__(self) -> int:
        return hash((self._key, self._fallback_keys))

    def __repr__(self) -> str:
        return f"ConfigOption({self._key!r}, {self._type}, default={self._default!r})"


def _shown(choice: str) -> str:
    least, is_range, most = choice.partition("..")
    if is_range and not most:
        return f"at least {least}"
    return f"{least} to {most}" if is_range else least


class ConfigOptions:
    """Where every `ConfigOption` starts.

    >>> ConfigOptions.key('tmp.dir').string_type().default_value('/tmp')
    ConfigOption('tmp.dir', STRING, default='/tmp')
    >>> ConfigOptions.key('user.name').string_type().no_default_value().has_default_value()
    False
    """

    @staticmethod
    def key(key: str) -> ConfigOptions.OptionBuilder:
        """A builder for the option stored under `key`; ValueError if it is empty."""
        if not key:
            raise ValueError("the key of an option must not be empty")
        return ConfigOptions.OptionBuilder(key)

    class OptionBuilder:
        """Chooses the type of the value."""

        def __init__(self, key: str) -> None:
            self._key = key

        def boolean_type(self) -> ConfigOptions.TypedConfigOptionBuilder[bool]:
            """`bool`, written true or false."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "BOOLEAN")

        def int_type(self) -> ConfigOptions.TypedConfigOptionBuilder[int]:
            """`int` of 32 bits."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "INT")

        def long_type(self) -> ConfigOptions.TypedConfigOptionBuilder[int]:
            """`int` of 64 bits."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "LONG")

        def float_type(self) -> ConfigOptions.TypedConfigOptionBuilder[float]:
            """`float`, meant to be of single precision."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "FLOAT")

        def double_type(self) -> ConfigOptions.TypedConfigOptionBuilder[float]:
            """`float`."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "DOUBLE")

        def string_type(self) -> ConfigOptions.TypedConfigOptionBuilder[str]:
            """`str`."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "STRING")

        def duration_type(self) -> ConfigOptions.TypedConfigOptionBuilder[Duration]:
            """`Duration`, written as in `10 s`."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "DURATION")

        def memory_type(self) -> ConfigOptions.TypedConfigOptionBuilder[int]:
            """Bytes as `int`, written as in `64 mb`."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "MEMORY")

        def list_type(self) -> ConfigOptions.TypedConfigOptionBuilder[list[str]]:
            """`list` of `str`, written `a;b` or `[a, b]`."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "LIST")

        def map_type(self) -> ConfigOptions.TypedConfigOptionBuilder[dict[str, str]]:
            """`dict` of `str` to `str`, written `k:v,k:v`."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "MAP")

        def enum_type(self, *choices: str) -> ConfigOptions.TypedConfigOptionBuilder[str]:
            """One of `choices`, whatever the case."""
            return ConfigOptions.TypedConfigOptionBuilder(self._key, "ENUM", choices)

    class TypedConfigOptionBuilder(Generic[T]):
        """Gives the option with or without a default."""

        def __init__(self, key: str, type_name: str, choices: tuple[str, ...] = ()) -> None:
            self._key = key
            self._type = type_name
            self._choices = choices

        def default_value(self, value: T) -> ConfigOption[T]:
            """The option with `value` as its default."""
            return ConfigOption(self._key, self._type, value, choices=self._choices)

        def no_default_value(self) -> ConfigOption[T]:
            """The option without a default."""
            return ConfigOption(self._key, self._type, choices=self._choices)
