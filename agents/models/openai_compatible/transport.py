"""The wire: one host only, so many requests at once, retries with backoff, a circuit breaker.

This is the only layer that retries: the client above is told not to.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from agents.models.openai_compatible.breaker import Breaker
from agents.models.openai_compatible.endpoint import Endpoint, RetryPolicy

log = logging.getLogger(__name__)

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Status codes that another try may cure."""


class Refused(httpx2.TransportError):
    """A request that must not go out: to another host, or to an endpoint that is left alone."""


class TooLong(httpx2.TransportError):
    """A reply that is longer than the endpoint may send."""


@dataclass(slots=True)
class Counted(httpx2.AsyncByteStream):
    """A body that is read no further than so many bytes."""

    inner: httpx2.AsyncByteStream
    most: int

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""
        read = 0
        async for piece in self.inner:
            read += len(piece)
            if read > self.most:
                raise TooLong(f"the reply has more than {self.most:,} bytes")
            yield piece

    async def aclose(self) -> None:
        """Close the body."""
        await self.inner.aclose()


@dataclass(slots=True)
class Wire(httpx2.AsyncBaseTransport):
    """Carries requests to one endpoint. Bodies are read whole before they are handed on."""

    inner: httpx2.AsyncBaseTransport
    origin: httpx2.URL
    retry: RetryPolicy
    breaker: Breaker
    gate: asyncio.Semaphore
    most_bytes: int
    """Most bytes of a body."""
    requests: int = field(default=0, init=False)
    """Requests sent so far, retries included."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response, after as many tries as retry allows.

        Raises:
            Refused: another host is asked for, or the breaker is open.
        """
        if _origin(request.url) != _origin(self.origin):
            raise Refused(f"requests to {request.url.host} are refused", request=request)
        async with self.gate:
            return await self._tried(request)

    async def _tried(self, request: httpx2.Request) -> httpx2.Response:
        for number in range(1, self.retry.attempts + 1):
            if self.breaker.blocks():
                raise Refused(f"{self.origin.host} failed too often; it rests", request=request)
            wait = backoff(number, self.retry)
            last = number == self.retry.attempts
            try:
                response = await self._once(request)
            except httpx2.TransportError as error:
                if last or isinstance(error, TooLong):
                    raise
                log.warning("%s: %s; trying again", self.origin.host, type(error).__name__)
            else:
                asked = asked_wait(response)
                too_long = asked is not None and asked > self.retry.longest_wait
                if response.status_code not in PASSING or last or too_long:
                    return response
                wait = max(wait, asked or 0.0)
                log.warning("%s: status %d; trying again", self.origin.host, response.status_code)
            await asyncio.sleep(wait)
        raise Refused("no request was allowed", request=request)

    async def _once(self, request: httpx2.Request) -> httpx2.Response:
        self.requests += 1
        try:
            response = await self.inner.handle_async_request(request)
            if isinstance(response.stream, httpx2.AsyncByteStream):
                response.stream = Counted(response.stream, self.most_bytes)
            await response.aread()
        except httpx2.TransportError:
            self.breaker.failed()
            raise
        if response.status_code in PASSING:
            self.breaker.failed()
        else:
            self.breaker.succeeded()
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self.inner.aclose()


def http_client(endpoint: Endpoint) -> tuple[httpx2.AsyncClient, Wire]:
    """A client that speaks to this endpoint only, follows no redirect and reads no environment."""
    retry = endpoint.retry
    wire = Wire(
        httpx2.AsyncHTTPTransport(trust_env=False),
        httpx2.URL(endpoint.base_url),
        retry,
        Breaker(retry.trip_after, retry.rest),
        asyncio.Semaphore(endpoint.concurrency),
        endpoint.reply_bytes,
    )
    timeout = httpx2.Timeout(retry.timeout)
    client = httpx2.AsyncClient(
        transport=wire, follow_redirects=False, timeout=timeout, trust_env=False
    )
    return client, wire


def backoff(number: int, retry: RetryPolicy) -> float:
    """Seconds to wait after the `number`-th request: doubled each time, with jitter."""
    wait = retry.first_wait * 2 ** (number - 1)
    return min(wait, retry.longest_wait) * random.uniform(0.5, 1.0)  # noqa: S311


def asked_wait(response: httpx2.Response) -> float | None:
    """Seconds that `Retry-After` asks for (a number or a date, RFC 9110 section 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (known - datetime.now(UTC)).total_seconds())


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
