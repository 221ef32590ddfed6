from django.db import migrations

from sources.operations import FoldSearchAnew


class Migration(migrations.Migration):

    dependencies = [("indicators", "0008_missing_is_o")]

    operations = [FoldSearchAnew()]
