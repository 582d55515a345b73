"""Sources and sinks. Each outside system has a module of its own.

What PyFlink also gives here is loaded when it is asked for: the names of its older releases.

>>> from pyflinkpp.datastream.connectors import FileSource, NumberSequenceSource
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pyflinkpp.datastream.connectors.base import DeliveryGuarantee, Sink, Source

if TYPE_CHECKING:
    from pyflinkpp.datastream.connectors.dynamic_kafka import (
        DynamicKafkaSource as DynamicKafkaSource,
    )
    from pyflinkpp.datastream.connectors.dynamic_kafka import (
        DynamicKafkaSourceBuilder as DynamicKafkaSourceBuilder,
    )
    from pyflinkpp.datastream.connectors.dynamic_kafka import (
        KafkaMetadataService as KafkaMetadataService,
    )
    from pyflinkpp.datastream.connectors.dynamic_kafka import (
        KafkaRecordDeserializationSchema as KafkaRecordDeserializationSchema,
    )
    from pyflinkpp.datastream.connectors.dynamic_kafka import (
        KafkaStreamSetSubscriber as KafkaStreamSetSubscriber,
    )
    from pyflinkpp.datastream.connectors.dynamic_kafka import (
        KafkaStreamSubscriber as KafkaStreamSubscriber,
    )
    from pyflinkpp.datastream.connectors.dynamic_kafka import (
        SingleClusterTopicMetadataService as SingleClusterTopicMetadataService,
    )
    from pyflinkpp.datastream.connectors.dynamic_kafka import (
        StreamPatternSubscriber as StreamPatternSubscriber,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        BucketAssigner as BucketAssigner,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        FileEnumeratorProvider as FileEnumeratorProvider,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        FileSink as FileSink,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        FileSource as FileSource,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        FileSourceBuilder as FileSourceBuilder,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        FileSplitAssignerProvider as FileSplitAssignerProvider,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        OutputFileConfig as OutputFileConfig,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        RollingPolicy as RollingPolicy,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        StreamFormat as StreamFormat,
    )
    from pyflinkpp.datastream.connectors.file_system import (
        StreamingFileSink as StreamingFileSink,
    )
    from pyflinkpp.datastream.connectors.jdbc import (
        JdbcConnectionOptions as JdbcConnectionOptions,
    )
    from pyflinkpp.datastream.connectors.jdbc import (
        JdbcExecutionOptions as JdbcExecutionOptions,
    )
    from pyflinkpp.datastream.connectors.jdbc import (
        JdbcSink as JdbcSink,
    )
    from pyflinkpp.datastream.connectors.kafka import (
        FlinkKafkaConsumer as FlinkKafkaConsumer,
    )
    from pyflinkpp.datastream.connectors.kafka import (
        FlinkKafkaProducer as FlinkKafkaProducer,
    )
    from pyflinkpp.datastream.connectors.kafka import (
        KafkaSource as KafkaSource,
    )
    from pyflinkpp.datastream.connectors.kafka import (
        Semantic as Semantic,
    )
    from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource as NumberSequenceSource
    from pyflinkpp.datastream.connectors.pulsar import (
        PulsarSource as PulsarSource,
    )
    from pyflinkpp.datastream.connectors.pulsar import (
        PulsarSourceBuilder as PulsarSourceBuilder,
    )
    from pyflinkpp.datastream.connectors.pulsar import (
        StartCursor as StartCursor,
    )
    from pyflinkpp.datastream.connectors.pulsar import (
        StopCursor as StopCursor,
    )
    from pyflinkpp.datastream.connectors.rabbitmq import (
        RMQConnectionConfig as RMQConnectionConfig,
    )
    from pyflinkpp.datastream.connectors.rabbitmq import (
        RMQSink as RMQSink,
    )
    from pyflinkpp.datastream.connectors.rabbitmq import (
        RMQSource as RMQSource,
    )

__all__ = ["DeliveryGuarantee", "Sink", "Source"]

_HOMES = {
    "number_seq": "NumberSequenceSource",
    "jdbc": "JdbcSink JdbcConnectionOptions JdbcExecutionOptions",
    "kafka": "KafkaSource FlinkKafkaConsumer FlinkKafkaProducer Semantic",
    "dynamic_kafka": "DynamicKafkaSource DynamicKafkaSourceBuilder KafkaMetadataService "
    "KafkaRecordDeserializationSchema KafkaStreamSetSubscriber KafkaStreamSubscriber "
    "StreamPatternSubscriber SingleClusterTopicMetadataService",
    "pulsar": "PulsarSource PulsarSourceBuilder StartCursor StopCursor",
    "rabbitmq": "RMQSource RMQSink RMQConnectionConfig",
    "file_system": "BucketAssigner FileEnumeratorProvider FileSink FileSplitAssignerProvider FileSource "
    "FileSourceBuilder OutputFileConfig RollingPolicy StreamFormat StreamingFileSink",
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
