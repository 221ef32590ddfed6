from django.apps import AppConfig

from sources.bilingual import both


class CurationConfig(AppConfig):
    name = "curation"
    verbose_name = both("数据维护", "Curation")
