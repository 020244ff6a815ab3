from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("supervision", "0022_slips_become_letters")]

    operations = [migrations.DeleteModel(name="Slip")]
