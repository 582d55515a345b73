from datetime import timedelta

import pytest

from pyflinkpp.common import (
    Configuration,
    ExecutionConfig,
    ExecutionMode,
    InputDependencyConstraint,
    RestartStrategies,
)


def test_defaults():
    config = ExecutionConfig()
    assert config.get_parallelism() == ExecutionConfig.PARALLELISM_DEFAULT == -1
    assert config.get_max_parallelism() == -1
    assert config.get_auto_watermark_interval() == 200
    assert config.get_latency_tracking_interval() == 0
    assert config.get_task_cancellation_interval() == 30_000
    assert config.get_task_cancellation_timeout() == 180_000
    assert config.get_global_job_parameters() == {}
    assert config.get_execution_mode() is ExecutionMode.PIPELINED
    assert config.get_default_input_dependency_constraint() is InputDependencyConstraint.ANY
    assert config.get_restart_strategy() == RestartStrategies.fall_back_restart()
    assert config.is_closure_cleaner_enabled() and config.has_auto_generated_uids_enabled()
    assert not config.has_generic_types_disabled() and not config.is_object_reuse_enabled()


@pytest.mark.parametrize(
    ("enable", "disable", "ask"),
    [
        ("enable_object_reuse", "disable_object_reuse", "is_object_reuse_enabled"),
        ("enable_closure_cleaner", "disable_closure_cleaner", "is_closure_cleaner_enabled"),
        ("enable_force_kryo", "disable_force_kryo", "is_force_kryo_enabled"),
        ("enable_force_avro", "disable_force_avro", "is_force_avro_enabled"),
        ("enable_auto_generated_uids", "disable_auto_generated_uids", "has_auto_generated_uids_enabled"),
        ("disable_generic_types", "enable_generic_types", "has_generic_types_disabled"),
    ],
)
def test_switches(enable, disable, ask):
    config = ExecutionConfig()
    assert getattr(config, enable)() is config and getattr(config, ask)() is True
    assert getattr(config, disable)() is config and getattr(config, ask)() is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("parallelism", 8),
        ("max_parallelism", 32768),
        ("auto_watermark_interval", 0),
        ("latency_tracking_interval", 50),
        ("task_cancellation_interval", 9),
        ("task_cancellation_timeout", 0),
        ("execution_mode", ExecutionMode.BATCH),
        ("default_input_dependency_constraint", InputDependencyConstraint.ALL),
    ],
)
def test_setters_and_getters(name, value):
    config = ExecutionConfig()
    assert getattr(config, "set_" + name)(value) is config
    assert getattr(config, "get_" + name)() == value


def test_settings_are_keys_of_the_configuration():
    conf = Configuration.from_dict({"pipeline.auto-watermark-interval": "1 s", "parallelism.default": "3"})
    config = ExecutionConfig(conf)
    assert (config.get_auto_watermark_interval(), config.get_parallelism()) == (1000, 3)
    config.set_auto_watermark_interval(50).set_use_snapshot_compression(True)
    config.set_global_job_parameters({"a": 1, "b": "x,y"})
    assert conf.get_string("pipeline.auto-watermark-interval", "") == "50 ms"
    assert config.is_use_snapshot_compression()
    assert config.get_global_job_parameters() == {"a": "1", "b": "x,y"}
    assert config.set_parallelism(-1).get_parallelism() == -1


def test_refused_values():
    config = ExecutionConfig()
    for name, value in [
        ("set_parallelism", 0),
        ("set_parallelism", -3),
        ("set_max_parallelism", 0),
        ("set_max_parallelism", 32769),
        ("set_auto_watermark_interval", -1),
        ("set_task_cancellation_timeout", -1),
    ]:
        with pytest.raises(ValueError):
            getattr(config, name)(value)
    with pytest.raises(TypeError):
        config.set_parallelism("4")


def test_java_only_registrations_are_remembered():
    config = ExecutionConfig().register_kryo_type("A").register_kryo_type("A").register_pojo_type("B")
    config.add_default_kryo_serializer("C", "D").register_type_with_kryo_serializer("E", "F")
    assert config.get_registered_kryo_types() == ["A"]
    assert config.get_registered_pojo_types() == ["B"]
    assert config.get_default_kryo_serializer_classes() == {"C": "D"}
    assert config.get_registered_types_with_kryo_serializer_classes() == {"E": "F"}
    assert config.disable_auto_type_registration().is_auto_type_registration_disabled()


def test_equality():
    assert ExecutionConfig() == ExecutionConfig()
    assert ExecutionConfig().set_parallelism(2) != ExecutionConfig()
    assert hash(ExecutionConfig()) == hash(ExecutionConfig())


def test_restart_strategies():
    fixed = RestartStrategies.fixed_delay_restart(3, 1000)
    assert fixed.get_restart_attempts() == 3
    assert fixed.get_delay_between_attempts_interval() == timedelta(seconds=1)
    assert fixed == RestartStrategies.fixed_delay_restart(3, timedelta(seconds=1))
    assert fixed != RestartStrategies.fixed_delay_restart(4, 1000)
    assert hash(fixed) == hash(RestartStrategies.fixed_delay_restart(3, 1000))
    rate = RestartStrategies.failure_rate_restart(2, timedelta(minutes=1), 500)
    assert rate.get_max_failure_rate() == 2
    assert rate.get_failure_interval() == timedelta(minutes=1)
    assert rate.get_delay_between_attempts_interval() == timedelta(milliseconds=500)
    assert RestartStrategies.no_restart() != RestartStrategies.fall_back_restart()
    exponential = RestartStrategies.exponential_delay_restart(1000, 60_000, 2, 3_600_000, 0.1)
    for strategy in (fixed, rate, exponential, RestartStrategies.no_restart()):
        assert strategy.get_description()
        assert "restart-strategy.type" in strategy._to_options()
    with pytest.raises(TypeError, match="delay_between_attempts_interval"):
        RestartStrategies.fixed_delay_restart(3, "1 s")
    with pytest.raises(TypeError, match="failure_interval"):
        RestartStrategies.failure_rate_restart(3, None, 1)
    with pytest.raises(TypeError, match="restart_attempts"):
        RestartStrategies.fixed_delay_restart("3", 1)


def test_restart_strategy_replaces_its_keys():
    conf = Configuration.from_dict({"restart-strategy.type": "failure-rate", "pipeline.name": "x"})
    config = ExecutionConfig(conf).set_restart_strategy(RestartStrategies.fixed_delay_restart(3, 10))
    assert conf.to_dict() == {
        "pipeline.name": "x",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "3",
        "restart-strategy.fixed-delay.delay": "10 ms",
    }
    assert config.get_restart_strategy().get_restart_attempts() == 3
    assert config.set_restart_strategy(RestartStrategies.no_restart()) is config
    assert conf.key_set() == {"pipeline.name", "restart-strategy.type"}
