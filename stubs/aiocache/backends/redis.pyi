# The part of aiocache's Redis backend that the gateway uses.
from typing import Any

from aiocache.base import BaseCache
from aiocache.serializers import BaseSerializer
from redis.asyncio import BlockingConnectionPool, Redis

class RedisCache(BaseCache):
    client: Redis
    def __init__(
        self,
        serializer: BaseSerializer | None = ...,
        *,
        timeout: float | None = ...,
        endpoint: str = ...,
        port: int = ...,
        db: int = ...,
        password: str | None = ...,
        ssl: bool = ...,
        pool_max_size: int | None = ...,
        create_connection_timeout: float | None = ...,
        connection_pool_class: type[BlockingConnectionPool] | None = ...,
        connection_pool_kwargs: dict[str, Any] | None = ...,
    ) -> None: ...
    async def raw(self, command: str, *args: Any, **kwargs: Any) -> Any: ...
