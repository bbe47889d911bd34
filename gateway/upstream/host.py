"""A provider's hosts: which is asked next, and what each has come to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from yarl import URL

from gateway.upstream.circuit import Circuit, CircuitState


# Without slots, for what is worked out once.
@dataclass(frozen=True)
class Host:
    """One of a provider's hosts, in the operator's order; its URL may hold a key and is never shown."""

    number: int
    url: URL
    circuit: Circuit
    # What replicas call it among themselves.
    name: str

    @cached_property
    def base(self) -> str:
        """Its URL up to where a path is joined to it; it may hold a key as well."""
        return str(self.url.joinpath("x")).removesuffix("/x")

    def __repr__(self) -> str:
        return f"<Host {self.number}>"


class Hosts:
    """The hosts of one provider: the first that can be asked is, so that it is come back to once it recovers."""

    def __init__(
        self, urls: Sequence[str], monotonic: Callable[[], float], name: Callable[[str], str] = lambda url: url
    ) -> None:
        """`name` makes a name of a URL that does not show it, for what leaves the process."""
        self._hosts = [Host(number, URL(url), Circuit(monotonic), name(url)) for number, url in enumerate(urls)]

    def choose(self, tried: Sequence[Host], is_closed: Callable[[Host], bool]) -> Host | None:
        """Give the first host that was not tried yet, else the first of all; None where every circuit is open.

        `is_closed` says of a host that its provider keeps it closed to us for a while: it comes last.
        """
        ready = [host for host in self._hosts if host.circuit.is_ready]
        untried = [host for host in ready if host not in tried]
        return next((host for host in untried if not is_closed(host)), None) or next(iter(untried or ready), None)

    def untried(self, tried: Sequence[Host], is_closed: Callable[[Host], bool]) -> int:
        """Count the hosts that may still be tried."""
        return sum(1 for host in self._hosts if host not in tried and host.circuit.is_ready and not is_closed(host))

    def wait(self) -> float:
        """Seconds until the first circuit lets a probe through."""
        return min(host.circuit.wait() for host in self._hosts)

    def opened(self) -> dict[str, float]:
        """Give, by name, the moments until which circuits stay open that were opened here."""
        untils = {host.name: host.circuit.opened_until for host in self._hosts}
        return {name: until for name, until in untils.items() if until is not None}

    def heed(self, left: Mapping[str, float]) -> None:
        """Take other replicas' word, by name, for how many seconds a host is to be left alone."""
        for host in self._hosts:
            host.circuit.heed(left.get(host.name))

    @property
    def open(self) -> int:
        """Count the hosts that are not being asked."""
        return sum(1 for host in self._hosts if host.circuit.state is CircuitState.OPEN)

    @property
    def state(self) -> CircuitState:
        """Give the provider's state: that of its host which is best off."""
        states = {host.circuit.state for host in self._hosts}
        best = (CircuitState.CLOSED, CircuitState.HALF_OPEN, CircuitState.OPEN)
        return next(state for state in best if state in states)
