import hashlib
import json
from pathlib import Path

import django.db.models.deletion
import sources.fields
from django.conf import settings
from django.db import migrations, models

# What packages said of themselves as long as that was not kept, of every release alike.
DESCRIPTOR = Path(__file__).with_name("0005_descriptor.json")
README = """# {title}, {version}

Published {created}. {licence}

- `data/observations.csv`: every figure that stood in this release; its SHA-256 is the release's digest.
- `data/*.csv`: regions, indicators, units, classifications, policies, sources and citations that the figures refer to by code.
- `datapackage.json`: every table's columns, keys and references. `SHA256SUMS`: `sha256sum --check SHA256SUMS`.

发布于 {created}。`data/observations.csv` 为该版本的全部现行数值；其余各表为代码、政策与出处；列的含义见 `datapackage.json`。
"""


def describe(apps, schema_editor):
    """Releases that were published before their packages' description was kept have what all packages said until then."""
    releases = apps.get_model("sources", "Release").objects.all()
    if not releases.exists():
        return
    name, url = settings.DATA_LICENCE["name"], settings.DATA_LICENCE["url"]
    licences = [{"name": name.replace(" ", "-"), "path": url, "title": name}]
    descriptor = json.loads(DESCRIPTOR.read_text(encoding="utf-8")) | {"licenses": licences}
    content = {"descriptor": json.dumps(descriptor, ensure_ascii=False, separators=(",", ":")), "readme": README}
    sha256 = hashlib.sha256("\n".join(content.values()).encode()).hexdigest()
    kept = apps.get_model("sources", "PackageDescription").objects.create(sha256=sha256, **content)
    releases.update(package=kept)


class Migration(migrations.Migration):

    dependencies = [
        ('sources', '0004_texts_keep_their_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='PackageDescription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', sources.fields.CodeField(max_length=64, unique=True, verbose_name='SHA-256')),
                ('descriptor', sources.fields.StrictCharField(max_length=1000000, verbose_name='descriptor')),
                ('readme', sources.fields.StrictCharField(max_length=20000, verbose_name='README')),
            ],
            options={
                'verbose_name': 'description of packages',
                'verbose_name_plural': 'descriptions of packages',
            },
        ),
        # Releases that were published before have the digest of their time.
        migrations.AddField(
            model_name='release',
            name='digest_method',
            field=sources.fields.StrictCharField(choices=[('sha256-csv', 'SHA-256 of observations.csv'), ('sha256-series', 'SHA-256 of the digests of all series')], default='sha256-csv', max_length=20, verbose_name='method of the digest'),
        ),
        migrations.AlterField(
            model_name='release',
            name='digest_method',
            field=sources.fields.StrictCharField(choices=[('sha256-csv', 'SHA-256 of observations.csv'), ('sha256-series', 'SHA-256 of the digests of all series')], default='sha256-series', max_length=20, verbose_name='method of the digest'),
        ),
        migrations.AddField(
            model_name='release',
            name='package',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='sources.packagedescription', to_field='sha256', verbose_name='description of its package'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.CheckConstraint(condition=models.Q(('digest_method__in', ['sha256-csv', 'sha256-series'])), name='release_digest_method_known'),
        ),
        migrations.RunPython(describe, migrations.RunPython.noop),
    ]
