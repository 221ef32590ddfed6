from django.apps import AppConfig

from sources.bilingual import both


class RegionsConfig(AppConfig):
    name = "regions"
    verbose_name = both("地区", "Regions")
