import sources.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('policies', '0002_lifecycle'),
    ]

    operations = [
        sources.operations.KeepTextRules(),
    ]
