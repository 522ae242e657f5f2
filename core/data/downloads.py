"""Fetching a file with its checksum; only ever begun by a person."""

import logging
from collections.abc import Callable
from pathlib import Path

from core.errors import BadFile, MissingData

_TIMEOUT = 30


class _Meter:
    """What pooch takes for a progress bar."""

    def __init__(self, share: Callable[[float], None]) -> None:
        self.share, self.total, self.done = share, 0, 0

    def update(self, count: int) -> None:
        self.done = min(self.done + count, self.total)
        self.share(self.done / self.total if self.total else 0.0)

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        self.share(1.0)


def fetch(url: str, target: Path, md5: str, share: Callable[[float], None], instead: str) -> None:
    """Into `target`, which appears whole or not at all; nothing is fetched where it is already there and right.

    Raises MissingData (no network, no such file; ends with what to do instead) or BadFile (wrong checksum).
    """
    import pooch
    import requests

    from core.storage.files import as_core_error, make_folder

    pooch.get_logger().setLevel(logging.WARNING)
    make_folder(target.parent)
    downloader = pooch.HTTPDownloader(progressbar=_Meter(share), timeout=_TIMEOUT)
    try:
        pooch.retrieve(url, f"md5:{md5}", fname=target.name, path=target.parent, downloader=downloader)
    except requests.exceptions.RequestException as error:
        why = f"HTTP {error.response.status_code}" if error.response is not None else "no connection"
        raise MissingData(f"could not download {url} ({why}); fetch it where there is a network, {instead}") from None
    except ValueError:
        raise BadFile(f"{url} gave a file with another checksum than the official one; try again") from None
    except OSError as error:
        known = as_core_error(error, target)
        if known is None:
            raise
        raise known from error
