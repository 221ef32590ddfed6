from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate

from curation.roles import make_groups
from sources.bilingual import both


class CurationAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with the site of curation."""

    default_site = "curation.accounts.site.CurationSite"
    default = False


class CurationConfig(AppConfig):
    name = "curation"
    default = True
    verbose_name = both("数据维护", "Curation")

    def ready(self) -> None:
        import curation.tables.system_checks  # noqa: F401, PLC0415 registers itself, and needs the models

        post_migrate.connect(make_groups, sender=self)
