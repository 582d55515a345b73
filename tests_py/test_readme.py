"""The programs of the README run."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_the_programs_give_what_their_text_says(tmp_path):
    program = tmp_path / "job.py"
    program.write_text("\n".join(re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)))
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    printed = sorted(re.sub(r"^\d+> ", "", line) for line in done.stdout.splitlines())
    assert printed == [
        "('ann', 10)",
        "('ann', 12)",
        "('bob', 3)",
        "(be,1)",
        "(be,2)",
        "(not,1)",
        "(or,1)",
        "(to,1)",
        "(to,2)",
    ]
