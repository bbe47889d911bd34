"""Circuits, held against a small model of what they promise, over any order of calls, ends and time."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from gateway.upstream.circuit import Circuit, CircuitState
from tests.plane.clock import HeldClock


@dataclass
class Promise:
    """What a circuit promises, as a list of what has happened to it since the host was last seen well."""

    # Failures in a row while it was closed, and the moments at which it was opened: by the fifth, then by each probe.
    failures: int = 0
    opened: list[float] = field(default_factory=list)
    # Probes that failed in a row: each doubles the pause.
    failed_probes: int = 0
    probe_is_out: bool = False

    def waits(self, now: float) -> float:
        if not self.opened:
            return 0
        pause = [5, 10, 20, 40, 60][min(self.failed_probes, 4)]
        return max(self.opened[-1] + pause - now, 0)

    def is_ready(self, now: float) -> bool:
        return not self.opened or (self.waits(now) == 0 and not self.probe_is_out)

    def state(self, now: float) -> CircuitState:
        if not self.opened:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self.waits(now) else CircuitState.HALF_OPEN

    def well(self) -> None:
        self.failures, self.failed_probes = 0, 0
        self.opened.clear()

    def unwell(self, now: float, *, probe: bool) -> None:
        self.failures += 1
        if probe:
            self.failed_probes += 1
            self.opened.append(now)
        elif not self.opened and self.failures >= 5:
            self.opened.append(now)


class CircuitOverTime(RuleBasedStateMachine):
    """Calls begin where they are let through, end in three ways in any order, and time goes by."""

    calls = Bundle("calls")

    @initialize()
    def close(self) -> None:
        self.clock = HeldClock()
        self.circuit = Circuit(self.clock.monotonic)
        self.promise = Promise()

    @precondition(lambda self: self.circuit.is_ready)
    @rule(target=calls)
    def begin(self) -> bool:
        probe = bool(self.promise.opened)
        assert self.circuit.enter() is probe
        self.promise.probe_is_out = self.promise.probe_is_out or probe
        return probe

    @rule(probe=consumes(calls))
    def succeed(self, probe: bool) -> None:  # noqa: FBT001 - the machine passes it by name
        self.circuit.succeeded()
        self.promise.well()
        self._end(probe=probe)

    @rule(probe=consumes(calls))
    def fail(self, probe: bool) -> None:  # noqa: FBT001 - likewise
        self.circuit.failed(probe=probe)
        self.promise.unwell(self.clock.now, probe=probe)
        self._end(probe=probe)

    @rule(probe=consumes(calls))
    def be_cancelled(self, probe: bool) -> None:  # noqa: FBT001 - likewise
        before = self.circuit.state, self.circuit.wait()
        self._end(probe=probe)
        assert (self.circuit.state, self.circuit.wait()) == before

    @rule(seconds=st.integers(1, 70))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @precondition(lambda self: bool(self.promise.opened))
    @rule()
    def wait_it_out(self) -> None:
        self.clock.now += self.promise.waits(self.clock.now)

    def _end(self, *, probe: bool) -> None:
        self.circuit.leave(probe=probe)
        self.promise.probe_is_out = self.promise.probe_is_out and not probe

    @invariant()
    def keeps_its_promise(self) -> None:
        now = self.clock.now
        assert self.circuit.wait() == self.promise.waits(now)
        assert self.circuit.state is self.promise.state(now)
        assert self.circuit.is_ready is self.promise.is_ready(now)


TestCircuitOverTime = CircuitOverTime.TestCase
TestCircuitOverTime.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)


def failing(circuit: Circuit, times: int) -> None:
    for _ in range(times):
        probe = circuit.enter()
        circuit.failed(probe=probe)
        circuit.leave(probe=probe)


def test_the_fifth_failure_in_a_row_opens_it() -> None:
    circuit = Circuit(HeldClock().monotonic)
    failing(circuit, 4)
    assert (circuit.state, circuit.is_ready) == (CircuitState.CLOSED, True)
    failing(circuit, 1)
    assert (circuit.state, circuit.is_ready, circuit.wait()) == (CircuitState.OPEN, False, 5)


def test_a_success_in_between_begins_the_count_anew() -> None:
    circuit = Circuit(HeldClock().monotonic)
    failing(circuit, 4)
    circuit.succeeded()
    failing(circuit, 4)
    assert circuit.state is CircuitState.CLOSED


def test_each_probe_that_fails_doubles_the_pause_up_to_a_minute() -> None:
    clock = HeldClock()
    circuit = Circuit(clock.monotonic)
    failing(circuit, 5)
    pauses = []
    for _ in range(6):
        pauses.append(circuit.wait())
        clock.now += pauses[-1]
        failing(circuit, 1)
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_after_a_success_the_pause_is_short_again() -> None:
    clock = HeldClock()
    circuit = Circuit(clock.monotonic)
    failing(circuit, 5)
    clock.now += 5
    failing(circuit, 1)
    clock.now += 10
    assert circuit.enter() is True
    circuit.succeeded()
    circuit.leave(probe=True)
    assert circuit.state is CircuitState.CLOSED
    failing(circuit, 5)
    assert circuit.wait() == 5


def test_a_probe_that_was_cancelled_leaves_its_place_to_the_next() -> None:
    clock = HeldClock()
    circuit = Circuit(clock.monotonic)
    failing(circuit, 5)
    clock.now += 5
    assert circuit.enter() is True
    assert not circuit.is_ready
    circuit.leave(probe=True)
    assert (circuit.state, circuit.is_ready) == (CircuitState.HALF_OPEN, True)


def test_another_replicas_word_opens_it_for_as_long_as_that_says_and_is_not_told_on() -> None:
    clock = HeldClock()
    circuit = Circuit(clock.monotonic)
    circuit.heed(7)
    assert (circuit.state, circuit.wait(), circuit.is_ready) == (CircuitState.OPEN, 7, False)
    assert circuit.opened_until is None
    clock.now += 7
    assert (circuit.state, circuit.is_ready) == (CircuitState.HALF_OPEN, True)


def test_nobodys_word_closes_only_what_was_open_by_hearsay() -> None:
    clock = HeldClock()
    hearsay, own = Circuit(clock.monotonic), Circuit(clock.monotonic)
    hearsay.heed(7)
    failing(own, 5)
    for circuit in (hearsay, own):
        circuit.heed(None)
    assert (hearsay.state, own.state) == (CircuitState.CLOSED, CircuitState.OPEN)
    assert own.opened_until == 5


def test_a_word_changes_nothing_of_what_is_open_already_and_says_nothing_where_a_probe_is_due() -> None:
    clock = HeldClock()
    own, closed = Circuit(clock.monotonic), Circuit(clock.monotonic)
    failing(own, 5)
    own.heed(60)
    closed.heed(0)
    assert (own.wait(), closed.state) == (5, CircuitState.CLOSED)
    closed.heed(None)
    assert closed.state is CircuitState.CLOSED


def test_a_probe_that_fails_makes_hearsay_ones_own_finding() -> None:
    clock = HeldClock()
    circuit = Circuit(clock.monotonic)
    circuit.heed(3)
    clock.now += 3
    failing(circuit, 1)
    assert circuit.opened_until == 3 + 10
    circuit.heed(None)
    assert circuit.state is CircuitState.OPEN
