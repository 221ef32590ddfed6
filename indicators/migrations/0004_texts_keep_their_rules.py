import logging

import sources.operations
from django.db import migrations

logger = logging.getLogger(__name__)


class KeepTextRules(sources.operations.KeepTextRules):
    """A release's digest is of its figures to the letter: one whose figures had to be mended has none any more."""

    def mended(self, apps, model, keys):
        super().mended(apps, model, keys)
        if model._meta.model_name != 'observation':
            return
        Release = apps.get_model('sources', 'Release')
        lives = set()
        for first in range(0, len(keys), 500):
            of_some = model._default_manager.filter(pk__in=keys[first : first + 500])
            lives.update(of_some.values_list('released_id', 'retired_id'))
        for released, retired in lives:
            of_them = Release.objects.filter(pk__gte=released).exclude(digest='')
            if retired is not None:
                of_them = of_them.filter(pk__lt=retired)
            for version in of_them.values_list('version', flat=True):
                logger.warning('Release %s has no digest any more: figures of it were mended.', version)
            of_them.update(digest='')


class Migration(migrations.Migration):

    dependencies = [
        ('indicators', '0003_industry_tier'),
        ('sources', '0003_synonym'),
    ]

    operations = [
        KeepTextRules(),
    ]
