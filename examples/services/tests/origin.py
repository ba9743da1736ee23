"""An HTTP server for tests, whose pages a test changes, holds back and breaks."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from services import PATIENCE, until


class Origin:
    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.broken: set[str] = set()
        self._held: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.address}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handler(origin) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with origin._lock:
                    origin.asked[self.path] += 1
                # The page as it is now, whatever happens until the response is sent.
                content = origin.pages.get(self.path, "").encode()
                held = origin._held.get(self.path)
                if held is not None:
                    held.wait(PATIENCE)
                try:
                    self.send_response(500 if self.path in origin.broken else 200)
                    self.send_header("Content-Length", str(len(content)))
                    self.send_header("Content-Type", "text/plain")
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    pass  # The client was killed.

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def hold(self, path: str) -> None:
        """Lets requests of a page wait from now on."""
        self._held[path] = threading.Event()

    def release(self, path: str) -> None:
        self._held.pop(path).set()

    def is_asked(self, path: str, times: int = 1) -> None:
        """Returns when a page was asked for so often."""
        until(lambda: self.asked[path] >= times, f"request {times} of {path}")

    def __enter__(self) -> Origin:
        return self

    def __exit__(self, *_: object) -> None:
        for path in list(self._held):
            self.release(path)
        self._server.shutdown()
        self._server.server_close()
