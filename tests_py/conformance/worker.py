"""Runs recorded jobs one after another and writes what each gave; started by test_recorded.py.

    python worker.py [--engine pyflink] OUT.json JOB.py ...

A process of its own, because jobs look at what the process writes to file descriptor 1.
"""

import argparse
import json
import os
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import conf_api


def outcome(engine, path):
    api = conf_api.make_api(engine)
    try:
        value = conf_api.encode(conf_api.load_job(path)["job"](api))
        return {"result": json.loads(json.dumps(value))}
    except BaseException as error:
        return {"error": "".join(traceback.format_exception(error))}
    finally:
        api.cleanup()


def main(engine, out, jobs):
    os.environ["TZ"] = "UTC"
    time.tzset()
    captured = f"{out}.stdout"
    os.dup2(os.open(captured, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644), 1)
    os.environ["CONF_STDOUT"] = captured
    Path(out).write_text(json.dumps({Path(path).stem: outcome(engine, path) for path in jobs}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="pyflinkpp")
    parser.add_argument("out")
    parser.add_argument("jobs", nargs="+")
    arguments = parser.parse_args()
    main(arguments.engine, arguments.out, arguments.jobs)
