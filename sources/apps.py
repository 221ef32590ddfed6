from django.apps import AppConfig

from sources.bilingual import both


class SourcesConfig(AppConfig):
    name = "sources"
    verbose_name = both("来源与发布", "Sources and releases")
