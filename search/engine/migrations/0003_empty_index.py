"""The index is made of the pages and is built anew in another shape: what there is of it goes."""

from django.db import migrations


def empty(apps, schema_editor):
    apps.get_model("search", "SearchDocument").objects.all().delete()
    apps.get_model("search", "Generation").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("search", "0002_engines")]

    operations = [migrations.RunPython(empty, migrations.RunPython.noop)]
