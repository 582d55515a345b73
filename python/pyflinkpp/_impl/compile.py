"""Transformations into the native stream graph."""

from __future__ import annotations

from collections.abc import Iterable

import pyflinkpp._native as _native
from pyflinkpp._impl.transformation import Transformation, Upstream
from pyflinkpp.common.errors import ConfigurationError


def compile_graph(
    transformations: Iterable[Transformation],
    *,
    name: str,
    chaining: bool,
    batch_mode: bool,
    batch_size: int,
    max_parallelism: int,
    job_parameters: dict[str, str],
) -> _native.StreamGraph:
    """The graph of the given transformations and of all that feeds them, inputs first.

    Raises ValueError where two operators have the same uid, a parallelism exceeds its maximum, or
    `forward` joins unequal parallelisms.
    """
    graph = _native.StreamGraph(
        name=name,
        chaining=chaining,
        batch_mode=batch_mode,
        batch_size=batch_size,
        job_parameters=job_parameters,
    )
    ids: dict[Transformation, int] = {}
    uids: dict[str, Transformation] = {}

    def add(transformation: Transformation) -> int:
        if transformation in ids:
            return ids[transformation]
        for upstream in _upstreams(transformation):
            add(upstream.transformation)
        if transformation.uid:
            earlier = uids.setdefault(transformation.uid, transformation)
            if earlier is not transformation:
                raise ValueError(
                    f"'{earlier.name}' and '{transformation.name}' have the same uid {transformation.uid!r}"
                )
        limit = transformation.max_parallelism or max_parallelism
        if limit > 0 and transformation.parallelism > limit:
            raise ValueError(
                f"the parallelism {transformation.parallelism} of '{transformation.name}' exceeds its "
                f"maximum parallelism {limit}"
            )
        source, operator = transformation.make_source, transformation.make_operator
        node = graph.add_node(
            name=transformation.name,
            source=source() if source else None,
            operator=operator() if operator else None,
            sink=transformation.is_sink,
            parallelism=transformation.parallelism,
            max_parallelism=limit,
            uid=transformation.uid,
            slot_sharing_group=transformation.effective_slot_sharing_group(),
            chaining=transformation.chaining,
            declared_at=transformation.declared_at,
        )
        ids[transformation] = node
        for index, upstreams in enumerate(transformation.inputs):
            for upstream in upstreams:
                _add_edge(graph, upstream, ids, transformation, index)
        return node

    for transformation in transformations:
        add(transformation)
    return graph


def _upstreams(transformation: Transformation) -> Iterable[Upstream]:
    return (upstream for upstreams in transformation.inputs for upstream in upstreams)


def _add_edge(
    graph: _native.StreamGraph,
    upstream: Upstream,
    ids: dict[Transformation, int],
    target: Transformation,
    index: int,
) -> None:
    shipping = upstream.shipping
    if shipping is None:
        same = upstream.transformation.parallelism == target.parallelism
        strategy, keys, partitioner = ("FORWARD" if same else "REBALANCE"), None, None
    else:
        strategy = shipping.strategy
        keys = shipping.keys() if shipping.keys else None
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
        )
    except _native.EngineError as error:
        raise ConfigurationError(f"{error}\n  declared at {target.declared_at}") from None
