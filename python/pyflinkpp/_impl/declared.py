"""Where in the user's program an operator was declared."""

from __future__ import annotations

import os
import sys
from types import FrameType

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_EXAMPLES = _PACKAGE + "examples" + os.sep


def declared_at() -> str:
    """`file:line` of the nearest caller outside this package; empty when there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not is_own_code(frame):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def is_own_code(frame: FrameType) -> bool:
    """Whether the frame belongs to this package; its examples count as user code."""
    file = frame.f_code.co_filename
    if file == "<string>":  # the methods that dataclasses generate
        return str(frame.f_globals.get("__name__")).startswith("pyflinkpp.")
    return file.startswith(_PACKAGE) and not file.startswith(_EXAMPLES)
