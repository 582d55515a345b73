import pytest

from pyflinkpp.common import Types
from pyflinkpp.datastream import StreamExecutionEnvironment

#: Key, number, both of which tests choose freely.
RECORD = Types.TUPLE([Types.STRING(), Types.LONG()])


@pytest.fixture
def env():
    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.set_parallelism(1)
    return environment


@pytest.fixture
def keyed(env):
    """Pairs by their first field; what comes in, a harness says."""
    return env.from_collection([], RECORD).key_by(lambda record: record[0])
