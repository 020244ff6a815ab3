import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

SEALED = ("leaf", "node", "head", "signingkey")

REFUSE = "".join(
    f"""
CREATE TRIGGER ledger_{table}_append_only BEFORE UPDATE OR DELETE ON ledger_{table}
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_{table}_no_truncate BEFORE TRUNCATE ON ledger_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
"""
    for table in SEALED
)
ALLOW = "".join(
    f"""
DROP TRIGGER ledger_{table}_append_only ON ledger_{table};
DROP TRIGGER ledger_{table}_no_truncate ON ledger_{table};
"""
    for table in SEALED
)


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_post_stream"),
    ]

    operations = [
        migrations.CreateModel(
            name="Head",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField(db_index=True)),
                ("root", models.CharField(db_collation="C", max_length=64)),
                ("at", models.DateTimeField()),
                ("previous", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("key", models.CharField(db_collation="C", max_length=64)),
                ("next_key", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("signature", models.CharField(db_collation="C", max_length=128)),
            ],
            options={
                "verbose_name": "封存树头",
            },
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("place", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "封存节点",
            },
        ),
        migrations.CreateModel(
            name="Sealing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("settled", models.BigIntegerField(default=0)),
                ("awaited_to", models.BigIntegerField(default=0)),
                (
                    "awaited",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("ran_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "封存进度",
            },
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public", models.CharField(db_collation="C", max_length=64, unique=True)),
                ("from_at", models.DateTimeField()),
                (
                    "named_in",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.head",
                    ),
                ),
            ],
            options={
                "verbose_name": "封存公钥",
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.BinaryField()),
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="leaf",
                        to="ledger.entry",
                    ),
                ),
            ],
            options={
                "verbose_name": "封存位次",
                "indexes": [django.contrib.postgres.indexes.HashIndex(fields=["hash"], name="leaf_by_hash")],
            },
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
