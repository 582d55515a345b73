"""The print sink."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyflinkpp._impl.adapters import Opened
from pyflinkpp._impl.print_format import formatter


@dataclass
class PrintOpener:
    """Writes records to standard output, a line each, one write for each batch.

    Lines begin with `identifier:subtask> ` as far as there are an identifier and several subtasks.
    """

    descriptor: tuple[Any, ...]
    identifier: str | None
    to_stderr: bool = False

    def __call__(self, where: Mapping[str, Any]) -> Opened:
        number = str(where["subtask"] + 1) if where["parallelism"] > 1 else ""
        parts = [part for part in (self.identifier or "", number) if part]
        prefix = f"{':'.join(parts)}> " if parts else ""
        text = formatter(self.descriptor)

        def write(records: list[Any]) -> None:
            stream = sys.stderr if self.to_stderr else sys.stdout
            stream.write("".join([f"{prefix}{text(record)}\n" for record in records]))
            stream.flush()

        return Opened([(write, "batch", None)], [])
