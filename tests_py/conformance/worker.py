"""Runs recorded jobs one after another and writes what each gave; started by the tests beside it.

    python worker.py [--engine pyflink] [--simulate | --crash] [--parallelism N[,N]]
        [--unaligned] [--seed N] OUT.json JOB.py ...

With --crash the process of each job dies behind its first checkpoint, as far as the job can tell, and it
goes on from there; with --simulate nothing happens to it. With --parallelism all its operators run that many
times, in the second process as the second number says. With --unaligned barriers overtake what is on its way.
The seed decides the order in which tasks take turns.

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


def simulated_outcome(path, crash, parallelism, unaligned, seed):
    from pyflinkpp._impl.simulated_job import Simulation, simulated

    simulation = Simulation(
        seed=seed,
        crash_at=[1] if crash else [],
        after_checkpoint=True,
        turns=2,
        overtake_after=0 if unaligned else None,
        parallelism=parallelism,
        rescales_all=bool(parallelism),
    )
    with simulated(simulation):
        happened = outcome("pyflinkpp", path)
    return {**happened, "restores": simulation.restores, "spared": simulation.spared}


def main(arguments):
    os.environ["TZ"] = "UTC"
    time.tzset()
    captured = f"{arguments.out}.stdout"
    os.dup2(os.open(captured, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644), 1)
    os.environ["CONF_STDOUT"] = captured
    parallelism = tuple(map(int, arguments.parallelism.split(","))) if arguments.parallelism else ()

    def run(path):
        if arguments.simulate or arguments.crash:
            return simulated_outcome(path, arguments.crash, parallelism, arguments.unaligned, arguments.seed)
        return outcome(arguments.engine, path)

    results = {Path(path).stem: run(path) for path in arguments.jobs}
    Path(arguments.out).write_text(json.dumps(results))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="pyflinkpp")
    parser.add_argument("--simulate", action="store_true")
    parser.add_argument("--crash", action="store_true")
    parser.add_argument("--parallelism", default="")
    parser.add_argument("--unaligned", action="store_true")
    parser.add_argument("--seed", type=int, default=3)  # one record a batch
    parser.add_argument("out")
    parser.add_argument("jobs", nargs="+")
    main(parser.parse_args())
