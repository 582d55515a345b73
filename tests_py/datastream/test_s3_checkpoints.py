"""Checkpoints in an S3 server on this machine: where `moto[server]` and `s3fs` are installed."""

from __future__ import annotations

import fsspec
import pytest

from datastream import remote_checkpoints as remote
from pyflinkpp.common.errors import ConfigurationError

FOLDER = "s3://bucket/jobs/checkpoints"


@pytest.fixture
def server(monkeypatch):
    """With an empty bucket."""
    pytest.importorskip("s3fs")
    moto_server = pytest.importorskip("moto.server")
    running = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    options = {"endpoint_url": f"http://{host}:{port}", "key": "x", "secret": "y"}
    monkeypatch.setitem(fsspec.config.conf, "s3", options)
    fsspec.filesystem("s3").mkdir("bucket")
    yield running
    running.stop()


def test_jobs_go_on_from_s3(server):
    remote.a_failed_job_goes_on_from_there(FOLDER)
    remote.another_job_goes_on_from_the_latest_or_from_a_named_one(FOLDER)
    remote.savepoints_are_taken_read_and_claimed_there(FOLDER)
    remote.leave_checkpoints(FOLDER)
    server.stop()
    with pytest.raises(ConfigurationError, match="path=latest: cannot list s3://bucket"):
        remote.least_count(remote.latest(FOLDER))
