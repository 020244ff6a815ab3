from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="preference",
            name="digested_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="preference",
            name="mailed_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="preference",
            name="mails",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
