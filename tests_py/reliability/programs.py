"""Programs of this folder, run as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run_program(
    name: str, *arguments: object, timeout: float = 50, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Raises TimeoutExpired after so many seconds."""
    return subprocess.run(
        [sys.executable, "-m", f"reliability.{name}", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(HERE.parent), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
