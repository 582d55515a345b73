"""The options that the engine knows, and hints for keys that it does not know."""

from __future__ import annotations

from typing import Any

from pyflinkpp.common.config_options import _PARSERS, ConfigOption

# key | type | default, - for none | fallback keys | description
# An ENUM gives its choices as ENUM(a/b).
_TABLE = """
parallelism.default | INT | 1 | | parallel subtasks of an operator that does not say otherwise
execution.runtime-mode | ENUM(STREAMING/BATCH/AUTOMATIC) | STREAMING | | emit running results, or final ones only
execution.target | STRING | local | | where a job runs: local, mini-cluster, ray, remote or flink
execution.attached | BOOLEAN | false | | whether the client waits for the end of the job
execution.batch-size | INT | 4096 | | most rows that go through an operator at once
execution.buffer-timeout.enabled | BOOLEAN | true | | send partly filled network buffers after the interval
execution.buffer-timeout.interval | DURATION | 100 ms | execution.buffer-timeout | longest wait of rows in a network channel
execution.shutdown-on-attached-exit | BOOLEAN | false | | cancel the job when an attached client goes
execution.checkpointing.interval | DURATION | - | | time from one checkpoint to the next; absent means no checkpoints
execution.checkpointing.interval-during-backlog | DURATION | - | | the interval while a source works through a backlog
execution.checkpointing.mode | ENUM(EXACTLY_ONCE/AT_LEAST_ONCE) | EXACTLY_ONCE | | what a recovered job promises for its state
execution.checkpointing.timeout | DURATION | 10 min | | a checkpoint that takes longer is given up
execution.checkpointing.min-pause | DURATION | 0 ms | | least time from the end of a checkpoint to the next
execution.checkpointing.max-concurrent-checkpoints | INT | 1 | | checkpoints under way at once
execution.checkpointing.tolerable-failed-checkpoints | INT | 0 | | failed checkpoints in a row before the job fails
execution.checkpointing.externalized-checkpoint-retention | ENUM(DELETE_ON_CANCELLATION/RETAIN_ON_CANCELLATION/NO_EXTERNALIZED_CHECKPOINTS) | NO_EXTERNALIZED_CHECKPOINTS | | what happens to checkpoints of a cancelled job
execution.checkpointing.num-retained | INT | 1 | state.checkpoints.num-retained | completed checkpoints to keep
execution.checkpointing.storage | ENUM(filesystem/jobmanager) | - | state.checkpoint-storage | where checkpoints are kept
execution.checkpointing.dir | STRING | - | state.checkpoints.dir | folder or URI of the checkpoints
execution.checkpointing.savepoint-dir | STRING | - | state.savepoints.dir | folder or URI of savepoints that name none
execution.checkpointing.incremental | BOOLEAN | false | state.backend.incremental | upload only what changed since the last checkpoint
execution.checkpointing.unaligned.enabled | BOOLEAN | false | execution.checkpointing.unaligned | let barriers overtake rows in channels
execution.checkpointing.unaligned.forced | BOOLEAN | false | | unaligned checkpoints even where they are doubtful
execution.checkpointing.aligned-checkpoint-timeout | DURATION | 0 ms | | start aligned, go on unaligned after this time
execution.checkpointing.checkpoints-after-tasks-finish | BOOLEAN | true | execution.checkpointing.checkpoints-after-tasks-finish.enabled | go on with checkpoints when some subtasks have ended
execution.checkpointing.local-backup.enabled | BOOLEAN | false | state.backend.local-recovery | keep a copy of the state on the worker
execution.checkpointing.snapshot-compression | BOOLEAN | false | execution.checkpointing.snapshot.compression | compress full snapshots
execution.checkpointing.data-inline-threshold | MEMORY | 20 kb | state.storage.fs.memory-threshold | smaller state is kept inside the metadata file
execution.checkpointing.write-buffer-size | INT | 4096 | state.storage.fs.write-buffer-size | bytes of the buffer for checkpoint files
execution.checkpointing.cleaner.parallel-mode | BOOLEAN | true | state.checkpoint.cleaner.parallel-mode | delete old checkpoint files in parallel
execution.checkpointing.file-merging.enabled | BOOLEAN | false | | put many small state files into one
execution.state-recovery.path | STRING | - | execution.savepoint.path | savepoint or checkpoint to start from
execution.state-recovery.ignore-unclaimed-state | BOOLEAN | false | execution.savepoint.ignore-unclaimed-state | start although state of the savepoint has no operator
execution.state-recovery.claim-mode | ENUM(NO_CLAIM/CLAIM/LEGACY) | NO_CLAIM | execution.savepoint-restore-mode | who owns the files of the savepoint afterwards
state.backend.type | STRING | hashmap | state.backend | hashmap or rocksdb
state.backend.rocksdb.localdir | STRING | - | | folders for working state
state.backend.rocksdb.memory.managed | BOOLEAN | true | | share one cache among all states of a worker
state.backend.rocksdb.memory.fixed-per-slot | MEMORY | - | | cache and write buffers of one slot
state.backend.rocksdb.checkpoint.transfer.thread.num | INT | 4 | | parallel uploads and downloads of a subtask
state.backend.rocksdb.predefined-options | STRING | DEFAULT | | a named set of RocksDB options
state.backend.latency-track.keyed-state-enabled | BOOLEAN | false | | measure state accesses
state.latency-track.keyed-state-enabled | BOOLEAN | false | | measure state accesses
restart-strategy.type | STRING | - | restart-strategy | none, fixed-delay, failure-rate or exponential-delay
restart-strategy.fixed-delay.attempts | INT | 1 | | restarts before the job fails
restart-strategy.fixed-delay.delay | DURATION | 1 s | | wait before a restart
restart-strategy.failure-rate.max-failures-per-interval | INT | 1 | | failures in the interval before the job fails
restart-strategy.failure-rate.failure-rate-interval | DURATION | 1 min | | interval in which failures are counted
restart-strategy.failure-rate.delay | DURATION | 1 s | | wait before a restart
restart-strategy.exponential-delay.initial-backoff | DURATION | 1 s | | first wait
restart-strategy.exponential-delay.max-backoff | DURATION | 1 min | | longest wait
restart-strategy.exponential-delay.backoff-multiplier | DOUBLE | 1.5 | | growth of the wait
restart-strategy.exponential-delay.reset-backoff-threshold | DURATION | 1 h | | time without failure after which the wait starts over
restart-strategy.exponential-delay.jitter-factor | DOUBLE | 0.1 | | random part of the wait
restart-strategy.exponential-delay.attempts-before-reset-backoff | INT | 2147483647 | | restarts before the job fails
jobmanager.execution.failover-strategy | STRING | region | | which tasks restart after a failure: region or full
pipeline.name | STRING | - | | name of the job
pipeline.max-parallelism | INT | -1 | | number of key groups; -1 derives it from the parallelism
pipeline.operator-chaining.enabled | BOOLEAN | true | pipeline.operator-chaining | run neighbouring operators as one
pipeline.operator-chaining.chain-operators-with-different-max-parallelism | BOOLEAN | true | | chain also across different numbers of key groups
pipeline.object-reuse | BOOLEAN | false | | hand the same objects to several operators
pipeline.auto-watermark-interval | DURATION | 200 ms | | how often periodic watermarks are made
pipeline.auto-generate-uids | BOOLEAN | true | | give operators without uid a generated one
pipeline.generic-types | BOOLEAN | true | | allow streams of pickled objects
pipeline.force-avro | BOOLEAN | false | | accepted, without effect
pipeline.force-kryo | BOOLEAN | false | | accepted, without effect
pipeline.closure-cleaner-level | ENUM(NONE/TOP_LEVEL/RECURSIVE) | RECURSIVE | | accepted, without effect
pipeline.global-job-parameters | MAP | - | | parameters that functions and the web page can read
pipeline.cached-files | STRING | - | | files to copy to every worker
pipeline.jars | LIST | - | | accepted; known artifacts select built-in connectors, files are never opened
pipeline.classpaths | LIST | - | | accepted; known artifacts select built-in connectors, files are never opened
pipeline.execution-mode | STRING | PIPELINED | | accepted, without effect
pipeline.watermark-alignment.allow-unaligned-source-splits | BOOLEAN | false | | allow sources that cannot align their splits
metrics.latency.interval | DURATION | 0 ms | | how often latency markers are sent; 0 means never
metrics.reporters | LIST | - | | names of the metric reporters
metrics.system-resource | BOOLEAN | false | | report measurements of the machine
task.cancellation.interval | LONG | 30000 | | milliseconds between two attempts to stop a task
task.cancellation.timeout | LONG | 180000 | | milliseconds after which a task that does not stop is fatal; 0 means never
task.cancellation.timers.timeout | LONG | 7500 | | milliseconds to wait for timers on cancellation
python.executable | STRING | python | | Python for functions
python.client.executable | STRING | python | | Python for the client
python.files | STRING | - | | files and folders added to the import path, with commas between
python.requirements | STRING | - | | requirements file, optionally #folder with packages
python.archives | STRING | - | | archives unpacked beside the functions, with commas between
python.pythonpath | STRING | - | | folders added to the import path
python.execution-mode | ENUM(process/thread) | process | | process or thread
python.systemenv.enabled | BOOLEAN | true | | let functions see the system's environment variables
python.profile.enabled | BOOLEAN | false | python.profile | profile Python functions
python.metric.enabled | BOOLEAN | true | | report metrics of Python functions
python.operator-chaining.enabled | BOOLEAN | true | | chain Python operators
python.fn-execution.bundle.size | INT | 1000 | | accepted; batches follow execution.batch-size
python.fn-execution.bundle.time | LONG | 1000 | | accepted; batches never wait for more rows
python.fn-execution.arrow.batch.size | INT | 1000 | | most rows handed to a vectorised function
python.fn-execution.buffer.memory.size | MEMORY | - | | accepted, without effect
python.fn-execution.framework.memory.size | MEMORY | - | | accepted, without effect
python.fn-execution.memory.managed | BOOLEAN | true | | accepted, without effect
python.fn-execution.streaming.enabled | BOOLEAN | true | | accepted, without effect
python.state.cache-size | INT | 1000 | | accepted, without effect
python.map-state.read-cache-size | INT | 1000 | | accepted, without effect
python.map-state.write-cache-size | INT | 1000 | | accepted, without effect
python.map-state.iterate-response-batch-size | INT | 1000 | | accepted, without effect
python.client.pythonpath | STRING | - | | folders added to the client's import path
jobmanager.rpc.address | STRING | localhost | | host that workers dial
jobmanager.rpc.port | INT | 6123 | | port that workers dial
jobmanager.bind-host | STRING | localhost | | address that the JobManager listens on
jobmanager.memory.process.size | MEMORY | - | | memory of the JobManager process
taskmanager.numberOfTaskSlots | INT | 1 | | slots of a worker
taskmanager.host | STRING | - | | host name that a worker announces
taskmanager.bind-host | STRING | localhost | | address that a worker listens on
taskmanager.memory.process.size | MEMORY | - | | memory of a worker process
taskmanager.memory.flink.size | MEMORY | - | | memory of a worker without overheads
taskmanager.memory.managed.size | MEMORY | - | | memory for state caches
taskmanager.memory.managed.fraction | DOUBLE | 0.4 | | share of a worker's memory for state caches
taskmanager.memory.network.fraction | DOUBLE | 0.1 | | share of a worker's memory for channels
taskmanager.memory.task.off-heap.size | MEMORY | 0 b | | accepted, without effect
taskmanager.memory.task.heap.size | MEMORY | - | | accepted, without effect
taskmanager.memory.segment-size | MEMORY | 32 kb | | size of a network buffer
heartbeat.interval | LONG | 10000 | | milliseconds between heartbeats
heartbeat.timeout | LONG | 50000 | | milliseconds without heartbeat after which a process counts as lost
high-availability.type | STRING | NONE | high-availability | how a new JobManager finds the state of the old one
high-availability.storageDir | STRING | - | | folder or URI of what a new JobManager needs
high-availability.cluster-id | STRING | /default | | name of the cluster
rest.address | STRING | - | | host that clients talk to
rest.port | INT | 8081 | | port that clients talk to
rest.bind-address | STRING | localhost | | address that the REST service listens on
rest.bind-port | STRING | 8081 | | port or range that the REST service listens on
web.submit.enable | BOOLEAN | true | | accept jobs through the web page
web.cancel.enable | BOOLEAN | true | | allow to cancel jobs through the web page
web.upload.dir | STRING | - | | folder of uploaded files
web.refresh-interval | LONG | 3000 | | milliseconds between two updates of the web page
historyserver.web.address | STRING | - | | address of the history server
historyserver.web.port | INT | 8082 | | port of the history server
historyserver.archive.fs.dir | STRING | - | | folders with archives of ended jobs
historyserver.archive.fs.refresh-interval | LONG | 10000 | | milliseconds between two looks for archives
jobmanager.archive.fs.dir | STRING | - | | folder for archives of ended jobs
io.tmp.dirs | STRING | - | taskmanager.tmp.dirs | folders for temporary files
fs.default-scheme | STRING | - | | scheme of paths that have none
fs.overwrite-files | BOOLEAN | false | | whether file sinks replace files
classloader.resolve-order | STRING | child-first | | accepted, without effect
classloader.parent-first-patterns.additional | LIST | - | | accepted, without effect
classloader.check-leaked-classloader | BOOLEAN | true | | accepted, without effect
client.timeout | DURATION | 60 s | | longest wait of a client for an answer
client.statement-name | STRING | - | | accepted, without effect
client.region | STRING | - | | accepted, without effect
table.local-time-zone | STRING | default | | time zone of the session
table.dynamic-table-options.enabled | BOOLEAN | true | | allow OPTIONS hints
table.exec.state.ttl | DURATION | 0 ms | | idle state is dropped after this time; 0 means never
table.exec.source.idle-timeout | DURATION | 0 ms | | a source without rows for so long does not hold watermarks back
table.exec.mini-batch.enabled | BOOLEAN | false | | gather rows before aggregating
table.exec.mini-batch.allow-latency | DURATION | 0 ms | | longest time to gather rows
table.exec.mini-batch.size | LONG | -1 | | most rows to gather
table.exec.resource.default-parallelism | INT | -1 | | parallelism of table operators; -1 takes parallelism.default
table.exec.sink.not-null-enforcer | ENUM(ERROR/DROP) | ERROR | | what happens to NULL in a NOT NULL column
table.exec.sink.upsert-materialize | ENUM(NONE/AUTO/FORCE) | AUTO | | put changes in order before an upsert sink
table.optimizer.agg-phase-strategy | ENUM(AUTO/ONE_PHASE/TWO_PHASE) | AUTO | | aggregate before the exchange as well
table.optimizer.distinct-agg.split.enabled | BOOLEAN | false | | split distinct aggregates against skew
table.sql-dialect | STRING | default | | dialect of SQL texts
table.dml-sync | BOOLEAN | false | | whether INSERT statements wait for their end
"""  # noqa: E501

