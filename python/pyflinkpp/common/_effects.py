"""What submission says about settings that are not built."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from typing import Any

from pyflinkpp.common._options import EFFECTS, INSTEAD, OPTIONS, Effect
from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import NotBuiltError


def apply_effects(configuration: Configuration, stacklevel: int) -> None:
    """Refuses or warns about options that are set to something that is not built.

    Raises NotBuiltError for the first that must not be passed over; one warning names all others.
    """
    known = sorted(configuration.key_set() & OPTIONS.keys())
    changed = [key for key in known if _is_changed(configuration, key)]
    for key in changed:
        if EFFECTS[key] is Effect.REFUSES and not _is_this_interpreter(key, _value(configuration, key)):
            text = configuration.get_string(key, "")
            purpose = OPTIONS[key].description()
            raise NotBuiltError(f"{key}={text} is not built yet ({purpose}): remove it")
    ignored = [_with_what_happens(key) for key in changed if EFFECTS[key] is Effect.WARNS]
    if ignored:
        warnings.warn(
            f"not built yet, so the job runs as if they were not set: {', '.join(ignored)}",
            stacklevel=stacklevel + 1,
        )


def _with_what_happens(key: str) -> str:
    return f"{key} ({INSTEAD[key]})" if key in INSTEAD else key


def _value(configuration: Configuration, key: str) -> Any:
    return configuration.get(OPTIONS[key])


def _is_changed(configuration: Configuration, key: str) -> bool:
    return bool(_value(configuration, key) != OPTIONS[key].default_value())


def _is_this_interpreter(key: str, value: Any) -> bool:
    """Whether the option asks for the Python that runs this program anyway."""
    if key != "python.executable":
        return False
    found = shutil.which(str(value)) or str(value)
    return value == "python" or os.path.realpath(found) == os.path.realpath(sys.executable)
