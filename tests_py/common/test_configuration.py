import copy
import pickle

import pytest

from pyflinkpp.common import ConfigOptions, Configuration, Duration
from pyflinkpp.common._config_files import parse_dynamic_properties
from pyflinkpp.common._options import option
from pyflinkpp.common.errors import ConfigurationError, NoJvmError
from pyflinkpp.datastream import StreamExecutionEnvironment


def test_values_read_as_each_others_types():
    conf = Configuration()
    assert conf.set_integer("i", 5).set_boolean("b", True).set_float("f", 1.5).set_string("s", "7") is conf
    assert conf.get_string("i", "") == "5"
    assert conf.get_string("b", "") == "true"
    assert conf.get_string("f", "") == "1.5"
    assert conf.get_integer("s", 0) == 7
    assert conf.get_float("i", 0) == 5.0
    assert conf.get_float("s", 0) == 7.0
    assert conf.set_string("b2", "FALSE").get_boolean("b2", True) is False
    assert conf.set_string("d", "1 s").get_string("d", "") == "1 s"


def test_defaults():
    conf = Configuration()
    assert conf.get_string("x", None) is None
    assert conf.get_integer("x", 3) == 3
    assert conf.get_boolean("x", True) is True
    assert isinstance(conf.get_float("x", 3), float)
    assert conf.get_bytearray("x", bytearray(b"a")) == bytearray(b"a")


@pytest.mark.parametrize("method", ["get_integer", "get_boolean", "get_float", "get_bytearray"])
def test_wrong_values_name_key_and_value(method):
    conf = Configuration().set_string("some.key", "nonsense")
    with pytest.raises(ValueError, match=r"some\.key.*'nonsense'"):
        getattr(conf, method)("some.key", 1 if method != "get_bytearray" else b"")


@pytest.mark.parametrize("text", ["1_000", "1.0", "", "٣x", str(2**63)])
def test_whole_numbers_are_strict(text):
    with pytest.raises(ConfigurationError):
        Configuration().set_string("k", text).get_integer("k", 0)


def test_setters_check_types_and_ranges():
    conf = Configuration()
    for method, value in [
        ("set_string", 5),
        ("set_string", None),
        ("set_integer", "5"),
        ("set_integer", True),
        ("set_boolean", 1),
        ("set_float", "1"),
        ("set_bytearray", "x"),
    ]:
        with pytest.raises(TypeError, match="k: expected"):
            getattr(conf, method)("k", value)
    with pytest.raises(TypeError, match="key must be a str"):
        conf.set_string(5, "x")
    conf.set_integer("k", 1)
    with pytest.raises(ConfigurationError):
        conf.set_integer("k", 2**63)
    assert conf.get_integer("k", 0) == 1


def test_bytes_are_copied_both_ways():
    data = bytearray(b"abc")
    conf = Configuration().set_bytearray("k", data)
    data[0] = 0
    out = conf.get_bytearray("k", b"")
    assert out == bytearray(b"abc")
    out[0] = 0
    assert conf.get_bytearray("k", b"") == bytearray(b"abc")


def test_keys_and_merging():
    conf = Configuration.from_dict({"a": "1", "b": "2"})
    assert conf.key_set() == {"a", "b"}
    assert conf.contains_key("a") and not conf.contains_key("c")
    assert conf.remove_config("a") is True
    assert conf.remove_config("a") is False
    other = Configuration().set_integer("x", 1)
    assert conf.add_all(other).add_all(other, "p.").to_dict() == {"b": "2", "x": "1", "p.x": "1"}
    target = {"z": 0}
    other.add_all_to_dict(target)
    assert target == {"z": 0, "x": 1}
    assert Configuration.from_dict({"n": 5, "l": ["a", "b"]}).to_dict() == {"n": "5", "l": "a;b"}


def test_copies_are_independent_and_equal():
    conf = Configuration.from_dict({"a": "1"})
    for twin in (Configuration(conf), copy.copy(conf), copy.deepcopy(conf), pickle.loads(pickle.dumps(conf))):
        assert twin == conf and hash(twin) == hash(conf)
        twin.set_string("a", "2")
        assert twin != conf
    assert str(conf) == "{a=1}"
    assert eval(repr(conf), {"Configuration": Configuration}) == conf
    with pytest.raises(NoJvmError):
        Configuration(j_configuration=object())