PREFIXES = (
    "pyflinkpp.",
    "table.",
    "sql-client.",
    "metrics.reporter.",
    "metrics.scope.",
    "security.",
    "env.",
    "containerized.",
    "kubernetes.",
    "yarn.",
    "s3.",
    "fs.",
    "akka.",
    "pekko.",
    "state.backend.rocksdb.",
    "state.backend.forst.",
    "high-availability.",
    "$internal.",
)
"""Beginnings of keys that are accepted without being listed."""


def _read_table() -> dict[str, ConfigOption[Any]]:
    options = {}
    for line in _TABLE.strip().splitlines():
        key, kind, default, fallbacks, description = (cell.strip() for cell in line.split("|"))
        type_name, _, choices = kind.rstrip(")").partition("(")
        option: ConfigOption[Any] = ConfigOption(
            key,
            type_name,
            description=description,
            fallback_keys=tuple(fallbacks.split()),
            choices=tuple(choices.split("/")) if choices else (),
        )
        if default != "-":
            value = default if type_name == "ENUM" else _PARSERS[type_name](default)
            option = ConfigOption(
                key, type_name, value, description, option.fallback_keys(), option.choices()
            )
        options[key] = option
    return options


OPTIONS = _read_table()
"""Every option that the engine knows, by key."""

LEGACY_KEYS = {old: option.key() for option in OPTIONS.values() for old in option.fallback_keys()}
"""Keys of earlier versions and the keys that took their place."""


def option(key: str) -> ConfigOption[Any]:
    """The option of that key; KeyError if the engine does not know it.

    >>> option('execution.batch-size').default_value()
    4096
    """
    return OPTIONS[key]


def is_known(key: str) -> bool:
    """Whether the key is an option, an earlier name of one, or in a family that is accepted unseen."""
    return key in OPTIONS or key in LEGACY_KEYS or key.startswith(PREFIXES)


def unknown_option_hint(key: str) -> str | None:
    """For a key that the engine does not know, the nearest one that it knows; None if nothing is near.

    >>> unknown_option_hint('paralelism.default')
    'parallelism.default'
    >>> unknown_option_hint('parallelism.default') is None
    True
    """
    if is_known(key):
        return None
    import difflib

    nearest = difflib.get_close_matches(key, [*OPTIONS, *LEGACY_KEYS], n=1, cutoff=0.75)
    return LEGACY_KEYS.get(nearest[0], nearest[0]) if nearest else None
