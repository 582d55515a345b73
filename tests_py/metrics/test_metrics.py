import pytest

from pyflinkpp.metrics import Distribution, Meter, MetricGroup


def test_snapshot_names_everything():
    group = MetricGroup(("job", "map"))
    group.counter("seen").inc(3)
    group.counter("seen").dec()
    group.gauge("size", lambda: "big")
    inner = group.add_group("a").add_group("user", "eve")
    inner.distribution("d").update(4)
    assert group.snapshot() == {
        "job.map.seen": 2,
        "job.map.size": "big",
        "job.map.a.user.eve.d.count": 1,
        "job.map.a.user.eve.d.sum": 4,
        "job.map.a.user.eve.d.min": 4,
        "job.map.a.user.eve.d.max": 4,
        "job.map.a.user.eve.d.mean": 4.0,
    }
    assert inner.get_scope_components() == ["job", "map", "a", "user", "eve"]
    assert inner.get_all_variables() == {"user": "eve"}
    assert inner.get_metric_identifier("x") == "job.map.a.user.eve.x"
    assert group.get_all_variables() == {}


def test_asking_again_gives_the_same():
    group = MetricGroup()
    assert group.counter("c") is group.counter("c")
    assert group.meter("m") is group.meter("m", 5)
    assert group.add_group("g") is group.add_group("g")
    assert group.add_group("g", "x") is not group.add_group("g")
    group.gauge("v", lambda: 1)
    group.gauge("v", lambda: 2)
    assert group.snapshot()["v"] == 2


def test_name_collisions_are_warned_about(caplog):
    group = MetricGroup()
    group.counter("x").inc()
    distribution = group.distribution("x")
    distribution.update(5)
    assert distribution.get_statistics()["sum"] == 5
    assert group.snapshot() == {"x": 1}
    assert "x is a counter already; the distribution of that name is not reported" in caplog.text


def test_failing_gauges_are_left_out(caplog):
    group = MetricGroup()
    group.gauge("bad", lambda: 1 / 0)
    group.gauge("good", lambda: 1)
    assert group.snapshot() == {"good": 1}
    assert "gauge bad failed" in caplog.text
    with pytest.raises(TypeError, match="gauge needs a function"):
        group.gauge("x", 5)


def test_meter_looks_back_over_its_span():
    now = [100.0]
    meter = Meter(10, clock=lambda: now[0])
    meter.mark_event(20)
    assert meter.get_rate() == 20.0
    now[0] = 104.0
    meter.mark_event()
    assert meter.get_rate() == pytest.approx(21 / 4)
    now[0] = 112.0
    assert meter.get_rate() == pytest.approx(1 / 10)
    meter.mark_event(9)
    assert meter.get_rate() == pytest.approx(10 / 10)
    assert meter.get_count() == 30
    with pytest.raises(ValueError, match="must be positive"):
        MetricGroup().meter("m", 0)


def test_distribution_without_values():
    assert Distribution().get_statistics() == {"count": 0, "sum": 0, "min": None, "max": None, "mean": None}
