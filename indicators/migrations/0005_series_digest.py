import hashlib
from collections import defaultdict
from itertools import groupby

import orjson
import sources.fields
from django.db import migrations, models

CHUNK = 1000
# The cells of a figure, as their columns were called when this was written, and where they stand.
CELLS = {
    'region': 'series__region__code', 'indicator': 'series__indicator__code', 'industry': 'series__industry__code',
    'product': 'series__product__code', 'partner': 'series__partner__code', 'trade_mode': 'series__trade_mode__code',
    'variant': 'series__variant', 'frequency': 'series__frequency', 'accumulation': 'series__accumulation',
    'period': 'period', 'unit': 'unit__code', 'status': 'status', 'qualifier': 'qualifier',
    'period_basis': 'period_basis', 'source': 'source__slug', 'note_zh': 'note_zh', 'note_en': 'note_en',
}
# The keys come as one parameter.
LINKS = (
    'SELECT l.observation_id, c.code FROM indicators_observation_citations l JOIN sources_citation c ON c.id = l.citation_id '
    'WHERE l.observation_id {} ORDER BY c.code'
)
AMONG = {'postgresql': '= ANY(%s::bigint[])', 'sqlite': 'IN (SELECT value FROM json_each(%s))'}


def take(apps, schema_editor):
    """The digest of every series (curation/digests.py says of what), so that no publication has to take them all."""
    series, observations = (apps.get_model('indicators', name).objects for name in ('Series', 'Observation'))
    series.filter(observation_count=0).update(digest='')
    keys = list(series.filter(observation_count__gt=0).order_by('pk').values_list('pk', flat=True))
    for first in range(0, len(keys), CHUNK):
        some = keys[first:first + CHUNK]
        live = observations.filter(retired__isnull=True, series__gte=some[0], series__lte=some[-1])
        lines = _lines(schema_editor.connection, live)
        digests = [(_digest(of_series), key) for key, of_series in groupby(lines, key=lambda line: line[0])]
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany('UPDATE indicators_series SET digest = %s WHERE id = %s', digests)


def _lines(connection, live):
    """(Series, figure as a line) in the order of series and period."""
    rows = list(live.order_by('series_id', 'period').values_list('pk', 'series_id', 'value', 'decimals', *CELLS.values()))
    keys, citations = [row[0] for row in rows], defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LINKS.format(AMONG[connection.vendor]), [str(keys) if connection.vendor == 'sqlite' else keys])
        for key, code in cursor.fetchall():
            citations[key].append(code)
    for key, series, value, decimals, *cells in rows:
        stated = dict(zip(CELLS, cells)) | {
            'value': '' if value is None else f'{value:.{decimals}f}', 'citations': ';'.join(citations.get(key, ())),
        }
        yield series, orjson.dumps(
            {name: cell for name, cell in stated.items() if cell}, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
        )


def _digest(lines):
    return hashlib.sha256(b''.join(line for _, line in lines)).hexdigest()


class Migration(migrations.Migration):

    dependencies = [
        ('indicators', '0004_texts_keep_their_rules'),
        ('regions', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='series',
            name='digest',
            field=sources.fields.StrictCharField(editable=False, max_length=64, null=True, verbose_name='digest'),
        ),
        migrations.AddIndex(
            model_name='series',
            index=models.Index(fields=['digest'], name='series_by_digest'),
        ),
        migrations.RunPython(take, migrations.RunPython.noop),
    ]
