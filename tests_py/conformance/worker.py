"""Runs recorded jobs one after another and writes what each gave; started by test_recorded.py.

    python worker.py OUT.json JOB.py ...

A process of its own, because jobs look at what the process writes to file descriptor 1.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import conf_api


def outcome(path):
    api = conf_api.make_api("pyflinkpp")
    try:
        value = conf_api.encode(conf_api.load_job(path)["job"](api))
        return {"result": json.loads(json.dumps(value))}
    except BaseException as error:
        return {"error": "".join(traceback.format_exception(error))}
    finally:
        api.cleanup()


def main(out, jobs):
    os.environ["TZ"] = "UTC"
    time.tzset()
    captured = f"{out}.stdout"
    os.dup2(os.open(captured, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644), 1)
    os.environ["CONF_STDOUT"] = captured
    Path(out).write_text(json.dumps({Path(path).stem: outcome(path) for path in jobs}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
