"""Hosts: the order in which they are asked, and the way back to the first."""

import pytest

from gateway.upstream.circuit import CircuitState
from gateway.upstream.host import Host, Hosts
from tests.plane.clock import HeldClock

SECRET = "key-in-the-path"
URLS = (f"http://one.test/{SECRET}", "http://two.test", "http://three.test")


def nobody(_: Host) -> bool:
    return False


def chosen(hosts: Hosts, *tried: Host) -> Host:
    host = hosts.choose(tried, nobody)
    assert host is not None
    return host


def break_down(host: Host, times: int = 5) -> None:
    for _ in range(times):
        probe = host.circuit.enter()
        host.circuit.failed(probe=probe)
        host.circuit.leave(probe=probe)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def hosts(clock: HeldClock) -> Hosts:
    return Hosts(URLS, clock.monotonic)


def test_the_first_host_is_asked_as_long_as_it_is_well(hosts: Hosts) -> None:
    assert [chosen(hosts).number for _ in range(3)] == [0, 0, 0]


def test_a_call_that_failed_goes_on_in_the_operators_order_and_then_back_to_the_first(hosts: Hosts) -> None:
    tried: list[Host] = []
    for _ in range(5):
        tried.append(chosen(hosts, *tried))
    assert [host.number for host in tried] == [0, 1, 2, 0, 0]


def test_a_host_whose_circuit_is_open_is_passed_over(hosts: Hosts) -> None:
    break_down(chosen(hosts))
    assert chosen(hosts).number == 1
    assert chosen(hosts, chosen(hosts)).number == 2


def test_the_first_host_is_come_back_to_by_one_call_once_its_pause_is_over(hosts: Hosts, clock: HeldClock) -> None:
    first = chosen(hosts)
    break_down(first)
    clock.now += 5
    assert chosen(hosts) is first
    assert first.circuit.enter() is True
    assert chosen(hosts).number == 1
    first.circuit.succeeded()
    first.circuit.leave(probe=True)
    assert chosen(hosts) is first


def test_where_every_circuit_is_open_nobody_is_asked_and_the_nearest_probe_is_told(
    hosts: Hosts, clock: HeldClock
) -> None:
    for _ in range(3):
        break_down(chosen(hosts))
        clock.now += 1
    assert hosts.choose([], nobody) is None
    assert hosts.untried([], nobody) == 0
    assert hosts.wait() == 2
    assert hosts.open == 3


def test_a_host_that_is_closed_to_us_comes_last_but_is_not_left_out(hosts: Hosts) -> None:
    def first_is_closed(host: Host) -> bool:
        return host.number == 0

    tried: list[Host] = []
    for _ in range(3):
        host = hosts.choose(tried, first_is_closed)
        assert host is not None
        tried.append(host)
    assert [host.number for host in tried] == [1, 2, 0]
    assert hosts.untried([], first_is_closed) == 2


def test_hosts_that_may_still_be_tried_are_counted(hosts: Hosts) -> None:
    first = chosen(hosts)
    assert [hosts.untried([], nobody), hosts.untried([first], nobody)] == [3, 2]
    break_down(chosen(hosts, first))
    assert [hosts.untried([], nobody), hosts.untried([first], nobody)] == [2, 1]


def test_a_provider_is_as_well_as_its_best_host(hosts: Hosts, clock: HeldClock) -> None:
    seen = [(hosts.state, hosts.open)]
    for _ in range(3):
        clock.now += 1
        break_down(chosen(hosts))
        seen.append((hosts.state, hosts.open))
    clock.now += 3
    seen.append((hosts.state, hosts.open))
    closed, half_open = CircuitState.CLOSED, CircuitState.HALF_OPEN
    assert seen == [(closed, 0), (closed, 1), (closed, 2), (CircuitState.OPEN, 3), (half_open, 2)]


def test_a_host_never_shows_its_address(hosts: Hosts) -> None:
    assert SECRET not in repr(chosen(hosts))
    assert repr(chosen(hosts)) == "<Host 0>"
