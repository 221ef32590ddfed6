from django.db import migrations

from sources.operations import FoldSearchAnew


class Migration(migrations.Migration):

    dependencies = [("policies", "0004_themes")]

    operations = [FoldSearchAnew()]
