from collections.abc import Sequence

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.contrib.admin import autodiscover
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from django.db.models.signals import post_migrate

from curation.roles import make_groups
from sources.bilingual import both


def check_pages(app_configs: Sequence[AppConfig] | None, **options: object) -> Sequence[checks.CheckMessage]:
    """Django's check of the pages, which are loaded for it."""
    autodiscover()
    messages: Sequence[checks.CheckMessage] = check_admin_app(app_configs)
    return messages


class CurationAdminConfig(admin_apps.SimpleAdminConfig):
    """Django's admin, with the site of curation. Its pages are loaded by the first who asks for one (curation/admin/urls.py)."""

    default_site = "curation.accounts.site.CurationSite"
    default = False

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_pages, checks.Tags.admin)


class CurationConfig(AppConfig):
    name = "curation"
    default = True
    verbose_name = both("数据维护", "Curation")

    def ready(self) -> None:
        import curation.tables.system_checks  # noqa: F401, PLC0415 registers itself, and needs the models

        post_migrate.connect(make_groups, sender=self)
