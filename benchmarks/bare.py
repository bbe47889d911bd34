"""The floor of Python: an ASGI app that sends bytes of files, whatever is asked; `BODIES` has one for each path."""

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

_BODIES = {path: Path(file).read_bytes() for path, file in json.loads(os.environ["BODIES"]).items()}


async def app(scope: Mapping[str, Any], receive: object, send: Callable[[Mapping[str, Any]], Awaitable[None]]) -> None:
    del receive  # uvicorn drops what is left of a request by itself
    body = _BODIES[scope["path"]]
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
