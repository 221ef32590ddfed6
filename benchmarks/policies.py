"""Measures for measuring, marked as such and never part of a release: python benchmarks/policies.py --measures 20000.

Needs a migrated and seeded store of its own in DATABASE_URL; refuses one that holds more than the seed and earlier samples.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

MARK = "bench-"
SEED = 20260901
VERBS = [
    ("建设", "Build"), ("推广", "Promote"), ("优化", "Improve"), ("支持", "Support"), ("试点", "Pilot"), ("扩大", "Expand"),
    ("简化", "Simplify"), ("培育", "Cultivate"), ("引进", "Attract"), ("开通", "Open"), ("统一", "Unify"), ("降低", "Lower"),
]  # fmt: skip
OBJECTS = [
    ("保税物流", "bonded logistics"), ("通关便利", "customs clearance"), ("海外仓", "overseas warehouses"),
    ("产业基金", "industry funds"), ("班列", "freight trains"), ("出口信用保险", "export credit insurance"),
    ("自贸试验区", "free trade zone"), ("数据共享", "data sharing"), ("品牌标准", "brand standards"),
    ("人才引进", "talent recruitment"), ("研发平台", "research platforms"), ("用地供给", "land supply"),
    ("电子口岸", "electronic port"), ("绿色制造", "green manufacturing"), ("展会", "trade fairs"),
    ("外资准入", "access for foreign investment"), ("易货贸易", "barter trade"), ("冷链", "cold chains"),
]  # fmt: skip
SYLLABLES = "安邦策春德方高和佳康乐明宁平启仁盛泰文新兴旭阳益永元云泽振中"
LETTERS = "abcdefghiklmnoprstuvwy"


def sentences(chance: random.Random, places: list[Any], industries: list[Any]) -> tuple[list[str], list[str]]:
    """A title and a summary in each language, of words that records have and of names that none has."""
    (verb, en_verb), (thing, en_thing) = chance.choice(VERBS), chance.choice(OBJECTS)
    place, industry = chance.choice(places), chance.choice(industries)
    name = "".join(chance.choices(SYLLABLES, k=3))
    en_name = "".join(chance.choices(LETTERS, k=7)).title()
    more = [chance.choice(OBJECTS) for _ in range(4)]
    zh = [
        f"样例：{place.name_zh}{verb}{industry.name_zh}{thing}",
        f"样例措施，不是真实政策。{name}片区围绕{industry.name_zh}{verb}{thing}，"
        + "、".join(f"{chance.choice(VERBS)[0]}{word}" for word, _ in more)
        + f"，{chance.randint(2, 90)}家企业参与，由{place.name_zh}负责。",
    ]
    en = [
        f"Sample: {en_verb} {en_thing} for {industry.name_en} in {place.name_en}"[:200],
        f"A sample measure, not a real policy. The {en_name} area is to {en_verb.lower()} {en_thing} for {industry.name_en}, and to "
        + ", ".join(f"{chance.choice(VERBS)[1].lower()} {word}" for _, word in more)
        + f"; {chance.randint(2, 90)} firms take part, and {place.name_en} answers for it.",
    ]
    return zh, en


def make(count: int) -> None:
    """Replace the samples by `count` new ones, in one transaction; the same seed always makes the same."""
    from django.db import transaction

    from indicators.models import Category
    from policies.choices import Level, MeasureKind
    from policies.models import Document, Measure, MeasureRegion
    from regions.models import Region
    from sources.models import Release

    chance = random.Random(SEED)
    places = list(Region.objects.public().filter(code__startswith="43").order_by("code"))
    industries = list(Category.objects.public().filter(scheme__code="INDUSTRY").order_by("code"))
    document, release = Document.objects.public().order_by("code")[0], Release.objects.published()[0]
    measures, placed, of_industry = [], [], []
    for number in range(count):
        (title_zh, summary_zh), (title_en, summary_en) = sentences(chance, places, industries)
        measure = Measure(
            code=f"{MARK}{number:06}", kind=chance.choice(MeasureKind.values), document=document, title_zh=title_zh,
            title_en=title_en, summary_zh=summary_zh, summary_en=summary_en, level=chance.choice(Level.values),
            released=release,
        )  # fmt: skip
        measure.derive()
        measures.append(measure)
        placed.append(chance.choice(places))
        of_industry.append(chance.choice(industries))
    links = Measure.industries.through
    with transaction.atomic():
        Measure.objects.filter(code__startswith=MARK).delete()
        Measure.objects.bulk_create(measures, batch_size=1000)
        pairs = zip(measures, placed, strict=True)
        MeasureRegion.objects.bulk_create([MeasureRegion(measure=m, region=r) for m, r in pairs], batch_size=1000)
        rows = [links(measure=m, category=c) for m, c in zip(measures, of_industry, strict=True)]
        links.objects.bulk_create(rows, batch_size=1000)
    print(
        f"{count} sample measures ({MARK}…) beside {Measure.objects.exclude(code__startswith=MARK).count()} real ones"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measures", type=int, default=20_000)
    arguments = parser.parse_args()
    import django

    django.setup()
    make(arguments.measures)


if __name__ == "__main__":
    main()
