import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["adapters", "runtime_context", "local_job", "sinks", "compile"])
def test_any_module_may_be_imported_first(module):
    """As it is when a shipped function is loaded in a process of its own."""
    code = f"import pyflinkpp._impl.{module}"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""
