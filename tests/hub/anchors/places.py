"""Places outside: a web server that keeps what is posted, and an authority for time stamps made by openssl."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = "127.0.0.1"
Answer = Callable[[bytes], bytes]

_CONFIG = """
[req]
distinguished_name = name
x509_extensions = root
prompt = no
[name]
CN = time
[root]
basicConstraints = critical, CA:true
[leaf]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = this
[this]
serial = {folder}/serial
signer_cert = {folder}/leaf.crt
signer_key = {folder}/leaf.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority for time stamps; ``roots`` is its certificate."""

    folder: Path

    @property
    def roots(self) -> Path:
        return self.folder / "root.crt"

    def answer(self, query: bytes) -> bytes:
        """Stamp what is asked for."""
        (self.folder / "query").write_bytes(query)
        _openssl(
            self.folder,
            "ts",
            "-reply",
            "-config",
            "tsa.cnf",
            "-section",
            "this",
            "-queryfile",
            "query",
            "-out",
            "reply",
        )
        return (self.folder / "reply").read_bytes()


def an_authority(folder: Path) -> Authority:
    """Make one, with keys of its own."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf")
    _openssl(folder, "req", "-x509", *new_key, "-keyout", "root.key", "-out", "root.crt")
    _openssl(folder, "req", *new_key, "-keyout", "leaf.key", "-out", "leaf.csr")
    by = ("-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial")
    _openssl(
        folder,
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        *by,
        "-extfile",
        "tsa.cnf",
        "-extensions",
        "leaf",
        "-out",
        "leaf.crt",
    )
    return Authority(folder)


@contextmanager
def a_web_address(answer: Answer = lambda _: b"", *, status: int = 200) -> Iterator[tuple[str, list[bytes]]]:
    """Run a web server on loopback; yields its address, and what was posted there."""
    posted: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            told = answer(posted[-1])
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer((HERE, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://{HERE}:{server.server_address[1]}/heads", posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
