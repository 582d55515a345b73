"""Records what Apache Flink gives for the jobs: `record.py --python VENV/bin/python [--only GLOB]`.

The Python given has PyFlink installed, and finds a Java. Each job runs in two processes, the second time in
reverse order; a result is written to golden/ only when both agree.
"""

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import conf_api  # noqa: E402


def run(python: str, jobs: list[Path]) -> dict[str, dict]:
    """What each job gave, or how it failed, by name."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        worker = [python, str(HERE / "worker.py"), "--engine", "pyflink", str(out)]
        # Flink starts its Python workers with whatever `python` it finds.
        path = os.pathsep.join([str(Path(python).parent), os.environ["PATH"]])
        subprocess.run([*worker, *map(str, jobs)], check=True, env={**os.environ, "PATH": path})
        return json.loads(out.read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="a Python that has PyFlink")
    parser.add_argument("--only", default="*", help="names of jobs, as a shell pattern")
    arguments = parser.parse_args()

    found = sorted((HERE / "jobs").glob("*.py"))
    jobs = [path for path in found if fnmatch.fnmatch(path.stem, arguments.only)]
    version = subprocess.run(
        [arguments.python, "-c", "import importlib.metadata as m; print(m.version('apache-flink'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    first, second = run(arguments.python, jobs), run(arguments.python, jobs[::-1])
    failed = 0
    for path in jobs:
        once, again = first[path.stem], second[path.stem]
        problem = once.get("error") or again.get("error")
        if problem is None and not conf_api.same(once["result"], again["result"]):
            problem = f"gave {once['result']}, then {again['result']}"
        if problem is not None:
            print(f"{path.stem}: not recorded: {problem}", file=sys.stderr)
            failed += 1
            continue
        golden = {"job": path.stem, "engine": f"apache-flink {version}", "result": once["result"]}
        (HERE / "golden" / f"{path.stem}.json").write_text(
            json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        print(f"{path.stem}: recorded")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
