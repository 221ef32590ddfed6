"""Every code of the data that the program names: those of the apps below, and the province of the admin's first page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

import indicators.codes
import policies.codes
from regions.models import Region
from sources.bilingual import both
from sources.codes import NamedCode

PROVINCE = NamedCode(
    Region, "430000", both("维护首页的数据分布图", "the map of figures on the first page of the admin")
)

NAMED = (*indicators.codes.NAMED, *policies.codes.NAMED, PROVINCE)
USES: Mapping[tuple[type[models.Model], str], Any] = {(named.model, named.code): named.use for named in NAMED}
