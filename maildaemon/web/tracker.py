"""The read-confirmation image: the same bytes for every token, known or not, and a record of who asked."""

import asyncio
import hashlib
import ipaddress
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

logger = logging.getLogger(__name__)

GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b"
)  # 1x1, transparent
HEADERS = {
    "Content-Type": "image/gif",
    "Content-Length": str(len(GIF)),
    "Cache-Control": "private, no-store, no-cache, max-age=0, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}
NAME = re.compile(r"([A-Za-z0-9_\-]{22})\.gif", re.ASCII)
LONGEST_TARGET = 490
"""Of a request line of 512 bytes."""
MOST_WAITING = 1000
"""Openings that wait to be recorded; beyond that they are served but not recorded, so that a flood costs no memory."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody asked for the image. ``address`` is the network only (/24 or /48), None when it is not known."""

    token_sha256: str
    at: datetime
    method: str
    user_agent: str
    address: str | None


def app(record: Callable[[Opening], None], *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FastAPI:
    """The image and nothing else. ``record`` runs in another thread, nobody waits for it; that it failed is logged."""
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    places = threading.BoundedSemaphore(MOST_WAITING)

    def keep(opening: Opening) -> None:
        try:
            record(opening)
        except Exception as error:
            logger.warning("an opening was not recorded: %s", type(error).__name__)
        finally:
            places.release()

    @application.exception_handler(HTTPException)
    async def nothing_here(_request: Request, _error: Exception) -> Response:
        return Response(status_code=404)

    @application.api_route("/o/{name}", methods=["GET", "HEAD"])
    async def image(name: str, request: Request) -> Response:
        found = NAME.fullmatch(name)
        if found is None or _target_length(request) > LONGEST_TARGET:
            raise HTTPException(404)
        opening = Opening(
            token_sha256=hashlib.sha256(found.group(1).encode()).hexdigest(),
            at=clock(),
            method=request.method,
            user_agent=printable(request.headers.get("user-agent", ""), 256),
            address=network(request.client.host if request.client else None),
        )
        if places.acquire(blocking=False):
            asyncio.get_running_loop().run_in_executor(None, keep, opening)
        return Response(GIF if request.method == "GET" else b"", headers=HEADERS)

    return application


def _target_length(request: Request) -> int:
    return len(request.scope.get("raw_path") or b"") + len(request.scope.get("query_string") or b"")


def printable(text: str, limit: int) -> str:
    return "".join(character if character.isprintable() else " " for character in text[:limit])


def network(host: str | None) -> str | None:
    """The /24 or /48 that an address belongs to: enough to tell a scanner from an office, too little for a person."""
    try:
        # A zone (fe80::1%eth0) is the name of our own interface.
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))
