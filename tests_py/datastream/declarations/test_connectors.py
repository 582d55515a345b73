"""Builders name what is missing, and sources and sinks hold what was set."""

from __future__ import annotations

import pytest

from pyflinkpp.common.errors import ConfigurationError, NotBuiltError
from pyflinkpp.common.serialization import Encoder, SimpleStringSchema
from pyflinkpp.common.time import Duration
from pyflinkpp.common.typeinfo import Types
from pyflinkpp.datastream.connectors import DeliveryGuarantee
from pyflinkpp.datastream.connectors import file_system as fs
from pyflinkpp.datastream.connectors import kafka as k
from pyflinkpp.datastream.connectors.cassandra import CassandraSink
from pyflinkpp.datastream.connectors.datagen import DataGeneratorSource
from pyflinkpp.datastream.connectors.dynamic_kafka import DynamicKafkaSource
from pyflinkpp.datastream.connectors.elasticsearch import (
    Elasticsearch6SinkBuilder,
    Elasticsearch7SinkBuilder,
    ElasticsearchEmitter,
)
from pyflinkpp.datastream.connectors.hybrid_source import HybridSource
from pyflinkpp.datastream.connectors.jdbc import JdbcConnectionOptions, JdbcExecutionOptions, JdbcSink
from pyflinkpp.datastream.connectors.kinesis import KinesisStreamsSink
from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
from pyflinkpp.datastream.connectors.pulsar import PulsarSink, PulsarSource, StartCursor, StopCursor
from pyflinkpp.datastream.connectors.rabbitmq import RMQConnectionConfig

LINES = fs.StreamFormat.text_line_format()


def test_number_sequence():
    assert NumberSequenceSource(1, 3) == NumberSequenceSource(1, 3)
    assert NumberSequenceSource(1, 3)._native_kind == "number_sequence"
    for start, end, error in ((3, 1, ValueError), (0, 2**63, ValueError), ("a", 1, TypeError)):
        with pytest.raises(error):
            NumberSequenceSource(start, end)


def test_data_generator():
    assert DataGeneratorSource(str, 5, 2.5).rate_per_second == 2.5
    with pytest.raises(ValueError, match="rate_per_second"):
        DataGeneratorSource(str, 5, 0)
    with pytest.raises(ValueError, match="count"):
        DataGeneratorSource(str, -1)


def test_file_source():
    builder = fs.FileSource.for_record_stream_format(LINES, "/a", "/b")
    assert builder.build().bounded
    watching = builder.monitor_continuously(Duration.of_seconds(2)).build()
    assert (watching.paths, watching.discovery_millis, watching.bounded) == (("/a", "/b"), 2000, False)
    assert watching._produced_type() == Types.STRING()
    with pytest.raises(ConfigurationError, match="paths"):
        fs.FileSource.for_record_stream_format(LINES)
    with pytest.raises(ValueError, match="klingon"):
        fs.StreamFormat.text_line_format("klingon")


def test_file_sink():
    sink = (
        fs.FileSink.for_row_format("/out", Encoder.simple_string_encoder())
        .with_rolling_policy(fs.RollingPolicy.default_rolling_policy(part_size=10))
        .with_bucket_assigner(fs.BucketAssigner.base_path_bucket_assigner())
        .with_output_file_config(fs.OutputFileConfig.builder().with_part_prefix("p").build())
        .with_bucket_check_interval(5)
        .build()
    )
    assert sink.rolling_policy.part_size == 10
    assert sink.bucket_assigner.kind == "base_path"
    assert sink.output_file_config.part_prefix == "p"
    assert sink.bucket_check_interval == 5
    bulk = fs.FileSink.for_bulk_format("/out", object())
    assert bulk.build().rolling_policy.kind == "on_checkpoint"
    with pytest.raises(ValueError, match="on_checkpoint"):
        bulk.with_rolling_policy(fs.RollingPolicy.default_rolling_policy())
    old = fs.StreamingFileSink.for_row_format("/out", Encoder.simple_string_encoder()).build()
    assert old._to_sink().base_path == "/out"
    with pytest.raises(ConfigurationError, match="size_threshold"):
        fs.FileCompactStrategy.builder().build()
    with pytest.raises(ValueError, match="Mars/Base"):
        fs.BucketAssigner.date_time_bucket_assigner(timezone_id="Mars/Base")


def kafka_source():
    builder = k.KafkaSource.builder().set_bootstrap_servers("h:1").set_group_id("g")
    return builder.set_value_only_deserializer(SimpleStringSchema())


def test_kafka_source():
    source = kafka_source().set_topics("a", "b").set_property("x", "y").build()
    assert source.topics == ("a", "b")
    assert source.properties == {"bootstrap.servers": "h:1", "group.id": "g", "x": "y"}
    assert source.starting_offsets.kind == "earliest"
    bounded = kafka_source().set_topic_pattern("a.*").set_bounded(k.KafkaOffsetsInitializer.latest()).build()
    assert bounded.bounded and bounded.topic_pattern == "a.*"
    partition = k.KafkaTopicPartition("t", 1)
    assert kafka_source().set_partitions({partition}).build().partitions == {partition}
    offsets = k.KafkaOffsetsInitializer.offsets({partition: 5}, k.KafkaOffsetResetStrategy.LATEST)
    assert offsets.partition_offsets == {k.KafkaTopicPartition("t", 1): 5}


