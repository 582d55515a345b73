"""The options that the engine knows, and hints for keys that it does not know."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pyflinkpp.common.config_options import _PARSERS, ConfigOption

# key | type | default, - for none | fallback keys | effect | description
# An ENUM gives its choices as ENUM(a/b), others their ranges as INT(-1/1..9). Effects: see `Effect`.
_TABLE = """
parallelism.default | INT(-1/1..32768) | 1 | | acts | parallel subtasks of an operator that does not say otherwise; -1 means the number of cores
execution.runtime-mode | ENUM(STREAMING/BATCH/AUTOMATIC) | STREAMING | | acts | emit running results, or final ones only
execution.target | STRING | local | | refuses | where a job runs: local, mini-cluster, ray, remote or flink
execution.attached | BOOLEAN | false | | moot | a program waits for its job in `execute`, and does not in `execute_async`
execution.batch-size | INT(1..2147483647) | 1024 | | acts | most rows that go through an operator at once
execution.buffer-timeout.enabled | BOOLEAN | true | | acts | whether records may go on before a batch is full
execution.buffer-timeout.interval | DURATION | 100 ms | execution.buffer-timeout | acts | longest wait of a result for the rest of its batch, looked at between calls and steps of generators; -1: until it is full
execution.shutdown-on-attached-exit | BOOLEAN | false | | moot | a job of this process ends with it
execution.checkpointing.interval | DURATION(0 ms/10 ms..365 d) | - | | acts | time from one checkpoint to the next; absent or 0 means no checkpoints
execution.checkpointing.interval-during-backlog | DURATION(0 ms/10 ms..) | - | | warns | the interval while a source works through a backlog
execution.checkpointing.mode | ENUM(EXACTLY_ONCE/AT_LEAST_ONCE) | EXACTLY_ONCE | | acts | what a recovered job promises for its state
execution.checkpointing.timeout | DURATION(10 ms..) | 10 min | | acts | a checkpoint that takes longer is given up
execution.checkpointing.min-pause | DURATION(0 ms..) | 0 ms | | acts | least time from the end of a checkpoint to the next
execution.checkpointing.max-concurrent-checkpoints | INT(1..) | 1 | | acts | checkpoints under way at once
execution.checkpointing.tolerable-failed-checkpoints | INT(0..) | 0 | | acts | failed checkpoints in a row before the job fails
execution.checkpointing.externalized-checkpoint-retention | ENUM(DELETE_ON_CANCELLATION/RETAIN_ON_CANCELLATION/NO_EXTERNALIZED_CHECKPOINTS) | NO_EXTERNALIZED_CHECKPOINTS | | acts | what happens to checkpoints of a cancelled job
execution.checkpointing.num-retained | INT | 1 | state.checkpoints.num-retained | acts | completed checkpoints to keep; below 1 it is 1
execution.checkpointing.storage | ENUM(filesystem/jobmanager) | - | state.checkpoint-storage | acts | where checkpoints are kept: filesystem where there is a dir
execution.checkpointing.jobmanager-max-state-size | MEMORY(1..) | 5 mb | | acts | most bytes of a subtask's state that the storage jobmanager keeps
execution.checkpointing.dir | STRING | - | state.checkpoints.dir state.backend.fs.checkpointdir | acts | folder or URI of the checkpoints
execution.checkpointing.create-subdir | BOOLEAN | true | state.checkpoints.create-subdir | warns | a folder of its own for each job's checkpoints
execution.checkpointing.savepoint-dir | STRING | - | state.savepoints.dir savepoints.state.backend.fs.dir | acts | folder or URI of savepoints that name none
execution.checkpointing.incremental | BOOLEAN | false | state.backend.incremental | acts | upload only what changed since the last checkpoint
execution.checkpointing.unaligned.enabled | BOOLEAN | false | execution.checkpointing.unaligned | acts | let barriers overtake rows on their way, which then belong to the checkpoint; EXACTLY_ONCE only
execution.checkpointing.unaligned.forced | BOOLEAN | false | | acts | unaligned checkpoints even with a partitioner of the program's own
execution.checkpointing.unaligned.interruptible-timers.enabled | BOOLEAN | false | | warns | let barriers overtake timers that are due
execution.checkpointing.unaligned.max-subtasks-per-channel-state-file | INT(1..) | 5 | | moot | rows on their way have no files of their own
execution.checkpointing.unaligned.recover-output-on-downstream.enabled | BOOLEAN | false | | warns | restore rows on their way out at the subtasks that they go to
execution.checkpointing.during-recovery.enabled | BOOLEAN | false | execution.checkpointing.unaligned.during-recovery.enabled | warns | take checkpoints while restored rows are still on their way
execution.checkpointing.aligned-checkpoint-timeout | DURATION(0 ms..) | 0 ms | execution.checkpointing.alignment-timeout | acts | start aligned, go on unaligned after this time
execution.checkpointing.checkpoints-after-tasks-finish | BOOLEAN | true | execution.checkpointing.checkpoints-after-tasks-finish.enabled | warns | go on with checkpoints when some subtasks have ended
execution.checkpointing.local-backup.enabled | BOOLEAN | false | state.backend.local-recovery | warns | keep a copy of the state on the worker
execution.checkpointing.local-backup.dirs | STRING | - | taskmanager.state.local.root-dirs | warns | folders for such copies
execution.checkpointing.snapshot-compression | BOOLEAN | false | execution.checkpointing.snapshot.compression | warns | compress full snapshots
execution.checkpointing.data-inline-threshold | MEMORY | 20 kb | state.storage.fs.memory-threshold state.backend.fs.memory-threshold | acts | smaller state is kept inside the metadata file; above 1 mb it is 20 kb
execution.checkpointing.write-buffer-size | INT | 4096 | state.storage.fs.write-buffer-size state.backend.fs.write-buffer-size | warns | bytes of the buffer for checkpoint files
execution.checkpointing.cleaner.parallel-mode | BOOLEAN | true | state.checkpoint.cleaner.parallel-mode | warns | delete old checkpoint files in parallel
execution.checkpointing.file-merging.enabled | BOOLEAN | false | | warns | put many small state files into one
execution.checkpointing.file-merging.across-checkpoint-boundary | BOOLEAN | false | | warns | also files of several checkpoints
execution.checkpointing.file-merging.max-file-size | MEMORY | 32 mb | | warns | largest merged file
execution.checkpointing.file-merging.pool-blocking | BOOLEAN | false | | warns | wait for a merged file rather than begin another
execution.checkpointing.file-merging.max-subtasks-per-file | INT | 4 | | warns | subtasks that write into one merged file
execution.checkpointing.file-merging.max-space-amplification | FLOAT | 2 | | warns | unused part of merged files before they are written anew
execution.state-recovery.path | STRING | - | execution.savepoint.path | acts | savepoint or checkpoint to start from
execution.state-recovery.ignore-unclaimed-state | BOOLEAN | false | execution.savepoint.ignore-unclaimed-state | acts | start although state of the savepoint has no operator
execution.state-recovery.claim-mode | ENUM(NO_CLAIM/CLAIM/LEGACY) | NO_CLAIM | execution.savepoint-restore-mode | acts | who owns the files of the savepoint afterwards: CLAIM lets the job remove them, and refer to them in incremental checkpoints
execution.state-recovery.from-local | BOOLEAN | false | | warns | restore from copies of the state on the worker
execution.state-recovery.approximate-local-recovery | BOOLEAN | false | execution.checkpointing.approximate-local-recovery | warns | restart only the failed subtask, and lose records
execution.state-recovery.without-channel-state.checkpoint-id | LONG | -1 | execution.checkpointing.recover-without-channel-state.checkpoint-id | refuses | leave out rows on their way that this checkpoint has
state.changelog.enabled | BOOLEAN | false | | warns | write changes of the state as they come
state.changelog.storage | STRING | memory | | warns | where such changes are written
state.changelog.periodic-materialize.enabled | BOOLEAN | true | | warns | whether such changes are folded into a snapshot
state.changelog.periodic-materialize.interval | DURATION | 10 min | | warns | how often
state.changelog.max-failures-allowed | INT | 3 | | warns | failures of that in a row before the job fails
state.backend.type | STRING | hashmap | state.backend | acts | hashmap or rocksdb
state.backend.rocksdb.localdir | STRING | - | | acts | local folders of the databases, the temporary ones unless set
state.backend.rocksdb.memory.managed | BOOLEAN | true | | acts | all states of a job share their memory, else each subtask has that much
state.backend.rocksdb.memory.fixed-per-slot | MEMORY | - | | acts | memory of one slot: cache, write buffers and decoded values
state.backend.rocksdb.memory.fixed-per-tm | MEMORY | - | | acts | the same for a whole process; 512 mb unless one of them is set
state.backend.rocksdb.memory.write-buffer-ratio | DOUBLE | 0.5 | | acts | part of RocksDB's memory for write buffers
state.backend.rocksdb.memory.high-prio-pool-ratio | DOUBLE | 0.1 | | acts | part of the cache for indexes and filters
state.backend.rocksdb.memory.partitioned-index-filters | BOOLEAN | false | | acts | indexes and filters in parts
state.backend.rocksdb.thread.num | INT | 2 | | acts | threads that flush and compact
state.backend.rocksdb.checkpoint.transfer.thread.num | INT | 4 | | warns | parallel uploads and downloads of a subtask
state.backend.rocksdb.predefined-options | STRING | DEFAULT | | acts | a named set of RocksDB options
state.backend.latency-track.keyed-state-enabled | BOOLEAN | false | | warns | measure state accesses
state.latency-track.keyed-state-enabled | BOOLEAN | false | | warns | measure state accesses
restart-strategy.type | STRING | - | restart-strategy | acts | none, fixed-delay, failure-rate or exponential-delay
restart-strategy.fixed-delay.attempts | INT | 1 | | acts | restarts before the job fails
restart-strategy.fixed-delay.delay | DURATION | 1 s | | acts | wait before a restart
restart-strategy.failure-rate.max-failures-per-interval | INT | 1 | | acts | failures in the interval before the job fails
restart-strategy.failure-rate.failure-rate-interval | DURATION | 1 min | | acts | interval in which failures are counted
restart-strategy.failure-rate.delay | DURATION | 1 s | | acts | wait before a restart
restart-strategy.exponential-delay.initial-backoff | DURATION | 1 s | | acts | first wait
restart-strategy.exponential-delay.max-backoff | DURATION | 1 min | | acts | longest wait
restart-strategy.exponential-delay.backoff-multiplier | DOUBLE | 1.5 | | acts | growth of the wait
restart-strategy.exponential-delay.reset-backoff-threshold | DURATION | 1 h | | acts | time without failure after which the wait starts over
restart-strategy.exponential-delay.jitter-factor | DOUBLE | 0.1 | | acts | random part of the wait
restart-strategy.exponential-delay.attempts-before-reset-backoff | INT | 2147483647 | | acts | restarts before the job fails
jobmanager.execution.failover-strategy | ENUM(region/full) | region | | acts | what starts over after a failure: whatever is connected with it, or the whole job
pipeline.name | STRING | - | | acts | name of the job
pipeline.max-parallelism | INT(-1/1..32768) | -1 | | acts | number of key groups; -1 derives it from the parallelism
pipeline.operator-chaining.enabled | BOOLEAN | true | pipeline.operator-chaining | acts | run neighbouring operators as one
pipeline.operator-chaining.chain-operators-with-different-max-parallelism | BOOLEAN | true | | acts | chain also across different numbers of key groups
pipeline.object-reuse | BOOLEAN | false | | acts | hand the same objects to several operators of a chain
pipeline.auto-watermark-interval | DURATION | 200 ms | | acts | how often periodic watermarks are made
pipeline.auto-generate-uids | BOOLEAN | true | | acts | give operators without uid a generated one
pipeline.generic-types | BOOLEAN | true | | moot | allow Kryo; no Python type needs it
pipeline.force-avro | BOOLEAN | false | | moot | of the Java virtual machine or another process
pipeline.force-kryo | BOOLEAN | false | | moot | of the Java virtual machine or another process
pipeline.closure-cleaner-level | ENUM(NONE/TOP_LEVEL/RECURSIVE) | RECURSIVE | | moot | of the Java virtual machine or another process
pipeline.global-job-parameters | MAP | - | | acts | parameters that functions and the web page can read
pipeline.cached-files | STRING | - | | refuses | files to copy to every worker
pipeline.jars | LIST | - | | moot | accepted; known artifacts select built-in connectors, files are never opened
pipeline.classpaths | LIST | - | | moot | accepted; known artifacts select built-in connectors, files are never opened
pipeline.execution-mode | STRING | PIPELINED | | moot | of the Java virtual machine or another process
pipeline.watermark-alignment.allow-unaligned-source-splits | BOOLEAN | false | | warns | allow sources that cannot align their splits
pipeline.sources.pause-until-first-checkpoint | BOOLEAN | false | | warns | hold sources back until a checkpoint is complete
metrics.latency.interval | DURATION | 0 ms | | warns | how often latency markers are sent; 0 means never
metrics.scope.operator | STRING | <host>.taskmanager.<tm_id>.<job_name>.<operator_name>.<subtask_index> | | acts | what identifiers of an operator's metrics begin with
metrics.reporters | LIST | - | | warns | names of the metric reporters
metrics.system-resource | BOOLEAN | false | | warns | report measurements of the machine
task.cancellation.interval | LONG | 30000 | | acts | milliseconds until a function of a cancelled job is interrupted once more
task.cancellation.timeout | LONG | 180000 | | acts | milliseconds until a function of a cancelled job is given up; 0: never
task.cancellation.timers.timeout | LONG | 7500 | | moot | timers of a cancelled job never fire
python.executable | STRING | - | | refuses | Python for functions, if it is not the one that runs the program
python.client.executable | STRING | python | | moot | Python for the client
python.files | STRING | - | | acts | files and folders added to the import path, with commas between
python.requirements | STRING | - | | refuses | requirements file, optionally #folder with packages
python.archives | STRING | - | | refuses | archives unpacked beside the functions, with commas between
python.pythonpath | STRING | - | | acts | folders added to the import path
python.execution-mode | ENUM(process/thread) | thread | | warns | where functions run: in a process of their own, or on threads of the job's
python.systemenv.enabled | BOOLEAN | true | | warns | let functions see the system's environment variables
python.profile.enabled | BOOLEAN | false | python.profile | warns | profile Python functions
python.metric.enabled | BOOLEAN | true | | acts | report metrics of Python functions
python.operator-chaining.enabled | BOOLEAN | true | | moot | pipeline.operator-chaining.enabled decides for all operators
python.fn-execution.bundle.size | INT | 1000 | | moot | accepted; batches follow execution.batch-size
python.fn-execution.bundle.time | LONG | 1000 | | moot | accepted; batches never wait for more rows
python.fn-execution.arrow.batch.size | INT | 1000 | | warns | most rows handed to a vectorised function
python.fn-execution.buffer.memory.size | MEMORY | - | | moot | of the Java virtual machine or another process
python.fn-execution.framework.memory.size | MEMORY | - | | moot | of the Java virtual machine or another process
python.fn-execution.memory.managed | BOOLEAN | true | | moot | of the Java virtual machine or another process
python.fn-execution.streaming.enabled | BOOLEAN | true | | moot | of the Java virtual machine or another process
python.state.cache-size | INT | 1000 | | moot | of the Java virtual machine or another process
python.map-state.read-cache-size | INT | 1000 | | moot | of the Java virtual machine or another process
python.map-state.write-cache-size | INT | 1000 | | moot | of the Java virtual machine or another process
python.map-state.iterate-response-batch-size | INT | 1000 | | moot | of the Java virtual machine or another process
python.client.pythonpath | STRING | - | | moot | folders added to the client's import path
jobmanager.rpc.address | STRING | localhost | | cluster | host that workers dial
jobmanager.rpc.port | INT | 6123 | | cluster | port that workers dial
jobmanager.bind-host | STRING | localhost | | cluster | address that the JobManager listens on
jobmanager.memory.process.size | MEMORY | - | | cluster | memory of the JobManager process
taskmanager.numberOfTaskSlots | INT | 1 | | cluster | slots of a worker
taskmanager.host | STRING | - | | cluster | host name that a worker announces
taskmanager.bind-host | STRING | localhost | | cluster | address that a worker listens on
taskmanager.memory.process.size | MEMORY | - | | cluster | memory of a worker process
taskmanager.memory.flink.size | MEMORY | - | | cluster | memory of a worker without overheads
taskmanager.memory.managed.size | MEMORY | - | | cluster | memory for state caches
taskmanager.memory.managed.fraction | DOUBLE | 0.4 | | cluster | share of a worker's memory for state caches
taskmanager.memory.network.fraction | DOUBLE | 0.1 | | cluster | share of a worker's memory for channels
taskmanager.memory.task.off-heap.size | MEMORY | 0 b | | cluster | of the Java virtual machine or another process
taskmanager.memory.task.heap.size | MEMORY | - | | cluster | of the Java virtual machine or another process
taskmanager.memory.segment-size | MEMORY | 32 kb | | cluster | size of a network buffer
heartbeat.interval | LONG | 10000 | | cluster | milliseconds between heartbeats
heartbeat.timeout | LONG | 50000 | | cluster | milliseconds without heartbeat after which a process counts as lost
high-availability.type | STRING | NONE | high-availability | cluster | how a new JobManager finds the state of the old one
high-availability.storageDir | STRING | - | | cluster | folder or URI of what a new JobManager needs
high-availability.cluster-id | STRING | /default | | cluster | name of the cluster
rest.address | STRING | - | | cluster | host that clients talk to
rest.port | INT | 8081 | | cluster | port that clients talk to
rest.bind-address | STRING | localhost | | cluster | address that the REST service listens on
rest.bind-port | STRING | 8081 | | cluster | port or range that the REST service listens on
web.submit.enable | BOOLEAN | true | | cluster | accept jobs through the web page
web.cancel.enable | BOOLEAN | true | | cluster | allow to cancel jobs through the web page
web.upload.dir | STRING | - | | cluster | folder of uploaded files
web.refresh-interval | LONG | 3000 | | cluster | milliseconds between two updates of the web page
historyserver.web.address | STRING | - | | cluster | address of the history server
historyserver.web.port | INT | 8082 | | cluster | port of the history server
historyserver.archive.fs.dir | STRING | - | | cluster | folders with archives of ended jobs
historyserver.archive.fs.refresh-interval | LONG | 10000 | | cluster | milliseconds between two looks for archives
jobmanager.archive.fs.dir | STRING | - | | cluster | folder for archives of ended jobs
io.tmp.dirs | STRING | - | taskmanager.tmp.dirs | acts | folders for temporary files, made where they are missing: of RocksDB, where it has none of its own
fs.default-scheme | STRING | - | | warns | scheme of paths that have none
fs.overwrite-files | BOOLEAN | false | | warns | whether file sinks replace files
classloader.resolve-order | STRING | child-first | | moot | of the Java virtual machine or another process
classloader.parent-first-patterns.additional | LIST | - | | moot | of the Java virtual machine or another process
classloader.check-leaked-classloader | BOOLEAN | true | | moot | of the Java virtual machine or another process
client.timeout | DURATION | 60 s | | moot | longest wait of a client for an answer
client.statement-name | STRING | - | | moot | of the Java virtual machine or another process
client.region | STRING | - | | moot | of the Java virtual machine or another process
table.local-time-zone | STRING | default | | warns | time zone of the session
table.dynamic-table-options.enabled | BOOLEAN | true | | warns | allow OPTIONS hints
table.exec.state.ttl | DURATION | 0 ms | | warns | idle state is dropped after this time; 0 means never
table.exec.source.idle-timeout | DURATION | 0 ms | | warns | a source without rows for so long does not hold watermarks back
table.exec.mini-batch.enabled | BOOLEAN | false | | warns | gather rows before aggregating
table.exec.mini-batch.allow-latency | DURATION | 0 ms | | warns | longest time to gather rows
table.exec.mini-batch.size | LONG | -1 | | warns | most rows to gather
table.exec.resource.default-parallelism | INT | -1 | | warns | parallelism of table operators; -1 takes parallelism.default
table.exec.sink.not-null-enforcer | ENUM(ERROR/DROP) | ERROR | | warns | what happens to NULL in a NOT NULL column
table.exec.sink.upsert-materialize | ENUM(NONE/AUTO/FORCE) | AUTO | | warns | put changes in order before an upsert sink
table.optimizer.agg-phase-strategy | ENUM(AUTO/ONE_PHASE/TWO_PHASE) | AUTO | | warns | aggregate before the exchange as well
table.optimizer.distinct-agg.split.enabled | BOOLEAN | false | | warns | split distinct aggregates against skew
table.sql-dialect | STRING | default | | warns | dialect of SQL texts
table.dml-sync | BOOLEAN | false | | warns | whether INSERT statements wait for their end
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
    "state.changelog.dstl.",
    "high-availability.",
    "$internal.",
)
"""Beginnings of keys that are accepted without being listed."""


