from django.apps import AppConfig

from sources.bilingual import both


class IndicatorsConfig(AppConfig):
    name = "indicators"
    verbose_name = both("指标与数据", "Indicators and data")
