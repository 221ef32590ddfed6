"""The digest of a release taken again from its package, by the lines that docs/data.md shows to anyone."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import sys
import tempfile
import textwrap
import zipfile
from pathlib import Path
from unittest import mock

from curation.releases.packages import write_package
from sources.models import DigestMethod, Release

DOCS = Path(__file__).resolve().parents[3] / "docs" / "data.md"


def documented_lines() -> str:
    """The program of docs/data.md that takes the digest `sha256-series` of a package."""
    (block,) = re.findall(r"^ *```python\n(.*?)^ *```$", DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return textwrap.dedent(block)


def taken_again(release: Release) -> str:
    """The digest of a release by its own method, from the package as it is written now."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        write_package(release, file)
        file.flush()
        if release.digest_method == DigestMethod.CSV:
            with zipfile.ZipFile(file) as package:
                return hashlib.sha256(package.read("data/observations.csv")).hexdigest()
        said = io.StringIO()
        with contextlib.redirect_stdout(said), mock.patch.object(sys, "argv", ["digest.py", file.name]):
            exec(documented_lines(), {})
        return said.getvalue().strip()
