"""The paths under which programs for PyFlink import names."""

import importlib
import subprocess
import sys

import pytest

from pyflinkpp.common import Configuration, SimpleStringSchema
from pyflinkpp.common.errors import ConfigurationError, NoJvmError, NotBuiltError
from pyflinkpp.datastream import StreamExecutionEnvironment, connectors
from pyflinkpp.datastream.connectors import FlinkKafkaConsumer, KafkaSource
from pyflinkpp.java_gateway import get_gateway
from pyflinkpp.util.java_utils import get_j_env_configuration, load_java_class

PATHS = """
    datastream.connectors.kafka.DeliveryGuarantee datastream.connectors.pulsar.DeliveryGuarantee
    datastream.window.Time datastream.state.Time datastream.checkpoint_mode.CheckpointingMode
    datastream.functions.IN datastream.functions.OUT datastream.functions.KEY
    java_gateway.get_gateway java_gateway.is_launch_gateway_disabled version.__version__
    util.java_utils.get_j_env_configuration util.java_utils.to_jarray util.java_utils.is_instance_of
"""
#: All that PyFlink 2.3 sets on `datastream.connectors`.
OF_CONNECTORS = """
    NumberSequenceSource JdbcSink JdbcConnectionOptions JdbcExecutionOptions KafkaSource FlinkKafkaConsumer
    FlinkKafkaProducer Semantic DynamicKafkaSource DynamicKafkaSourceBuilder KafkaMetadataService
    KafkaRecordDeserializationSchema KafkaStreamSetSubscriber KafkaStreamSubscriber StreamPatternSubscriber
    SingleClusterTopicMetadataService PulsarSource PulsarSourceBuilder StartCursor StopCursor RMQSource
    RMQSink RMQConnectionConfig BucketAssigner FileEnumeratorProvider FileSink FileSplitAssignerProvider
    FileSource FileSourceBuilder OutputFileConfig RollingPolicy StreamFormat StreamingFileSink
"""


@pytest.mark.parametrize("path", PATHS.split())
def test_a_path_leads_to_its_name(path):
    module, _, name = f"pyflinkpp.{path}".rpartition(".")
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", OF_CONNECTORS.split())
def test_connectors_has_the_names_of_its_modules(name):
    assert getattr(connectors, name).__name__ == name
    assert name in dir(connectors)


def test_connectors_knows_no_other_names():
    with pytest.raises(ImportError, match="NoSuchSource"):
        from pyflinkpp.datastream.connectors import NoSuchSource  # noqa: F401


def test_no_connector_is_loaded_before_it_is_asked_for():
    code = "import sys, pyflinkpp.datastream; print(*(m for m in sys.modules if 'kafka' in m or 'jdbc' in m))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "\n"


def test_a_connector_that_is_not_built_says_so_when_it_is_used():
    env = StreamExecutionEnvironment.get_execution_environment()
    with pytest.raises(NotBuiltError, match=r"(?i)kafka"):
        env.add_source(FlinkKafkaConsumer("topic", SimpleStringSchema(), {"bootstrap.servers": "x:1"}))
    with pytest.raises(ConfigurationError, match="missing"):
        KafkaSource.builder().build()


def test_java_names_say_what_they_are_when_they_are_called():
    jvm = get_gateway().jvm
    with pytest.raises(NoJvmError, match=r"jvm\.org\.apache\.flink\.Thing needs a Java virtual machine"):
        jvm.org.apache.flink.Thing(1)
    with pytest.raises(NoJvmError, match=r"java\.lang\.Thread"):
        load_java_class("java.lang.Thread")
    env = StreamExecutionEnvironment.get_execution_environment()
    with pytest.raises(NoJvmError, match="socketTextStream"):
        env._j_stream_execution_environment.socketTextStream("localhost", 9999)


def test_the_settings_of_an_environment_in_the_manner_of_java_are_its_own():
    env = StreamExecutionEnvironment.get_execution_environment()
    java = get_j_env_configuration(env._j_stream_execution_environment)
    java.setInteger("parallelism.default", 3)
    assert env.get_parallelism() == 3
    Configuration(j_configuration=java).set_string("parallelism.default", "5")
    assert env.get_parallelism() == 5 and java.getString("parallelism.default", None) == "5"
    with pytest.raises(NoJvmError, match="addAllToProperties"):
        java.addAllToProperties(None)
    with pytest.raises(NoJvmError, match="j_configuration"):
        Configuration(j_configuration=object())
    with pytest.raises(TypeError, match="_j_stream_execution_environment"):
        get_j_env_configuration(env)
