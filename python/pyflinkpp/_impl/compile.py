"""Transformations into the native stream graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyflinkpp._native as _native
from pyflinkpp._impl.transformation import Transformation, Upstream
from pyflinkpp.common.errors import ConfigurationError


@dataclass(frozen=True)
class GraphSettings:
    """What applies to all operators of a program."""

    name: str
    chaining: bool
    chain_different_max_parallelism: bool
    batch_mode: bool
    object_reuse: bool
    batch_size: int
    #: 0: each operator's follows from its parallelism.
    max_parallelism: int
    #: In ms, -1 for none.
    buffer_timeout: int
    generates_uids: bool
    checkpoints: bool
    job_parameters: dict[str, str]
    #: None: state is kept in memory.
    state_backend: _native.StateBackend | None = None


def compile_graph(transformations: Iterable[Transformation], settings: GraphSettings) -> _native.StreamGraph:
    """The graph of the given transformations and of all that feeds them, inputs first.

    Raises ValueError where two operators have the same uid, one has none although uids are not generated,
    a parallelism exceeds its maximum, or `forward` joins unequal parallelisms.
    """
    graph = _native.StreamGraph(
        name=settings.name,
        chaining=settings.chaining,
        chain_different_max_parallelism=settings.chain_different_max_parallelism,
        batch_mode=settings.batch_mode,
        object_reuse=settings.object_reuse,
        batch_size=settings.batch_size,
        job_parameters=settings.job_parameters,
        state_backend=settings.state_backend,
    )
    ids: dict[Transformation, int] = {}
    uids: dict[str, Transformation] = {}

    def add(transformation: Transformation) -> int:
        if transformation in ids:
            return ids[transformation]
        for upstream in _upstreams(transformation):
            add(upstream.transformation)
        _check_uid(transformation, uids, settings)
        limit = transformation.max_parallelism or settings.max_parallelism
        if limit > 0 and transformation.parallelism > limit:
            raise ValueError(
                f"the parallelism {transformation.parallelism} of '{transformation.name}' exceeds its "
                f"maximum parallelism {limit}"
            )
        node = ids[transformation] = _add_node(graph, transformation, limit, settings)
        for index, upstreams in enumerate(transformation.inputs):
            for upstream in upstreams:
                _add_edge(graph, upstream, ids, transformation, index)
        return node

    for transformation in transformations:
        add(transformation)
    for head in [one for one in ids if one.iteration_wait_millis is not None]:
        _close_loop(graph, head, ids, settings)
    return graph


def _add_node(
    graph: _native.StreamGraph, transformation: Transformation, max_parallelism: int, settings: GraphSettings
) -> int:
    source, operator = transformation.make_source, transformation.make_operator
    made_source = source() if source else None
    made_operator = operator() if operator else None
    try:
        return graph.add_node(
            name=transformation.name,
            source=made_source,
            operator=made_operator,
            sink=transformation.is_sink,
            parallelism=transformation.parallelism,
            max_parallelism=max_parallelism,
            uid=transformation.uid,
            uid_hash=transformation.uid_hash,
            description=transformation.description,
            buffer_timeout_millis=_buffer_timeout(transformation, settings),
            slot_sharing_group=transformation.effective_slot_sharing_group(),
            chaining=transformation.chaining,
            declared_at=transformation.declared_at,
            iteration_wait_millis=transformation.iteration_wait_millis,
        )
    except _native.EngineError as error:
        raise ConfigurationError(f"{error}\n  declared at {transformation.declared_at}") from None


def _close_loop(
    graph: _native.StreamGraph, head: Transformation, ids: dict[Transformation, int], settings: GraphSettings
) -> None:
    if settings.batch_mode:
        raise ConfigurationError(
            "iterate needs execution.runtime-mode=STREAMING: a loop has no place in BATCH mode\n"
            f"  declared at {head.declared_at}"
        )
    if settings.checkpoints:
        raise ConfigurationError(
            "checkpoints of a program with iterate would lose records on their way round: leave one out\n"
            f"  declared at {head.declared_at}"
        )
    if not head.feedback:
        raise ConfigurationError(f"iterate without close_with\n  declared at {head.declared_at}")
    for upstream in head.feedback:
        _add_edge(graph, upstream, ids, head, 0, feedback=True)


def sources_of(transformations: Iterable[Transformation]) -> list[Transformation]:
    """The sources that feed the given transformations, or are among them."""
    seen: dict[Transformation, None] = {}
    left = list(transformations)
    while left:
        transformation = left.pop()
        if transformation not in seen:
            seen[transformation] = None
            left += [upstream.transformation for upstream in _upstreams(transformation)]
    return [transformation for transformation in seen if transformation.make_source is not None]


def _check_uid(
    transformation: Transformation, uids: dict[str, Transformation], settings: GraphSettings
) -> None:
    identities = {"uid": transformation.uid, "uid hash": transformation.uid_hash.lower()}
    for what, identity in identities.items():
        if not identity:
            continue
        earlier = uids.setdefault(identity, transformation)
        if earlier is not transformation:
            raise ValueError(
                f"'{earlier.name}' and '{transformation.name}' have the same {what} {identity!r}"
            )
    if not settings.generates_uids and not any(identities.values()):
        raise ValueError(
            f"'{transformation.name}' has no uid, and pipeline.auto-generate-uids is false: "
            f"call uid()\n  declared at {transformation.declared_at}"
        )


def _buffer_timeout(transformation: Transformation, settings: GraphSettings) -> int:
    own = transformation.buffer_timeout
    return settings.buffer_timeout if own is None else own


def _upstreams(transformation: Transformation) -> Iterable[Upstream]:
    return (upstream for upstreams in transformation.inputs for upstream in upstreams)


def _add_edge(
    graph: _native.StreamGraph,
    upstream: Upstream,
    ids: dict[Transformation, int],
    target: Transformation,
    index: int,
    feedback: bool = False,
) -> None:
    shipping = upstream.shipping
    if shipping is None:
        same = upstream.transformation.parallelism == target.parallelism
        strategy, keys, partitioner, key_type = ("FORWARD" if same else "REBALANCE"), None, None, None
    else:
        strategy = shipping.strategy
        keys = shipping.keys() if shipping.keys else None
        key_type = shipping.key_type._descriptor() if shipping.key_type else None
        partitioner = shipping.partitioner() if shipping.partitioner else None
    try:
        graph.add_edge(
            source=ids[upstream.transformation],
            target=ids[target],
            input=index,
            side_output=upstream.side_output,
            strategy=strategy,
            keys=keys,
            partitioner=partitioner,
            key_type=key_type,
            feedback=feedback,
        )
    except _native.EngineError as error:
        raise ConfigurationError(f"{error}\n  declared at {target.declared_at}") from None
