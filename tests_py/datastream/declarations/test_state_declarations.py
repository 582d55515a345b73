"""Descriptors, time to live, and state handles."""

from __future__ import annotations

import pytest

from pyflinkpp.common.time import Duration, Time
from pyflinkpp.common.typeinfo import Types
from pyflinkpp.datastream.functions import AggregateFunction, ReduceFunction
from pyflinkpp.datastream.output_tag import OutputTag
from pyflinkpp.datastream.state import (
    AggregatingStateDescriptor,
    ListStateDescriptor,
    MapState,
    MapStateDescriptor,
    ReducingStateDescriptor,
    StateTtlConfig,
    ValueStateDescriptor,
)


def test_descriptors_hold_name_and_type():
    assert ListStateDescriptor("l", Types.INT()).type_info == Types.LIST(Types.INT())
    assert MapStateDescriptor("m", Types.STRING(), Types.INT()).type_info == Types.MAP(
        Types.STRING(), Types.INT()
    )
    assert ValueStateDescriptor("v", Types.INT()) == ValueStateDescriptor("v", Types.INT())
    assert ValueStateDescriptor("v", Types.INT()) != ValueStateDescriptor("v", Types.LONG())


def test_reduce_and_aggregate_functions_are_checked():
    reducing = ReducingStateDescriptor("r", lambda a, b: a + b, Types.INT())
    assert isinstance(reducing.get_reduce_function(), ReduceFunction)
    with pytest.raises(TypeError, match="reduce_function"):
        ReducingStateDescriptor("r", 3, Types.INT())

    class Count(AggregateFunction):
        def create_accumulator(self):
            return 0

        def add(self, value, accumulator):
            return accumulator + 1

        def get_result(self, accumulator):
            return accumulator

        def merge(self, acc_a, acc_b):
            return acc_a + acc_b

    assert isinstance(AggregatingStateDescriptor("a", Count(), Types.INT()).get_agg_function(), Count)
    with pytest.raises(TypeError, match="agg_function"):
        AggregatingStateDescriptor("a", lambda: 0, Types.INT())


@pytest.mark.parametrize(
    ("name", "type_info", "error"), [("", Types.INT(), ValueError), ("v", int, TypeError)]
)
def test_bad_descriptors(name, type_info, error):
    with pytest.raises(error):
        ValueStateDescriptor(name, type_info)


def test_ttl_defaults_and_equality():
    config = StateTtlConfig.new_builder(Time.seconds(1)).build()
    assert config.get_update_type() is StateTtlConfig.UpdateType.OnCreateAndWrite
    assert config.get_state_visibility() is StateTtlConfig.StateVisibility.NeverReturnExpired
    assert config.get_ttl() == Time.seconds(1)
    assert config.get_cleanup_strategies().is_cleanup_in_background()
    assert config == StateTtlConfig.new_builder(Duration.of_seconds(1)).build()
    assert hash(config) == hash(StateTtlConfig.new_builder(Time.seconds(1)).build())
    assert config != StateTtlConfig.new_builder(Time.seconds(2)).build()


def test_ttl_cleanup_strategies():
    strategies = (
        StateTtlConfig.new_builder(Time.days(1))
        .update_ttl_on_read_and_write()
        .return_expired_if_not_cleaned_up()
        .cleanup_full_snapshot()
        .cleanup_incrementally(7, True)
        .cleanup_in_rocksdb_compact_filter(300)
        .disable_cleanup_in_background()
        .build()
        .get_cleanup_strategies()
    )
    assert strategies.in_full_snapshot()
    assert not strategies.is_cleanup_in_background()
    incremental = strategies.get_incremental_cleanup_strategy()
    assert incremental.get_cleanup_size() == 7 and incremental.run_cleanup_for_every_record()
    rocksdb = strategies.get_rocksdb_compact_filter_cleanup_strategy()
    assert rocksdb.get_query_time_after_num_entries() == 300
    assert rocksdb.get_periodic_compaction_time() == Duration.of_days(30)


def test_ttl_must_be_positive():
    with pytest.raises(ValueError, match=r"ttl.* 0 ms"):
        StateTtlConfig.new_builder(Time.seconds(0)).build()
    with pytest.raises(TypeError, match="ttl_config"):
        ValueStateDescriptor("v", Types.INT()).enable_time_to_live(5)


def test_map_state_subclass_gets_the_dict_methods():
    class Dict(MapState):
        def __init__(self):
            self.d = {}

        get = lambda self, key: self.d.get(key)  # noqa: E731
        contains = lambda self, key: key in self.d  # noqa: E731
        items = lambda self: self.d.items()  # noqa: E731
        keys = lambda self: self.d.keys()  # noqa: E731
        values = lambda self: self.d.values()  # noqa: E731
        is_empty = lambda self: not self.d  # noqa: E731
        put = lambda self, key, value: self.d.__setitem__(key, value)  # noqa: E731
        put_all = lambda self, dict_value: self.d.update(dict_value)  # noqa: E731
        remove = lambda self, key: self.d.pop(key, None)  # noqa: E731
        clear = lambda self: self.d.clear()  # noqa: E731

    state = Dict()
    state["a"] = 1
    assert "a" in state and state["a"] == 1 and list(state) == ["a"]
    del state["a"]
    assert state["a"] is None


def test_output_tags():
    assert OutputTag("x").type_info == Types.PICKLED_BYTE_ARRAY()
    assert OutputTag("x", [Types.INT()]).type_info == Types.ROW([Types.INT()])
    assert {OutputTag("x"): 1}[OutputTag("x", Types.INT())] == 1
    for bad, error in (("", ValueError), (None, TypeError)):
        with pytest.raises(error):
            OutputTag(bad)
