"""The download, from a server in this process: no test ever leaves the machine."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.data import omniglot
from core.errors import BadFile, MissingData

from .small_omniglot import PARTS, small, write_archives

pytestmark = pytest.mark.usefixtures("small")
__all__ = ["small"]


class Quiet(SimpleHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - emptied by the fixture

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serves tmp_path/served; -> its address."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Quiet.asked.clear()
    served = write_archives(tmp_path / "served")
    checksums = {f"{part}.zip": hashlib.md5((served / f"{part}.zip").read_bytes()).hexdigest() for part in PARTS}
    monkeypatch.setattr(omniglot, "CHECKSUMS", checksums)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served))) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_both_archives_arrive_with_progress_and_are_then_used(tmp_path, server):
    seen = []
    folder = omniglot.download(tmp_path, lambda what, share: seen.append((what, share)), server)
    assert sorted(path.name for path in folder.iterdir()) == ["images_background.zip", "images_evaluation.zip"]
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {what for what, _ in seen} == {"downloading images_background.zip", "downloading images_evaluation.zip"}
    assert len(omniglot.load(tmp_path).names) == 3


def test_what_is_there_and_right_is_not_fetched_again(tmp_path, server):
    omniglot.download(tmp_path, base_url=server)
    omniglot.download(tmp_path, base_url=server)
    assert Quiet.asked == ["/images_background.zip", "/images_evaluation.zip"]


def test_a_wrong_checksum_leaves_nothing_behind(tmp_path, server, monkeypatch):
    monkeypatch.setitem(omniglot.CHECKSUMS, "images_background.zip", "0" * 32)
    with pytest.raises(BadFile, match=r"images_background\.zip.*checksum"):
        omniglot.download(tmp_path, base_url=server)
    assert list((tmp_path / "downloads" / "omniglot").iterdir()) == []


def test_a_file_that_the_server_does_not_have_is_one_sentence(tmp_path, server):
    with pytest.raises(MissingData, match=r"HTTP 404.*tasks\.path"):
        omniglot.download(tmp_path, base_url=f"{server}/elsewhere")


def test_without_a_network_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    """A port that nobody listens on."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as closed:
        port = closed.server_port
    with pytest.raises(MissingData, match=r"no connection.*fetch it where there is a network.*tasks\.path"):
        omniglot.download(tmp_path, base_url=f"http://127.0.0.1:{port}")


def test_the_checksums_are_those_of_the_official_archives():
    assert omniglot.CHECKSUMS == {
        "images_background.zip": "68d2efa1b9178cc56df9314c21c6e718",
        "images_evaluation.zip": "6b91aef0f799c5bb55b94e3f2daec811",
    }
    assert omniglot.OFFICIAL == "https://raw.githubusercontent.com/brendenlake/omniglot/master/python"
