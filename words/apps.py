from django.apps import AppConfig

from sources.bilingual import both


class WordsConfig(AppConfig):
    name = "words"
    verbose_name = both("词语", "Words")
