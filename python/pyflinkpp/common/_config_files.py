"""Configuration from files, from the environment and from `-D` arguments.

Nearer to the program wins: code, then `-D`, then environment variables, then files, then defaults.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pyflinkpp.common._command_line import dynamic_properties
from pyflinkpp.common._option_values import to_text
from pyflinkpp.common._options import LEGACY_KEYS, OPTIONS, is_known, unknown_option_hint
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import ConfigurationError

_log = logging.getLogger("pyflinkpp.config")

CONFIG_FILE = "config.yaml"
LEGACY_CONFIG_FILE = "flink-conf.yaml"

_Entry = tuple[str, str, str]
"""(key, value, place that error messages name)."""


def load_config_yaml(folder_or_file: str | os.PathLike[str]) -> Configuration:
    """The configuration in a file, or in `config.yaml`, else `flink-conf.yaml`, of a folder.

    Keys may be nested or flat. `flink-conf.yaml` is read as lines `key: value`. Raises
    ConfigurationError naming file, line and key for what cannot be read or is no value of its option,
    and when there is no such file.
    """
    path = Path(folder_or_file)
    if path.is_dir():
        candidates = [path / CONFIG_FILE, path / LEGACY_CONFIG_FILE]
        path = next((candidate for candidate in candidates if candidate.is_file()), candidates[0])
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: the configuration cannot be read: {error}") from error
    entries = _flat_lines(text, str(path)) if path.name == LEGACY_CONFIG_FILE else _yaml(text, str(path))
    return _collect(entries)


def parse_dynamic_properties(arguments: Iterable[str], strict: bool = False) -> Configuration:
    """The configuration of `key=value` arguments, a later one winning; `-D` before a key is dropped.

    Raises ConfigurationError naming the argument that has no `=` or no key, or no value of its option;
    with `strict` also for a key that is nearly an option, which otherwise gives a warning.

    >>> parse_dynamic_properties(['a.b=1', 'a.b=2=3']).to_dict()
    {'a.b': '2=3'}
    """
    configuration = Configuration()
    for argument in arguments:
        key, equals, value = argument.removeprefix("-D").partition("=")
        if not equals or not key.strip():
            raise ConfigurationError(f"-D {argument}: expected key=value")
        hint = unknown_option_hint(key.strip()) if strict else None
        if hint is not None:
            raise ConfigurationError(f"-D {argument}: unknown option {key.strip()}; did you mean {hint}?")
        configuration.add_all(_collect([(key.strip(), value.strip(), f"-D {argument}")], warn_unknown=False))
    _warn_unknown((key, "-D") for key in configuration.key_set())
    return configuration


def global_configuration(
    environ: Mapping[str, str] | None = None, properties: Iterable[str] | None = None
) -> Configuration:
    """The configuration around a program, read anew at each call.

    Files come from the folder `PYFLINKPP_CONF_DIR`, else `FLINK_CONF_DIR`, else there are none; the
    lines `key: value` of the variable `PYFLINKPP_PROPERTIES` win over them, and `-Dkey=value` over
    both. `environ` stands in for the environment variables, `properties` for the command line. Raises
    ConfigurationError as `load_config_yaml` and `parse_dynamic_properties` do, and where `FLINK_CONF_DIR`
    is no folder; one without configuration file is passed over.
    """
    environ = os.environ if environ is None else environ
    configuration = Configuration()
    if folder := environ.get("PYFLINKPP_CONF_DIR"):
        configuration = load_config_yaml(folder)
    elif folder := environ.get("FLINK_CONF_DIR"):
        if not Path(folder).is_dir():
            raise ConfigurationError(f"FLINK_CONF_DIR={folder}: there is no such folder")
        names = (CONFIG_FILE, LEGACY_CONFIG_FILE)
        if any(Path(folder, name).is_file() for name in names):
            configuration = load_config_yaml(folder)
    if lines := environ.get("PYFLINKPP_PROPERTIES"):
        configuration.add_all(_collect(_flat_lines(lines, "PYFLINKPP_PROPERTIES")))
    properties = dynamic_properties() if properties is None else properties
    return configuration.add_all(parse_dynamic_properties(properties))


def checked(configuration: Configuration) -> Configuration:
    """A copy under today's keys, of settings that a program makes itself.

    Raises ConfigurationError for what is no value of its option; unknown keys give a warning.
    """
    entries = [(key, value, "the configuration") for key, value in configuration.to_dict().items()]
    current = _collect(entries)
    copy = Configuration(configuration)
    for key in configuration.key_set() - current.key_set():
        copy.remove_config(key)
    for key in current.key_set() - configuration.key_set():
        copy.set_string(key, current.get_string(key, "") or "")
    return copy


def _collect(entries: Iterable[_Entry], warn_unknown: bool = True) -> Configuration:
    """The entries under today's keys, each checked against its option; earlier keys give one warning."""
    current: dict[str, str] = {}
    renamed: dict[str, tuple[str, str]] = {}
    places: dict[str, str] = {}
    for key, value, place in entries:
        places[key] = place
        if key in LEGACY_KEYS:
            renamed[LEGACY_KEYS[key]] = (key, value)
        else:
            current[key] = value
        option = OPTIONS.get(LEGACY_KEYS.get(key, key))
        try:
            if option is not None:
                option.parse(value)
        except ValueError as error:
            raise ConfigurationError(f"{place}: {key}: {value!r} cannot be used: {error}") from None
    if renamed:
        pairs = ", ".join(f"{old} -> {new}" for new, (old, _) in sorted(renamed.items()))
        _log.warning("configuration uses keys of earlier versions, read as their successors: %s", pairs)
    if warn_unknown:
        _warn_unknown((key, places[key]) for key in current)
    return Configuration.from_dict({**{new: value for new, (_, value) in renamed.items()}, **current})


