"""Downloads from a local server: resumed, verified, from the first good mirror, safe for two at once."""

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from repro.data.files import download
from repro.data.files.download import fetch
from repro.data.files.store import Archive, DataError, File, Publication, Version

CONTENT = bytes(range(256)) * 4000  # about 1 MB
ROOT = Path(__file__).resolve().parents[3]


def md5(content):
    return "md5:" + hashlib.md5(content).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT; the folder in the address says how."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        how = self.path.split("/")[1]
        start = int(self.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
        self.server.seen.append((how, start))
        content = {"wrong": bytes(len(CONTENT))}.get(how, self.server.content)
        if how in ("good", "half", "slow", "wrong") and start >= len(content):
            return self._answer(416, b"")
        if how == "absent":
            return self._answer(404, b"no such file")
        part = content[start:] if how != "norange" else content
        self._answer(206 if start and how != "norange" else 200, part, how)

    def _answer(self, status, body, how=""):
        self.send_response(status)
        if how != "unknown_length":
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        middle = len(body) // 2
        self.wfile.write(body[:middle])
        if how == "slow":
            self.server.half_sent.set()
            self.server.go_on.wait(20)
        if how != "half":
            self.wfile.write(body[middle:])
        self.close_connection = True

    def log_message(self, *_):
        pass

    def handle(self):
        with contextlib.suppress(ConnectionError):  # the client was interrupted
            super().handle()


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.content, server.seen = CONTENT, []
    server.half_sent, server.go_on = threading.Event(), threading.Event()
    server.at = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


def dataset(server, *ways, checksum=None):
    file = File("f.bin", md5(CONTENT), len(CONTENT), checksum or md5(CONTENT))
    return Publication("set", (Version(("set",), (file,)),), tuple(f"{server.at}/{way}/" for way in ways))


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_a_file_arrives_and_is_not_fetched_again(server, tmp_path):
    reports = []
    fetch(dataset(server, "good"), tmp_path, report=lambda *report: reports.append(report))
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT
    assert names(tmp_path / "set") == ["f.bin"]
    assert reports[-1] == ("f.bin", len(CONTENT), len(CONTENT))
    fetch(dataset(server, "good"), tmp_path)
    assert server.seen == [("good", 0)]


def test_a_length_that_is_not_known(server, tmp_path):
    fetch(dataset(server, "unknown_length"), tmp_path)
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT


def test_a_part_is_completed(server, tmp_path, lay_out):
    lay_out(tmp_path, {"set/f.bin.part": CONTENT[:1000]})
    fetch(dataset(server, "good"), tmp_path)
    assert server.seen == [("good", 1000)]
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT


def test_a_complete_part_is_taken(server, tmp_path, lay_out):
    lay_out(tmp_path, {"set/f.bin.part": CONTENT})
    fetch(dataset(server, "good"), tmp_path)
    assert server.seen == [("good", len(CONTENT))]
    assert names(tmp_path / "set") == ["f.bin"]


@pytest.mark.parametrize("part", [b"rubbish", bytes(2 * len(CONTENT))])
def test_a_bad_part_is_replaced(server, tmp_path, lay_out, part):
    lay_out(tmp_path, {"set/f.bin.part": part})
    fetch(dataset(server, "good"), tmp_path)
    assert server.seen == [("good", len(part)), ("good", 0)]
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT


def test_a_server_that_can_not_resume(server, tmp_path, lay_out):
    lay_out(tmp_path, {"set/f.bin.part": CONTENT[:1000]})
    fetch(dataset(server, "norange"), tmp_path)
    assert server.seen == [("norange", 1000)]
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT


def test_a_broken_connection_is_resumed_and_then_the_next_mirror_goes_on(server, tmp_path):
    logged = []
    fetch(dataset(server, "half", "good"), tmp_path, log=logged.append)
    half = len(CONTENT) // 2
    assert server.seen == [("half", 0), ("half", half), ("half", half * 3 // 2), ("good", half * 7 // 4)]
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT
    assert len(logged) == 1
    assert "/half/f.bin: ended after" in logged[0]


def test_mirrors_are_tried_in_order(server, tmp_path):
    logged = []
    ways = ("absent", "wrong", "good", "norange")
    fetch(dataset(server, *ways), tmp_path, log=logged.append)
    assert [how for how, _ in server.seen] == ["absent", "wrong", "good"]
    assert "404" in logged[0]
    assert "wrong checksum" in logged[1]


def test_the_users_mirror_comes_first_then_torchvisions(server, tmp_path, monkeypatch):
    torchvision = ModuleType("torchvision")
    torchvision.datasets = SimpleNamespace(
        SET=SimpleNamespace(mirrors=[f"{server.at}/wrong/", f"{server.at}/good/"]),
        ARCHIVE=SimpleNamespace(url="http://host/folder/name.tar.gz"),
    )
    monkeypatch.setitem(sys.modules, "torchvision", torchvision)
    described = dataset(server, "norange")
    described = Publication("set", described.versions, described.mirrors, "SET")
    fetch(described, tmp_path, [f"{server.at}/absent"], log=lambda line: None)
    assert [how for how, _ in server.seen] == ["absent", "wrong", "good"]
    assert download._torchvision_mirrors("ARCHIVE", print) == ["http://host/folder"]


@pytest.mark.parametrize(
    "line", ["raise RuntimeError('operator torchvision::nms does not exist')", "import no_such"]
)
def test_a_broken_torchvision_is_reported_and_left_out(server, tmp_path, monkeypatch, line):
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    described, logged = dataset(server, "good"), []
    described = Publication("set", described.versions, described.mirrors, "SET")
    fetch(described, tmp_path, log=logged.append)
    assert (tmp_path / "set" / "f.bin").exists()
    assert "torchvision's addresses are left out" in logged[0]


def test_when_nothing_works_one_message_says_what_to_do(server, tmp_path):
    described = dataset(server, "absent", "wrong")
    described = Publication(
        "set", described.versions, (*described.mirrors, "http://127.0.0.1:1/", "no address")
    )
    logged = []
    with pytest.raises(DataError) as caught:
        fetch(described, tmp_path, log=logged.append)
    assert len(logged) == 4
    for part in ("f.bin could not be had", "4 addresses", str(tmp_path / "set"), md5(CONTENT)):
        assert part in str(caught.value)
    assert names(tmp_path / "set") == []


def test_a_damaged_file_is_replaced(server, tmp_path, lay_out):
    lay_out(tmp_path, {"set/f.bin": b"rubbish"})
    logged = []
    fetch(dataset(server, "good"), tmp_path, log=logged.append)
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT
    assert "7 bytes, expected" in logged[0]


def test_a_data_root_that_can_not_be_written(server, tmp_path):
    (tmp_path / "set").write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"can't write to .*REPRO_DATA"):
        fetch(dataset(server, "good"), tmp_path)
    assert server.seen == []


def test_a_full_disk(server, tmp_path, monkeypatch):
    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", no_space)
    with pytest.raises(DataError, match="No space left"):
        fetch(dataset(server, "good", "good"), tmp_path)
    assert len(server.seen) == 1  # another mirror wouldn't help


def tar(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def archived(server, packed, files):
    listed = tuple(File(name, md5(content)) for name, content in files.items())
    version = Version(("set/inner",), listed)
    return Publication("set", (version,), (f"{server.at}/good/",), archive=Archive("a.tar.gz", md5(packed)))


def test_an_archive_is_unpacked_and_its_files_are_verified(server, tmp_path, lay_out):
    files = {"one": b"1", "two": b"22"}
    packed = tar({"inner/one": b"1", "inner/two": b"22", "inner/../../evil": b"x", "other": b"y"})
    server.content = packed
    described = archived(server, packed, files)
    fetch(described, tmp_path)
    assert names(tmp_path / "set" / "inner") == ["one", "two"]
    assert not (tmp_path.parent / "evil").exists()
    lay_out(tmp_path, {"set/inner/two": b"damaged"})
    fetch(described, tmp_path, log=lambda line: None)
    assert (tmp_path / "set" / "inner" / "two").read_bytes() == b"22"
    assert len(server.seen) == 1  # the archive was still there


def test_an_archive_with_other_files(server, tmp_path):
    packed = tar({"inner/one": b"not 1"})
    server.content = packed
    with pytest.raises(DataError, match="one: damaged"):
        fetch(archived(server, packed, {"one": b"1"}), tmp_path)
    with pytest.raises(DataError, match="lacks inner/two"):
        fetch(archived(server, packed, {"one": b"not 1", "two": b"22"}), tmp_path)


SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background jobs ignore
from pathlib import Path
import repro.data.__main__ as main
from repro.data.files.store import Publication, File, Version
file = File("f.bin", sys.argv[2], 0, sys.argv[2])
main.FETCHED["mnist"] = Publication("set", (Version(("set",), (file,)),), (sys.argv[1],))
sys.exit(main.main(["fetch", "mnist", "--root", sys.argv[3]]))
"""


def start(server, way, root):
    command = [sys.executable, "-c", SCRIPT, f"{server.at}/{way}/", md5(CONTENT), str(root)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once_fetch_it_once(server, tmp_path):
    processes = [start(server, "slow", tmp_path) for _ in range(2)]
    assert server.half_sent.wait(20)
    time.sleep(0.5)  # for the other to come to the lock
    server.go_on.set()
    for process in processes:
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
        assert "complete and verified" in errors
    assert server.seen == [("slow", 0)]
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT


def test_ctrl_c_leaves_a_part_that_is_resumed(server, tmp_path):
    part = tmp_path / "set" / "f.bin.part"
    process = start(server, "slow", tmp_path)
    assert server.half_sent.wait(20)
    deadline = time.monotonic() + 10
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "the same command goes on" in errors
    done = part.stat().st_size
    assert names(tmp_path / "set") == ["f.bin.part"]
    fetch(dataset(server, "good"), tmp_path)
    assert server.seen[-1] == ("good", done)
    assert (tmp_path / "set" / "f.bin").read_bytes() == CONTENT
