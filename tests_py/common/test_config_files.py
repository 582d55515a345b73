import logging
import subprocess
import sys

import pytest

from pyflinkpp.common import Duration
from pyflinkpp.common._config_files import (
    global_configuration,
    load_config_yaml,
    parse_dynamic_properties,
)
from pyflinkpp.common._options import LEGACY_KEYS, OPTIONS, option, unknown_option_hint
from pyflinkpp.common.errors import ConfigurationError


def write(folder, text, name="config.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_nested_and_flat_keys_with_yaml_1_2_values(tmp_path):
    write(
        tmp_path,
        """
parallelism:
  default: 4
execution.checkpointing:
  interval: 10 s
  unaligned.enabled: true
pipeline.name: on
pipeline.jars: [file:///a.jar, file:///b.jar]
pipeline.global-job-parameters: {a: 1, b: x}
taskmanager.memory.managed.fraction: 0.25
rest.address:
""",
    )
    conf = load_config_yaml(tmp_path)
    assert conf.to_dict() == {
        "parallelism.default": "4",
        "execution.checkpointing.interval": "10 s",
        "execution.checkpointing.unaligned.enabled": "true",
        "pipeline.name": "on",
        "pipeline.jars": "file:///a.jar;file:///b.jar",
        "pipeline.global-job-parameters": "a:1,b:x",
        "taskmanager.memory.managed.fraction": "0.25",
    }
    assert conf.get(option("execution.checkpointing.interval")) == Duration.of_seconds(10)
    assert conf == load_config_yaml(tmp_path / "config.yaml")


def test_legacy_file_and_keys_give_one_warning(tmp_path, caplog):
    write(
        tmp_path,
        """
# comment
parallelism.default: 2   # trailing
state.backend: rocksdb
state.checkpoints.dir: "s3://bucket/x"
""",
        "flink-conf.yaml",
    )
    with caplog.at_level(logging.WARNING, "pyflinkpp.config"):
        conf = load_config_yaml(tmp_path)
    assert conf.to_dict() == {
        "parallelism.default": "2",
        "state.backend.type": "rocksdb",
        "execution.checkpointing.dir": "s3://bucket/x",
    }
    assert len(caplog.records) == 1
    assert "state.backend -> state.backend.type" in caplog.text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("execution.checkpointing.alignment-timeout", "execution.checkpointing.aligned-checkpoint-timeout"),
        ("state.backend.fs.checkpointdir", "execution.checkpointing.dir"),
        ("state.backend.fs.memory-threshold", "execution.checkpointing.data-inline-threshold"),
        ("state.backend.fs.write-buffer-size", "execution.checkpointing.write-buffer-size"),
        ("savepoints.state.backend.fs.dir", "execution.checkpointing.savepoint-dir"),
        ("state.checkpoints.create-subdir", "execution.checkpointing.create-subdir"),
    ],
)
def test_a_key_may_have_had_several_names(old, new):
    value = "true" if "subdir" in old else "7"
    assert parse_dynamic_properties([f"{old}={value}"], strict=True).to_dict() == {new: value}


def test_new_key_wins_over_its_legacy_one(tmp_path):
    path = write(tmp_path, "state.backend.type: rocksdb\nstate:\n  savepoints.dir: /x\n")
    conf = load_config_yaml(path)
    assert conf.get_string("execution.checkpointing.savepoint-dir", "") == "/x"
    both = parse_dynamic_properties(["state.backend.type=rocksdb"])
    assert both.get_string("state.backend.type", "") == "rocksdb"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parallelism:\n  default: many\n", r"config\.yaml:2: parallelism\.default: 'many'.*whole number"),
        ("a: 1\nb: [1\n", r"config\.yaml:\d+: not valid YAML"),
        ("a: 1\na: 2\n", r"config\.yaml:2: not valid YAML"),
        ("- a\n", r"config\.yaml:1: expected keys with values, not a list$"),
        ("just text\n", r"config\.yaml:1: expected keys with values, not 'just text'$"),
        ("a: 1\n5: x\n", r"config\.yaml:2: 5: a key must be a string"),
        ("execution.checkpointing.mode: SOMETIMES\n", r"expected one of EXACTLY_ONCE, AT_LEAST_ONCE"),
    ],
)
def test_yaml_errors_name_file_line_and_key(tmp_path, text, message):
    with pytest.raises(ConfigurationError, match=message):
        load_config_yaml(write(tmp_path, text))


