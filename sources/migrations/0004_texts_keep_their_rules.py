import sources.fields
import sources.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('sources', '0003_synonym'),
    ]

    operations = [
        # The column gets its new CHECK below, when what is in it was mended by the rule of a phrase.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='citation',
                    name='exact',
                    field=sources.fields.PhraseField(max_length=60, verbose_name='exact phrase'),
                ),
            ],
        ),
        sources.operations.KeepTextRules(),
    ]
