"""What the catalogue lists: each dataset (`OBS` and the topics) with what it holds and where its figures are to be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from api.imprint import ABOUT, SITE
from indicators.cubes import Cube, Cubes, cubes, frequencies_of
from indicators.labels import TABLES, Label
from indicators.periods import parse_period
from sources.models import Release


class Way(NamedTuple):
    """A way to get a dataset: its name, its media type, and the EU's name of the file type."""

    name: str
    media_type: str
    file_type: str
    path: str
    says: Label


WAYS: tuple[Way, ...] = (
    Way("csv", "text/csv", "CSV", "/api/v1/observations.csv", Label("csv", "CSV 文件", "CSV file")),
    Way(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX", "/api/v1/observations.xlsx",
        Label("xlsx", "Excel 工作簿", "Excel workbook"),
    ),
    Way(
        "parquet", "application/vnd.apache.parquet", "PARQUET", "/api/v1/observations.parquet",
        Label("parquet", "Parquet 文件", "Parquet file"),
    ),
    Way("json", "application/json", "JSON", "/api/v1/observations", Label("json", "JSON 接口（分页）", "JSON, in pages")),
)  # fmt: skip


@dataclass(frozen=True)
class Dataset:
    """A dataset of the catalogue: its cube, and the release that it is described at."""

    cube: Cube
    known: Cubes
    release: Release

    @property
    def code(self) -> str:
        return self.cube.label.code

    @property
    def path(self) -> str:
        return f"/api/v1/datasets/{self.code}.jsonld"

    @property
    def title(self) -> Label:
        return Label(self.code, f"{SITE.zh}：{self.cube.label.zh}", f"{SITE.en}: {self.cube.label.en}")

    @property
    def description(self) -> Label:
        indicators, regions = (len(self.cube.members[name]) for name in ("indicator", "region"))
        first, last = self.cube.periods[0], self.cube.periods[-1]
        return Label(
            self.code,
            f"{self.cube.figures} 个观测值，{self.cube.series} 条序列，{indicators} 个指标，{regions} 个地区，{first} 至 {last}。"
            + ABOUT.zh,
            f"{self.cube.figures} figures in {self.cube.series} series: {indicators} indicators, {regions} regions, "
            f"{first} to {last}. {ABOUT.en}",
        )

    @property
    def keywords(self) -> list[Label]:
        """The names of its indicators; of everything the topics'."""
        names = self.known.labels
        if self.cube.topic is None:
            return [names.topics[cube.topic] for cube in self.known.by_code.values() if cube.topic is not None]
        return self.members("indicator")

    def members(self, dimension: str) -> list[Label]:
        """The labels of the members of a dimension that has codes, without the undivided one."""
        table = getattr(self.known.labels, TABLES[dimension])
        return [table[key] for key in self.cube.members[dimension] if key is not None]

    @property
    def span(self) -> tuple[str, str]:
        """The first and the last day that its periods cover, ISO 8601."""
        spans = [parse_period(label) for label in self.cube.periods]
        return min(span.start for span in spans).isoformat(), max(span.end for span in spans).isoformat()

    @property
    def resolution(self) -> str:
        """The shortest period, as a duration (ISO 8601)."""
        frequencies = frequencies_of(self.cube.periods)
        return next(duration for code, duration in (("M", "P1M"), ("Q", "P3M"), ("A", "P1Y")) if code in frequencies)

    @property
    def query(self) -> dict[str, str]:
        """What narrows /observations to it."""
        return {"variants": "all"} if self.cube.topic is None else {"topic": self.code, "variants": "all"}

    def href(self, way: Way) -> str:
        """The path of one of WAYS to all its figures."""
        return f"{way.path}?{urlencode(self.query)}"


def datasets() -> list[Dataset]:
    """All datasets; none before the first release."""
    known = cubes()
    release = Release.objects.published().first()
    return [] if release is None else [Dataset(cube, known, release) for cube in known.by_code.values()]


def said(label: Label) -> list[dict[str, Any]]:
    """A label in both languages, as JSON-LD says it."""
    return [{"@language": "zh", "@value": label.zh}, {"@language": "en", "@value": label.en}]
