import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0015_scores"),
    ]

    operations = [
        migrations.AddField(
            model_name="explanation",
            name="effect",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="answers",
                to="supervision.effect",
            ),
        ),
        migrations.AddField(
            model_name="explanation",
            name="urge",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="answers",
                to="supervision.urge",
            ),
        ),
        migrations.AddIndex(
            model_name="effect",
            index=models.Index(condition=models.Q(("folded", False)), fields=["at"], name="effect_sounded"),
        ),
    ]
