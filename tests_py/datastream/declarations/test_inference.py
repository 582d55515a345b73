import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent


@pytest.mark.timeout(300)
def test_a_type_checker_follows_the_types_of_streams(monkeypatch, tmp_path):
    """Also where functions have no type arguments, as in programs for PyFlink, and under --strict."""
    api = pytest.importorskip("mypy.api")
    monkeypatch.setenv("MYPYPATH", str(HERE.parents[2] / "python"))
    arguments = ["--strict", "--config-file=", f"--cache-dir={HERE.parents[2] / '.mypy_cache'}"]
    arguments += [f"--python-executable={sys.executable}", "--follow-imports=silent"]
    said, failed, _ = api.run([*arguments, str(HERE / "inferred.py")])
    assert not failed and said.startswith("Success"), said