def _warn_unknown(keys: Iterable[tuple[str, str]]) -> None:
    for key, place in keys:
        if not is_known(key):
            hint = unknown_option_hint(key)
            _log.warning("%s: unknown option %s%s", place, key, f"; did you mean {hint}?" if hint else "")


def _flat_lines(text: str, name: str) -> Iterator[_Entry]:
    """Entries of lines `key: value`, where # after a space or at the start begins a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if content.startswith("#"):
            continue
        content = content.split(" #", 1)[0].rstrip()
        if not content:
            continue
        key, colon, value = content.partition(": ")
        if not colon or not key.strip() or not value.strip():
            raise ConfigurationError(f"{name}:{number}: expected 'key: value', not {content!r}")
        stripped = value.strip()
        if len(stripped) >= 2 and stripped[0] == stripped[-1] and stripped[0] in "'\"":
            stripped = stripped[1:-1]
        yield key.strip(), stripped, f"{name}:{number}"


def _yaml(text: str, name: str) -> Iterator[_Entry]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    reader = YAML(typ="rt")
    try:
        document: Any = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{name}:{mark.line + 1}" if mark is not None else name
        raise ConfigurationError(f"{place}: not valid YAML: {error.problem}") from None
    except YAMLError as error:
        raise ConfigurationError(f"{name}: not valid YAML: {error}") from None
    if document is None:
        return
    if not isinstance(document, dict):
        found = "a list" if isinstance(document, list) else repr(_plain(document))
        raise ConfigurationError(f"{name}:1: expected keys with values, not {found}")
    yield from _flattened(document, "", name)


def _flattened(mapping: Any, prefix: str, name: str) -> Iterator[_Entry]:
    """Entries of nested mappings; `mapping.lc` knows the lines. A key without value is passed over."""
    for key, value in mapping.items():
        place = f"{name}:{mapping.lc.key(key)[0] + 1}"
        if not isinstance(key, str):
            raise ConfigurationError(f"{place}: {prefix}{key}: a key must be a string")
        full = prefix + key
        if isinstance(value, dict) and not _is_map_option(full):
            yield from _flattened(value, full + ".", name)
        elif value is not None:
            yield full, to_text(_plain(value)), place


def _is_map_option(key: str) -> bool:
    option = OPTIONS.get(LEGACY_KEYS.get(key, key))
    return option is not None and option.type_name() == "MAP"


def _plain(value: Any) -> Any:
    """The value without the reader's own classes, whose text would keep formatting."""
    if isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value)
    return int(value) if isinstance(value, int) else str(value)
