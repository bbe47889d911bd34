"""Every answer tells browsers to do no more with it than it is for, whatever made it."""

from pathlib import Path

import pytest

from gateway.server.page import BUILT, page_policy
from tests.running import Gateway
from tests.server.wire import JSON, request

_in_module = pytest.mark.asyncio(loop_scope="module")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
REQUESTS = {
    "a good query": ("POST", "/graphql", JSON, b'{"query": "{ limits { maxDepth } }"}'),
    "a bad query": ("POST", "/graphql", JSON, b"{"),
    "a wrong key": ("POST", "/graphql", {**JSON, "Authorization": "Bearer demo.wrong"}, b"{}"),
    "another method": ("PUT", "/graphql", JSON, b"{}"),
    "health": ("GET", "/healthz", {}, None),
    "metrics": ("GET", "/metrics", {}, None),
    "nothing": ("GET", "/nothing", {}, None),
    "a redirect": ("GET", "/", {}, None),
    "settings": ("GET", "/graphiql/settings.json", {}, None),
    "the page": ("GET", "/graphql", {"Accept": "text/html"}, None),
}


@_in_module
@pytest.mark.parametrize("what", REQUESTS)
async def test_every_answer_has_them(standing: Gateway, what: str) -> None:
    method, path, headers, body = REQUESTS[what]
    reply = await request(standing, method, path, headers, body)
    policy = page_policy() if what in {"settings", "the page"} else "default-src 'none'; frame-ancestors 'none'"
    names = [name.title() for name in reply.headers]
    for name, value in {**ALWAYS, "Content-Security-Policy": policy}.items():
        assert (reply.headers[name], names.count(name.title())) == (value, 1)


def test_the_page_may_load_nothing_from_elsewhere_but_strawberrys_page_what_it_needs(tmp_path: Path) -> None:
    assert "unpkg.com" in page_policy(tmp_path)
    (tmp_path / "index.html").write_text("")
    policy = page_policy(tmp_path)
    assert "http" not in policy
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'self'"
    assert "script-src" not in directives
    assert {directives[name] for name in ("object-src", "base-uri", "form-action", "frame-ancestors")} == {"'none'"}
    assert page_policy(BUILT) in {policy, page_policy(tmp_path / "none")}
