"""An HTTP server that answers with JSON, or misbehaves as it is told; on loopback, TLS where it is given a certificate."""

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Erp:
    """``tables`` maps a kind to rows by key; ``acts`` maps a path's first part to what is done in place of an answer."""

    def __init__(self, server):
        self.server = server
        self.tables = {}
        self.asked = []
        self.headers = []
        self.acts = {}
        self.let_go = threading.Event()

    @property
    def port(self):
        return self.server.server_address[1]

    def answer(self, handler):
        parts = urlsplit(handler.path)
        kind, *keys = [unquote(part) for part in parts.path.strip("/").split("/")]
        self.asked.append(handler.path)
        self.headers.append(dict(handler.headers))
        if kind in self.acts:
            self.acts[kind](handler)
            return
        table = self.tables.get(kind, {})
        if parts.query:
            wanted = next(iter(parse_qs(parts.query).values()))[0].split(",")
            say(handler, {"data": [row for key in wanted for row in table.get(key, ())]})
            return
        rows = table.get("/".join(keys), ())
        say(handler, rows) if rows else say(handler, {"error": "no such thing"}, 404)


def say(handler, body, status=200, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    with contextlib.suppress(OSError):
        handler.wfile.write(data)


@contextlib.contextmanager
def erp(certificate=None) -> Iterator[Erp]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            made.answer(self)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        made = Erp(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.let_go.set()
            server.shutdown()
            thread.join(10)