def test_parse_list_value():
    assert Configuration.parse_list_value("[a, 'b,c', \"d\"]") == ["a", "b,c", "d"]
    assert Configuration.parse_list_value("a;'b;c'; ") == ["a", "b;c"]
    assert Configuration.parse_list_value("file:///it's.jar;x") == ["file:///it's.jar", "x"]
    assert Configuration.parse_list_value("") == Configuration.parse_list_value(None) == []


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (ConfigOptions.key("k").boolean_type().no_default_value(), "true", True),
        (ConfigOptions.key("k").int_type().default_value(3), "4", 4),
        (ConfigOptions.key("k").long_type().no_default_value(), str(2**40), 2**40),
        (ConfigOptions.key("k").float_type().no_default_value(), "1.5", 1.5),
        (ConfigOptions.key("k").double_type().no_default_value(), "1e3", 1000.0),
        (ConfigOptions.key("k").string_type().no_default_value(), " x ", " x "),
        (ConfigOptions.key("k").duration_type().no_default_value(), "3 min", Duration.of_minutes(3)),
        (ConfigOptions.key("k").duration_type().no_default_value(), "P1DT2H", Duration.of_hours(26)),
        (ConfigOptions.key("k").memory_type().no_default_value(), "2 mb", 2 << 20),
        (ConfigOptions.key("k").list_type().no_default_value(), "a;b", ["a", "b"]),
        (ConfigOptions.key("k").map_type().no_default_value(), "a:1,'b:2':3", {"a": "1", "b:2": "3"}),
        (
            ConfigOptions.key("k").enum_type("AT_LEAST_ONCE").no_default_value(),
            "at-least-once",
            "AT_LEAST_ONCE",
        ),
    ],
)
def test_options_round_trip(option, text, value):
    assert Configuration.from_dict({"k": text}).get(option) == value
    assert Configuration().set(option, value).get(option) == value


def test_options_defaults_fallbacks_and_errors():
    option = ConfigOptions.key("k").int_type().default_value(3).with_fallback_keys("old")
    conf = Configuration()
    assert conf.get(option) == 3
    assert conf.get(option, 4) == 4
    assert conf.set_string("old", "5").get(option) == 5
    assert conf.set_string("k", "6").get(option) == 6
    with pytest.raises(ConfigurationError, match="k: 'x' is not of type INT"):
        conf.set_string("k", "x").get(option)
    with pytest.raises(ConfigurationError, match="32 bits"):
        conf.set(option, 2**31)
    with pytest.raises(ValueError, match="must not be empty"):
        ConfigOptions.key("")
    duration = ConfigOptions.key("k").duration_type().no_default_value()
    for text in ("1 parsec", "P", "PT", "x", "-1 s"):
        with pytest.raises(ConfigurationError, match="expected a duration"):
            conf.set_string("k", text).get(duration)


def test_no_default_reads_as_none():
    option = ConfigOptions.key("k").string_type().no_default_value()
    assert not option.has_default_value()
    assert Configuration().get(option) is None
    assert hash(option) == hash(ConfigOptions.key("k").string_type().no_default_value())


@pytest.mark.parametrize(
    "value",
    [{"a": "x,y"}, {"a:b": "c:d"}, {"a": "it's", "b": "'q'"}, {"u": "http://h:1/?a=1"}, {"e": ""}, {}],
)
def test_any_map_survives_as_text(value):
    option = ConfigOptions.key("k").map_type().no_default_value()
    assert Configuration().set(option, value).get(option) == value


@pytest.mark.parametrize("value", [["a;b", "it's"], ["'x';'y'"], [" a "], ["[a]"], ["a", "", "b"], []])
def test_any_list_survives_as_text(value):
    option = ConfigOptions.key("k").list_type().no_default_value()
    assert Configuration().set(option, value).get(option) == value


def test_maps_as_flink_writes_them():
    option = ConfigOptions.key("k").map_type().no_default_value()
    assert Configuration.from_dict({"k": "'a:x,y',b:2"}).get(option) == {"a": "x,y", "b": "2"}
    with pytest.raises(ConfigurationError, match="expected key:value entries, not 'x'"):
        Configuration.from_dict({"k": "a:1,x"}).get(option)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("parallelism.default", "0"),
        ("parallelism.default", "-2"),
        ("parallelism.default", "32769"),
        ("pipeline.max-parallelism", "0"),
        ("pipeline.max-parallelism", "-5"),
        ("pipeline.max-parallelism", "99999"),
        ("execution.batch-size", "0"),
    ],
)
def test_numbers_outside_the_range_of_their_option(key, value):
    limits = "expected 1 to 2147483647" if "batch" in key else "expected -1 or 1 to 32768"
    with pytest.raises(ConfigurationError, match=limits):
        parse_dynamic_properties([f"{key}={value}"])
    configuration = Configuration().set_string(key, value)
    with pytest.raises(ConfigurationError, match=limits):
        configuration.get(option(key))
    with pytest.raises(ConfigurationError, match=limits):
        StreamExecutionEnvironment.get_execution_environment(configuration)


def test_a_parallelism_of_minus_one_is_the_default():
    default = StreamExecutionEnvironment.get_execution_environment().get_parallelism()
    configuration = Configuration().set_integer("parallelism.default", -1)
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    assert env.get_parallelism() == default
    assert env.set_parallelism(3).set_parallelism(-1).get_parallelism() == default
    mapped = env.set_parallelism(2).from_collection([1]).map(str).set_parallelism(5).set_parallelism(-1)
    mapped.print()
    assert '"parallelism": 5' not in env.get_execution_plan()


def test_a_parallelism_beyond_the_limit_names_the_operator():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.from_collection([1]).map(str).name("wide").set_parallelism(32769).print()
    with pytest.raises(ConfigurationError, match=r"(?s)'wide' has parallelism 32769.*declared at .*\.py:\d"):
        env.execute()