def test_kafka_source_names_what_is_missing():
    with pytest.raises(ConfigurationError, match="topics"):
        kafka_source().build()
    with pytest.raises(ConfigurationError, match=r"bootstrap_servers, topics, deserializer"):
        k.KafkaSource.builder().build()
    with pytest.raises(ConfigurationError, match="group_id"):
        committed = k.KafkaOffsetsInitializer.committed_offsets()
        builder = k.KafkaSource.builder().set_bootstrap_servers("h:1").set_topics("t")
        builder.set_value_only_deserializer(SimpleStringSchema()).set_starting_offsets(committed).build()
    with pytest.raises(ConfigurationError, match="topic_pattern"):
        kafka_source().set_topics("a").set_topic_pattern("b")


def test_kafka_sink():
    schema = k.KafkaRecordSerializationSchema.builder()
    with pytest.raises(ConfigurationError, match="topic, value_serialization_schema"):
        schema.build()
    record = schema.set_topic("t").set_value_serialization_schema(SimpleStringSchema()).build()
    builder = k.KafkaSink.builder().set_bootstrap_servers("h:1").set_record_serializer(record)
    assert builder.build().delivery_guarantee is DeliveryGuarantee.NONE
    builder.set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
    with pytest.raises(ConfigurationError, match="transactional_id_prefix"):
        builder.build()
    assert builder.set_transactional_id_prefix("p").build().transactional_id_prefix == "p"


def test_kafka_classes_of_flink_1x():
    props = {"bootstrap.servers": "h:1", "group.id": "g", "auto.offset.reset": "earliest"}
    consumer = k.FlinkKafkaConsumer("t", SimpleStringSchema(), props)
    assert consumer.get_produced_type() == Types.STRING()
    source = consumer._to_source()
    assert source.starting_offsets.reset_strategy is k.KafkaOffsetResetStrategy.EARLIEST
    assert consumer.set_start_from_latest()._to_source().starting_offsets.kind == "latest"
    producer = k.FlinkKafkaProducer("t", SimpleStringSchema(), props, semantic=k.Semantic.EXACTLY_ONCE)
    assert producer._to_sink().delivery_guarantee is DeliveryGuarantee.EXACTLY_ONCE
    with pytest.raises(ConfigurationError, match=r"bootstrap\.servers"):
        k.FlinkKafkaConsumer("t", SimpleStringSchema(), {})


def test_what_is_not_built_says_so_when_run():
    with pytest.raises(NotBuiltError, match="kafka"):
        kafka_source().set_topics("a").build()._check_built()
    NumberSequenceSource(1, 2)._check_built()
    with pytest.raises(NotBuiltError, match="cassandra"):
        CassandraSink.add_sink(None).set_host("h").build()
    with pytest.raises(NotBuiltError, match="Java"):
        NumberSequenceSource(1, 2).get_java_function()


def test_jdbc():
    options = JdbcConnectionOptions.JdbcConnectionOptionsBuilder()
    with pytest.raises(ConfigurationError, match="url"):
        options.build()
    connection = options.with_url("jdbc:postgresql://h/d").with_password("secret").build()
    assert "secret" not in repr(connection)
    execution = JdbcExecutionOptions.builder().with_batch_size(7).with_batch_interval_ms(9).build()
    row = Types.ROW([Types.INT()])
    sink = JdbcSink.sink("insert into t values (?)", row, connection, execution)
    assert sink.execution_options.get_batch_size() == 7
    with pytest.raises(TypeError, match="row type"):
        JdbcSink.sink("insert", Types.INT(), connection)


def test_elasticsearch():
    emitter = ElasticsearchEmitter.static_index("i")
    with pytest.raises(ConfigurationError, match="hosts"):
        Elasticsearch7SinkBuilder().set_emitter(emitter).build()
    assert Elasticsearch7SinkBuilder().set_emitter(emitter).set_hosts("h:9200").build().hosts == ("h:9200",)
    with pytest.raises(ConfigurationError, match="doc_type"):
        Elasticsearch6SinkBuilder().set_emitter(emitter).set_hosts("h:9200").build()
    with pytest.raises(ConfigurationError, match="EXACTLY_ONCE"):
        Elasticsearch7SinkBuilder().set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)


def test_other_builders_name_what_is_missing():
    for builder, missing in (
        (DynamicKafkaSource.builder(), "stream_ids"),
        (KinesisStreamsSink.builder(), "stream_name"),
        (PulsarSource.builder(), "service_url"),
        (PulsarSink.builder(), "topics"),
        (RMQConnectionConfig.Builder(), "virtual_host"),
    ):
        with pytest.raises(ConfigurationError, match=missing):
            builder.build()


def test_pulsar_source():
    source = (
        PulsarSource.builder()
        .set_service_url("pulsar://h:6650")
        .set_subscription_name("s")
        .set_topics(["a", "b"])
        .set_start_cursor(StartCursor.latest())
        .set_bounded_stop_cursor(StopCursor.at_publish_time(5))
        .set_deserialization_schema(SimpleStringSchema())
        .build()
    )
    assert source.bounded and source.stop_cursor == StopCursor.at_publish_time(5)


def test_hybrid_source_allows_an_unbounded_one_only_last():
    files = fs.FileSource.for_record_stream_format(LINES, "/a").monitor_continuously(1000).build()
    numbers = NumberSequenceSource(1, 2)
    assert HybridSource.builder(numbers).add_source(files).build().sources == (numbers, files)
    with pytest.raises(ValueError, match="last"):
        HybridSource.builder(files).add_source(numbers)
