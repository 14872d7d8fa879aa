"""A store that does not always answer: it stands before another one and fails, stalls or breaks off as it is told."""

import http.client
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Proxy:
    """`faults` says of each request, by its number from 0, its method and its address, what is to go wrong:
    `fail`, `stall`, `half`, or nothing."""

    def __init__(self, port, faults=lambda number, method, address: None):
        self.faults, self.requests, self.lock = faults, [], threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                with proxy.lock:
                    number = len(proxy.requests)
                    proxy.requests.append((self.command, self.path, self.headers.get("Range")))
                fault = proxy.faults(number, self.command, self.path)
                if fault == "fail":
                    self.send_response(503)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if fault == "stall":
                    time.sleep(30)
                    self.close_connection = True
                    return
                headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
                behind = http.client.HTTPConnection("127.0.0.1", port)
                behind.request(self.command, self.path, headers=headers)
                answer = behind.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                        self.send_header(name, value)
                length = answer.headers.get("Content-Length") if self.command == "HEAD" else str(len(body))
                self.send_header("Content-Length", length or "0")
                self.end_headers()
                if fault == "half":
                    self.wfile.write(body[: len(body) // 2])
                    self.close_connection = True
                    return
                self.wfile.write(body)

            do_GET = do_HEAD = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
