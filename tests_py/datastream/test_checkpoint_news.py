"""What a job tells, while it runs, of checkpoints that fail, are damaged, or are gone on from."""

import logging
import time

import pytest

from datastream.counting_jobs import environment
from pyflinkpp.common import Types, WatermarkStrategy
from pyflinkpp.datastream import MapFunction
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource


class FailsOnce(MapFunction):
    """Fails where two checkpoints are complete, behind what a test does to them."""

    def __init__(self, folder, damage):
        self.folder = folder
        self.damage = damage

    def open(self, runtime_context):
        self.may_fail = runtime_context.get_attempt_number() == 0

    def map(self, value):
        time.sleep(0.001)
        complete = sorted(self.folder.glob("*/chk-*/_metadata"), key=lambda path: int(path.parent.name[4:]))
        if self.may_fail and len(complete) >= 2:
            if self.damage:
                complete[-1].write_bytes(b"rubbish")
            raise ValueError("planned")
        return value


def run(tmp_path, damage):
    env = environment(tmp_path, **{"execution.checkpointing.num-retained": "2"}).set_parallelism(1)
    numbers = env.from_source(
        NumberSequenceSource(1, 500), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    numbers.map(FailsOnce(tmp_path, damage), Types.LONG()).filter(lambda _: False).print()
    env.execute("news")


@pytest.mark.parametrize("damage", [False, True])
def test_a_restart_says_what_the_job_goes_on_from(damage, tmp_path, caplog):
    caplog.set_level(logging.INFO, "pyflinkpp.checkpoints")
    run(tmp_path, damage)
    told = [record.getMessage() for record in caplog.records if record.name == "pyflinkpp.checkpoints"]
    assert told[-1].startswith("job 'news' goes on from checkpoint ") and str(tmp_path) in told[-1]
    passed_over = [message for message in told if message.endswith("; trying the checkpoint before")]
    assert len(passed_over) == damage and all("chk-" in message for message in passed_over)


def test_a_checkpoint_that_fails_is_told_also_where_that_is_tolerated(tmp_path, caplog):
    nowhere = tmp_path / "file"
    nowhere.write_text("not a folder")
    env = environment(nowhere, **{"execution.checkpointing.tolerable-failed-checkpoints": "1000000"})
    numbers = env.from_source(
        NumberSequenceSource(1, 2**62), WatermarkStrategy.no_watermarks(), "numbers", Types.LONG()
    )
    numbers.filter(lambda _: False).print()
    job = env.execute_async("news")
    while not any("checkpoint 1 failed: " in record.getMessage() for record in caplog.records):
        time.sleep(0.01)
    job.cancel().result()
    assert any(str(nowhere) in record.getMessage() for record in caplog.records)
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
