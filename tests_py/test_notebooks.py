"""The notebooks run, and give the outputs that are stored in them."""

import ast
import contextlib
import io
import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def run_cell(source, name, namespace):
    """What a kernel would show: printed text, and the value of a last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, name, "exec"), namespace)
        value = None if last is None else eval(compile(ast.Expression(last.value), name, "eval"), namespace)
    return printed.getvalue() + ("" if value is None else repr(value))


def stored(outputs):
    return "".join("".join(output.get("text") or output["data"]["text/plain"]) for output in outputs)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_its_stored_outputs(notebook):
    namespace = {}
    for number, cell in enumerate(json.loads(notebook.read_text())["cells"]):
        if cell["cell_type"] == "code":
            got = run_cell("".join(cell["source"]), f"{notebook.name}:{number}", namespace)
            assert got == stored(cell["outputs"])


def test_there_are_notebooks():
    assert NOTEBOOKS
