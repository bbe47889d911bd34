"""Where the store is, as an operator writes it."""

from pathlib import Path

import pytest

from gateway.replicas.address import StoreAddress
from gateway.replicas.link import pool_options

PASSWORD = "p@ss:w/rd#%"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://cache", StoreAddress("cache", 6379)),
        ("valkey://cache:7000/", StoreAddress("cache", 7000)),
        ("redis://cache/15", StoreAddress("cache", 6379, 15)),
        ("rediss://cache:6380/3", StoreAddress("cache", 6380, 3, tls=True)),
        ("valkeys://10.0.0.7", StoreAddress("10.0.0.7", 6379, tls=True)),
        ("redis://[::1]:6390/0", StoreAddress("::1", 6390)),
        ("redis://:secret@cache", StoreAddress("cache", 6379, password="secret")),
        ("redis://gateway:secret@cache", StoreAddress("cache", 6379, user="gateway", password="secret")),
        ("redis://g%40te:p%40ss%3Aw%2Frd%23%25@cache", StoreAddress("cache", 6379, user="g@te", password=PASSWORD)),
        ("redis://@cache", StoreAddress("cache", 6379)),
    ],
)
def test_an_address_is_read_as_it_is_usually_written(url: str, address: StoreAddress) -> None:
    assert StoreAddress.parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cache",
        "cache:6379",
        "http://cache",
        "redis://",
        "redis:///0",
        "redis://cache:port",
        "redis://cache:70000",
        "redis://cache/one",
        "redis://cache/0/1",
        "redis://cache/-1",
        "redis://cache/12345",
        "redis://cache/٣",
        "redis://cache?db=1",
        "redis://[::1",
        "unix:///run/redis.sock",
    ],
)
def test_what_is_no_address_is_refused_in_words_that_repeat_nothing_of_it(url: str) -> None:
    with pytest.raises(
        ValueError, match=r"^wants redis://\[user:password@\]host\[:port\]\[/database\], or rediss:// for TLS$"
    ):
        StoreAddress.parse(url)


def test_it_prints_no_password() -> None:
    assert "secret" not in repr(StoreAddress.parse("redis://gateway:secret@cache"))


def test_over_tls_it_trusts_whom_the_operator_names_or_whom_the_machine_trusts() -> None:
    named = StoreAddress.parse("rediss://u:p@cache", Path("/ca.pem"))
    assert pool_options(named)["ssl_ca_certs"] == "/ca.pem"
    assert pool_options(named)["username"] == "u"
    assert pool_options(StoreAddress.parse("rediss://cache"))["ssl_ca_certs"] is None
    assert "ssl_ca_certs" not in pool_options(StoreAddress.parse("redis://cache"))
