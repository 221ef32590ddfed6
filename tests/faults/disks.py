"""Disks that are soon full: real ones, of a few kilobytes, in memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of its own at a folder. Skips the test where this machine does not let us mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("NOT RUN: there is no mount command to make a small disk with")
    if done.returncode:
        pytest.skip(f"NOT RUN: a small disk is mounted by root only ({done.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """All that is left of a disk, taken by a file."""
    filled = folder / "theirs"
    with suppress(OSError), filled.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    return filled


def free_bytes(folder: Path) -> int:
    about = os.statvfs(folder)
    return about.f_bavail * about.f_bsize


def open_below(folder: Path) -> list[str]:
    """The files of a folder, removed ones included, that this process holds open."""
    held = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:  # the one that listed them
            continue
        if target.startswith(f"{folder}/"):
            held.append(target)
    return held