class Effect(Enum):
    """What becomes of an option that is set."""

    ACTS = "acts"
    """It changes what a job does."""
    WARNS = "warns"
    """Not built: the job runs as if it were not set, and says so at submission."""
    REFUSES = "refuses"
    """Not built, and a job without it would not be what was asked for: NotBuiltError at submission."""
    CLUSTER = "cluster"
    """Describes the processes of a cluster, of which a job in one process has none."""
    MOOT = "moot"
    """There is nothing here that it could change; its description says why."""


def _read_table() -> tuple[dict[str, ConfigOption[Any]], dict[str, Effect]]:
    options = {}
    effects = {}
    for line in _TABLE.strip().splitlines():
        key, kind, default, fallbacks, effect, description = (cell.strip() for cell in line.split("|"))
        effects[key] = Effect(effect)
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
    return options, effects


OPTIONS, EFFECTS = _read_table()
"""Every option that the engine knows, and what becomes of it, by key."""

INSTEAD = {"python.execution-mode": "functions run on threads of the job's process"}
"""Of options that warn, what happens instead, where that isn't plain from their names."""

LEGACY_KEYS = {old: option.key() for option in OPTIONS.values() for old in option.fallback_keys()}
"""Keys of earlier versions and the keys that took their place."""


def option(key: str) -> ConfigOption[Any]:
    """The option of that key; KeyError if the engine does not know it.

    >>> option('execution.batch-size').default_value()
    1024
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
