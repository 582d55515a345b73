import pytest

from pyflinkpp.common import Configuration
from pyflinkpp.datastream import RuntimeExecutionMode, StreamExecutionEnvironment


@pytest.fixture
def make_env():
    """A fresh environment of the given parallelism."""

    def make(parallelism=1, batch=False, batch_size=None, **settings):
        configuration = Configuration()
        for key, value in settings.items():
            configuration.set_string(key.replace("__", ".").replace("_", "-"), str(value))
        if batch_size is not None:
            configuration.set_string("execution.batch-size", str(batch_size))
        env = StreamExecutionEnvironment.get_execution_environment(configuration)
        env.set_parallelism(parallelism)
        if batch:
            env.set_runtime_mode(RuntimeExecutionMode.BATCH)
        return env

    return make


@pytest.fixture
def env(make_env):
    return make_env()
