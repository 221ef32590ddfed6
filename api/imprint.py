"""What the data are called, who publishes them, and how both are cited: by the settings of this installation."""

from __future__ import annotations

from django.conf import settings

from indicators.labels import Label
from sources.bilingual import language
from sources.models import Release

SITE = Label("HNOT", "湖南开放型经济数据", "Hunan Open Trade Data")
ABOUT = Label(
    "HNOT",
    "湖南开放型经济的指标、政策措施及其出处：每个数字都注明原文语句与发布版本。",
    "Indicators of Hunan's open economy, the policy measures that concern them, and the phrase of the source behind every "
    "figure, release by release.",
)


def publisher() -> Label:
    """Who publishes the data, by the settings of this installation."""
    return Label(SITE.code, settings.PUBLISHER["zh"], settings.PUBLISHER["en"])


def gbt7714(title: str, address: str, release: Release, accessed: str | None = None) -> str:
    """The reference by GB/T 7714-2015, in the language of the answer: publisher, title, release, day, address."""
    day = f"({release.published_at:%Y-%m-%d})" if release.published_at else ""
    read = f"[{accessed}]" if accessed else ""
    return f"{publisher().name(language())}. {title}[DS/OL]. {release.version}. {day}{read}. {address}."
