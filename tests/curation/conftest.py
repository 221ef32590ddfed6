"""What the tests of curation share."""

from __future__ import annotations

import csv
import io

import pytest
from django.conf import settings

from curation.sheets import grids, reader


def _hear(content: bytes) -> grids._Heard:
    """What a reader says of a file."""
    told, before = io.BytesIO(), csv.field_size_limit()
    try:
        reader.tell_all(content, reader.Teller(told, settings.READING_CELLS, settings.READING_BYTES))
    finally:
        csv.field_size_limit(before)
    told.seek(0)
    heard = grids._Heard()
    grids._listen(told, heard)
    return heard


@pytest.fixture
def files_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small, well-meant files are taken apart here: a process of its own takes longer to start than to read one. No others are."""
    monkeypatch.setattr(grids, "_hear", _hear)
