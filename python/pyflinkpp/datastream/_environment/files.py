"""Files, requirements and jars that a program names for its workers."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from pyflinkpp.common.configuration import Configuration
from pyflinkpp.common.errors import NotBuiltError


class PythonFiles:
    """What a job needs beside its own code. In one process, workers are this process."""

    _configuration: Configuration

    def add_jars(self, *jars_path: str) -> None:
        """Accepted for programs that move: there is no JVM, connectors are built in, no file is opened."""
        self._remember("pipeline.jars", jars_path)

    def add_classpaths(self, *classpaths: str) -> None:
        """Accepted like `add_jars`."""
        self._remember("pipeline.classpaths", classpaths)

    def add_python_file(self, file_path: str) -> None:
        """Makes a module, package folder or zip importable. Raises FileNotFoundError."""
        path = os.path.abspath(file_path)
        if not os.path.exists(path):
            raise FileNotFoundError(f"add_python_file: there is no {file_path}")
        is_module = path.endswith(".py")
        folder = os.path.dirname(path) if is_module else path
        if folder not in sys.path:
            sys.path.insert(0, folder)

    def _add_configured_python_files(self) -> None:
        """What `python.files` and `python.pythonpath` name becomes importable."""
        for file in (self._configuration.get_string("python.files", "") or "").split(","):
            if file.strip():
                self.add_python_file(file.strip())
        for folder in (self._configuration.get_string("python.pythonpath", "") or "").split(os.pathsep):
            if folder and folder not in sys.path:
                sys.path.insert(0, folder)

    def set_python_requirements(
        self, requirements_file_path: str, requirements_cache_dir: str | None = None
    ) -> None:
        """Not built yet: raises NotBuiltError. In one process, install them into its environment."""
        raise NotBuiltError("set_python_requirements is not built yet: install them where this program runs")

    def add_python_archive(self, archive_path: str, target_dir: str | None = None) -> None:
        """Not built yet: raises NotBuiltError."""
        raise NotBuiltError("add_python_archive is not built yet")

    def set_python_executable(self, python_exec: str) -> None:
        """Accepted when it is the interpreter that runs this program; raises NotBuiltError otherwise."""
        if os.path.realpath(python_exec) != os.path.realpath(sys.executable):
            raise NotBuiltError(
                f"set_python_executable: functions run in this process, by {sys.executable}; "
                f"another interpreter ({python_exec}) is not built yet"
            )

    def register_cached_file(self, file_path: str, name: str, executable: bool = False) -> None:
        """Not built yet: raises NotBuiltError."""
        raise NotBuiltError("register_cached_file is not built yet")

    def _remember(self, key: str, values: tuple[Any, ...]) -> None:
        warnings.warn(
            f"{key}: there is no JVM and connectors are built in, so {', '.join(map(str, values))} "
            "will not be opened",
            stacklevel=3,
        )
        known = self._configuration.get_string(key, "") or ""
        self._configuration.set_string(key, ";".join([*filter(None, known.split(";")), *map(str, values)]))
