"""Runs recorded jobs one after another and writes what each gave; started by the tests beside it.

    python worker.py [--engine pyflink] [--crash | --rescale] OUT.json JOB.py ...

With --crash the process of each job dies in the middle, as far as the job can tell, and it goes on from its
latest checkpoint; with --rescale it runs at parallelism 2 before and at 3 after that.

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


def restored_outcome(path, rescale):
    from pyflinkpp._impl.simulated_job import Simulation, simulated

    interrupted = Simulation(
        seed=3,  # one record a batch
        crash_at=[1],
        after_checkpoint=True,
        turns=2,
        parallelism=(2, 3) if rescale else (),
        rescales_all=rescale,
    )
    with simulated(interrupted):
        happened = outcome("pyflinkpp", path)
    return {**happened, "restores": interrupted.restores, "spared": interrupted.spared}


def main(engine, crash, rescale, out, jobs):
    os.environ["TZ"] = "UTC"
    time.tzset()
    captured = f"{out}.stdout"
    os.dup2(os.open(captured, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644), 1)
    os.environ["CONF_STDOUT"] = captured

    def run(path):
        return restored_outcome(path, rescale) if crash or rescale else outcome(engine, path)

    Path(out).write_text(json.dumps({Path(path).stem: run(path) for path in jobs}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="pyflinkpp")
    parser.add_argument("--crash", action="store_true")
    parser.add_argument("--rescale", action="store_true")
    parser.add_argument("out")
    parser.add_argument("jobs", nargs="+")
    arguments = parser.parse_args()
    main(arguments.engine, arguments.crash, arguments.rescale, arguments.out, arguments.jobs)
