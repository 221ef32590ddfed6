from django.db import migrations

from sources.operations import FoldSearchAnew


class Migration(migrations.Migration):

    dependencies = [("regions", "0002_texts_keep_their_rules")]

    operations = [FoldSearchAnew()]
