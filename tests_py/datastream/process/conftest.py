import pytest

from pyflinkpp.datastream import StreamExecutionEnvironment


@pytest.fixture
def env():
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.set_parallelism(1)
    return environment
