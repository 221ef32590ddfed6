import json
import re

import sources.operations
from django.db import migrations

from sources.text import LINE, PHRASE, PROSE

CHUNK = 2000
# What the columns of the curated tables held at this time, by their names; all others are of one line.
SEVERAL_LINES = {
    'note_zh', 'note_en', 'notes_zh', 'notes_en', 'definition_zh', 'definition_en', 'summary_zh', 'summary_en', 'words',
}
CELLS = {'Change': ('before', 'after'), 'StagedRow': ('resolved', 'before')}
# JSON writes the controls of C0 as escapes, the others as they are or as escapes.
SUSPECT = re.compile(r'\\u00[01789]|\\[bfnrt]|\\uff|[\x7f-\x9f\ufffe\uffff]', re.IGNORECASE)


def mend_cells(apps, schema_editor):
    """Rows of cells say what the records say that were mended: what is compared with them, or made of them, stays the same."""
    for name, columns in CELLS.items():
        model = apps.get_model('curation', name)
        table = schema_editor.quote_name(model._meta.db_table)
        shown = ', '.join(f'CAST({column} AS text)' for column in columns)
        last = 0
        with schema_editor.connection.cursor() as cursor:
            while rows := cursor.execute(
                f'SELECT id, {shown} FROM {table} WHERE id > %s ORDER BY id LIMIT {CHUNK}', [last]
            ).fetchall():
                last = rows[-1][0]
                for pk, *texts in rows:
                    suspect = {c: json.loads(t) for c, t in zip(columns, texts) if t is not None and SUSPECT.search(t)}
                    mended = {column: mended_cells(cells) for column, cells in suspect.items() if cells}
                    if mended and mended != suspect:
                        model._default_manager.filter(pk=pk).update(**mended)


def mended_cells(cells):
    return {name: kind_of(name).mended(cell) if isinstance(cell, str) else cell for name, cell in cells.items()}


def kind_of(column):
    return PHRASE if column == 'exact' else PROSE if column in SEVERAL_LINES else LINE


class Migration(migrations.Migration):

    dependencies = [
        ('curation', '0004_batch_origins_and_revisions'),
        ('sources', '0004_texts_keep_their_rules'),
    ]

    operations = [
        sources.operations.KeepTextRules(),
        migrations.RunPython(mend_cells, migrations.RunPython.noop),
    ]
