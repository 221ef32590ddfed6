from django.apps import AppConfig

from sources.bilingual import both


class PoliciesConfig(AppConfig):
    name = "policies"
    verbose_name = both("政策", "Policies")
