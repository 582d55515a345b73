"""Where in the user's program an operator was declared."""

from __future__ import annotations

import os
import sys

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_EXAMPLES = _PACKAGE + "examples" + os.sep


def declared_at() -> str:
    """`file:line` of the nearest caller outside this package; empty when there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        # The methods that dataclasses generate belong to a file "<string>".
        generated = file == "<string>" and str(frame.f_globals.get("__name__")).startswith("pyflinkpp.")
        if not generated and (not file.startswith(_PACKAGE) or file.startswith(_EXAMPLES)):
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""
