"""A release as a lake: Parquet files by topic and frequency (Hive's partitions), for DuckDB, Spark, Trino or object storage.

    2026-R1/observations/topic=TRADE/frequency=A/part-0.parquet
    2026-R1/regions.parquet, indicators.parquet
    2026-R1/manifest.json, SHA256SUMS

Rows are those of `/observations?as_of=…&variants=all&detail=full`, with names and remarks in both languages. The same release
gives the same files, byte for byte, from one version of the program and as long as no later release renames anything.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from api.formats.parquet import PART, type_name, write_rows
from api.formats.tables import Cells, Column, column_of
from indicators.choices import Frequency
from indicators.cubes import cubes
from indicators.labels import Labels, labels
from indicators.reading import ORDERS, stream
from indicators.rows import FULL, RowColumn, make_cells, stored_columns
from indicators.selection import Selection, everything
from sources.bilingual import LANGUAGES
from sources.models import Release

PARTITIONS = ("topic", "frequency")


@dataclass(frozen=True)
class LakeFile:
    """A file of the lake: its path below the release, how many rows and bytes it has, and its SHA-256."""

    path: str
    rows: int
    bytes: int
    sha256: str


def export(release: Release, folder: Path) -> list[LakeFile]:
    """Write a release below a folder, as a whole or not at all.

    Raises FileExistsError where it is there already, and OSError where it cannot be written.
    """
    target, unfinished = folder / release.version, folder / f".{release.version}-unfinished"
    if target.exists():
        raise FileExistsError(target)
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        parts = [_described(unfinished, path, rows) for path, rows in _written(unfinished, release)]
        manifest = json.dumps(_manifest(release, parts), ensure_ascii=False, indent=1) + "\n"
        (unfinished / "manifest.json").write_text(manifest, encoding="utf-8")
        sums = "".join(f"{part.sha256}  {part.path}\n" for part in parts)
        (unfinished / "SHA256SUMS").write_text(sums, encoding="utf-8")
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return parts


def _written(folder: Path, release: Release) -> Iterator[tuple[Path, int]]:
    """Write every file; gives each with its number of rows."""
    names = labels()
    whole = everything(names).as_of(release.pk)
    for topic, code in sorted((key, label.code) for key, label in names.topics.labels.items()):
        of_topic = [key for key, about in names.measured.items() if about.topic == topic]
        for frequency in Frequency.values:
            path = folder / "observations" / f"topic={code}" / f"frequency={frequency}" / "part-0.parquet"
            selection = whole.where("indicator", of_topic).where("frequency", [frequency])
            if rows := _write_figures(path, selection, names, release):
                yield path, rows
    for name, columns, rows_of in (("regions", REGIONS, _regions), ("indicators", INDICATORS, _indicators)):
        path, cells = folder / f"{name}.parquet", rows_of(names)
        _write(path, columns, iter([list(zip(*cells, strict=True))] if cells else []), release)
        yield path, len(cells)


# What depends on the language is there in both.
SPOKEN = [column for column in FULL if column.spoken]
KEPT = [column for column in FULL if column not in SPOKEN and column.name not in PARTITIONS]


def _columns() -> list[tuple[Column, RowColumn, str]]:
    """The columns of the figures, in the order of a row: how they are written, how they are made, in which language."""
    spoken = {
        column.name: [(replace(column_of(column), name=f"{column.name}_{name}"), column, name) for name in LANGUAGES]
        for column in SPOKEN
    }
    return [
        one
        for column in FULL
        if column in SPOKEN or column in KEPT
        for one in spoken.get(column.name, [(column_of(column), column, LANGUAGES[0])])
    ]


def _write_figures(path: Path, selection: Selection, names: Labels, release: Release) -> int:
    """Write the figures of a selection. Gives how many there are; where there are none no file is left."""
    columns, stored, rows = _columns(), stored_columns(FULL), 0

    def chunks() -> Iterator[Sequence[Sequence[Any]]]:
        nonlocal rows
        for read in stream(selection, stored, ORDERS["series"], PART):
            rows += len(read)
            made = {
                (column.name, language): cells
                for language, of_it in ((LANGUAGES[0], [*KEPT, *SPOKEN]), (LANGUAGES[1], SPOKEN))
                for column, cells in zip(of_it, make_cells(read, stored, of_it, names, language), strict=True)
            }
            yield [made[column.name, language] for _, column, language in columns]

    parts = chunks()
    first = next(parts, None)
    if first is not None:
        _write(path, [column for column, _, _ in columns], _again(first, parts), release)
    return rows


def _again(first: Cells, others: Iterator[Cells]) -> Iterator[Cells]:
    yield first
    yield from others


def _write(path: Path, columns: Sequence[Column], chunks: Iterator[Cells], release: Release) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {
        "release": release.version, "digest": release.digest, "digest_method": release.digest_method,
        "licence": settings.DATA_LICENCE["url"],
    }  # fmt: skip
    write_rows(path, columns, chunks, metadata)


REGIONS = [Column(name, "text") for name in ("code", "name_zh", "name_en", "kind", "parent")]
REGIONS.append(Column("is_aggregate", "flag"))
INDICATORS = [Column(name, "text") for name in ("code", "name_zh", "name_en", "topic", "unit", "kind")]


def _regions(names: Labels) -> list[tuple[Any, ...]]:
    code = names.regions.code
    rows = ((names.regions[key], names.places[key]) for key in names.regions.key.values())
    return sorted((*label, place.kind, code[place.parent], place.is_aggregate) for label, place in rows)


def _indicators(names: Labels) -> list[tuple[Any, ...]]:
    contents = cubes().contents
    keys = names.indicators.key.values()
    return sorted(
        (
            *names.indicators[key], names.topics[names.measured[key].topic].code, names.units[contents[key].unit].code,
            contents[key].kind,
        )
        for key in keys
    )  # fmt: skip


def _described(folder: Path, path: Path, rows: int) -> LakeFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return LakeFile(path.relative_to(folder).as_posix(), rows, path.stat().st_size, digest)


def _manifest(release: Release, parts: Sequence[LakeFile]) -> dict[str, Any]:
    return {
        "release": release.version,
        "published": release.published_at.isoformat() if release.published_at else None,
        "digest": release.digest, "digest_method": release.digest_method, "licence": settings.DATA_LICENCE,
        "publisher": settings.PUBLISHER,
        "partitioning": list(PARTITIONS),
        "rows": sum(part.rows for part in parts if part.path.startswith("observations/")),
        "columns": [
            {"name": column.name, "type": type_name(column), "description": column.says} for column, _, _ in _columns()
        ],
        "files": [vars(part) for part in parts],
    }  # fmt: skip
