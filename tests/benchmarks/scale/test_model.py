"""The model of many nodes: what can be reckoned by hand comes out, and nothing is lost."""

import pytest

pytest.importorskip("simpy")

from benchmarks.scale.model import Cluster, simulate


def test_workers_without_troubles_are_always_busy():
    found = simulate(Cluster(workers=4, service=[0.5]), pages=4000)
    assert found.rate == pytest.approx(8.0, rel=0.01)
    assert found.workers_busy == pytest.approx(1.0, rel=0.01)


def test_the_driver_is_the_limit_when_it_is_slower_than_all_workers():
    found = simulate(Cluster(workers=4, service=[0.5], driver=0.25), pages=2000)
    assert found.rate == pytest.approx(4.0, rel=0.02)
    assert found.driver_busy == pytest.approx(1.0, rel=0.02)


def test_deaths_lose_time_and_no_page():
    troubled = Cluster(workers=4, service=[0.5], between_failures=100, restart=10)
    found = simulate(troubled, pages=4000)
    assert found.pages == 4000 and found.deaths > 0 and found.again > 0
    assert found.rate < 8.0


def test_slow_workers_take_fewer_pages_and_not_the_others_time():
    found = simulate(Cluster(workers=10, service=[0.5], slow=0.5, slow_factor=2.0), pages=9000)
    assert found.rate == pytest.approx(5 / 0.5 + 5 / 1.0, rel=0.02)


def test_the_same_seed_gives_the_same_run():
    cluster = Cluster(workers=3, service=[0.2, 0.9], between_failures=60)
    assert simulate(cluster, 500, seed=4) == simulate(cluster, 500, seed=4)
