"""The sections of the description that endpoints are told in; each endpoint names its own."""

from __future__ import annotations

from typing import NamedTuple

from sources.bilingual import Said, both


class Tag(NamedTuple):
    """A section: its name, and what its endpoints are about."""

    name: str
    says: Said


OBSERVATIONS = Tag("Observations", both("数据及其构成的序列。", "The figures, and the lines they make."))
REGIONS = Tag("Regions", both("地区、区域组合与功能区。", "Places, groups and zones."))
INDICATORS = Tag("Indicators", both("指标、单位与分类。", "What is measured, and in what."))
POLICIES = Tag("Policies", both("政策文件、领域与措施。", "What is done, by whom, when."))
SOURCES = Tag("Sources", both("来源、引证与发布版本。", "Where facts come from, and when they were published."))
FINDING = Tag("Finding", both("由词语查代码。", "From words to codes."))
SERVICE = Tag("Service", both("服务本身。", "The service itself."))
TAGS = (OBSERVATIONS, REGIONS, INDICATORS, POLICIES, SOURCES, FINDING, SERVICE)