@pytest.mark.parametrize("line", ["no colon", "key:value", ": value"])
def test_legacy_file_errors(tmp_path, line):
    path = write(tmp_path, f"a.b: c\n{line}\n", "flink-conf.yaml")
    with pytest.raises(ConfigurationError, match=r"flink-conf\.yaml:2: expected 'key: value'"):
        load_config_yaml(path)


def test_missing_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"config\.yaml: the configuration cannot be read"):
        load_config_yaml(tmp_path)


def test_unknown_keys_are_kept_with_a_hint(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "pyflinkpp.config"):
        conf = load_config_yaml(write(tmp_path, "paralelism.default: 3\ntable.exec.whatever: 1\n"))
    assert conf.get_integer("paralelism.default", 0) == 3
    assert (
        "config.yaml:1: unknown option paralelism.default; did you mean parallelism.default?" in caplog.text
    )
    assert "whatever" not in caplog.text


def test_dynamic_properties(caplog):
    conf = parse_dynamic_properties(["-Dparallelism.default=2", "pipeline.name=a=b", "parallelism.default=3"])
    assert conf.to_dict() == {"parallelism.default": "3", "pipeline.name": "a=b"}
    assert not caplog.records
    for wrong in ("novalue", "=x", "-D"):
        with pytest.raises(ConfigurationError, match="expected key=value"):
            parse_dynamic_properties([wrong])
    with pytest.raises(ConfigurationError, match=r"-D parallelism\.default=x: parallelism\.default: 'x'"):
        parse_dynamic_properties(["parallelism.default=x"])


def test_global_configuration_precedence(tmp_path):
    own, flink = tmp_path / "own", tmp_path / "flink"
    own.mkdir()
    flink.mkdir()
    write(own, "parallelism.default: 1\npipeline.name: own\n")
    write(flink, "parallelism.default: 2\n")
    assert global_configuration({}).to_dict() == {}
    assert global_configuration({"FLINK_CONF_DIR": str(tmp_path)}).to_dict() == {}
    with pytest.raises(ConfigurationError, match=r"FLINK_CONF_DIR=.*nowhere: there is no such folder"):
        global_configuration({"FLINK_CONF_DIR": str(tmp_path / "nowhere")})
    assert global_configuration({"FLINK_CONF_DIR": str(flink)}).get_integer("parallelism.default", 0) == 2
    environ = {
        "FLINK_CONF_DIR": str(flink),
        "PYFLINKPP_CONF_DIR": str(own),
        "PYFLINKPP_PROPERTIES": "parallelism.default: 7\nrest.port: 9",
    }
    assert global_configuration(environ).to_dict() == {
        "parallelism.default": "7",
        "pipeline.name": "own",
        "rest.port": "9",
    }
    with pytest.raises(ConfigurationError, match="PYFLINKPP_PROPERTIES:1"):
        global_configuration({"PYFLINKPP_PROPERTIES": "nonsense"})
    with pytest.raises(ConfigurationError):
        global_configuration({"PYFLINKPP_CONF_DIR": str(tmp_path)})


def test_every_option_is_described_and_its_default_round_trips():
    for key, opt in OPTIONS.items():
        assert opt.key() == key and opt.description()
    assert not set(LEGACY_KEYS) & set(OPTIONS)
    assert option("execution.batch-size").default_value() == 1024
    assert option("pipeline.auto-watermark-interval").default_value() == Duration.of_millis(200)


def test_hints():
    assert unknown_option_hint("execution.checkpointing.intervall") == "execution.checkpointing.interval"
    assert unknown_option_hint("state.checkpoint.dir") == "execution.checkpointing.dir"
    assert unknown_option_hint("pyflinkpp.anything") is None
    assert unknown_option_hint("zzz") is None


def test_importing_common_does_not_import_a_yaml_reader():
    code = "import sys, pyflinkpp.common, pyflinkpp.common._config_files; print('ruamel.yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
