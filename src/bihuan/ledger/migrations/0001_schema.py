import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    # Of before the first release; a database that has them has this.
    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0003_remark_salt"),
        ("ledger", "0004_post_stream"),
        ("ledger", "0005_seal"),
    ]
    initial = True

    dependencies = []

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
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(db_collation="C", max_length=64)),
                ("position", models.PositiveIntegerField()),
                ("verb", models.CharField(db_collation="C", max_length=64)),
                ("facts", models.JSONField()),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_post", models.CharField(max_length=100)),
                ("appointment_id", models.BigIntegerField(null=True)),
                ("unit_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("request_id", models.UUIDField()),
                ("previous", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("digest", models.CharField(db_collation="C", max_length=64)),
            ],
            options={
                "verbose_name": "留痕",
                "indexes": [
                    models.Index(fields=["request_id"], name="entry_request"),
                    models.Index(fields=["appointment_id", "stream"], name="entry_post_stream"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "position"), name="entry_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1)), name="entry_position_from_one"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Remark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("salt", models.CharField(blank=True, db_collation="C", max_length=32)),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="remark", to="ledger.entry"
                    ),
                ),
            ],
            options={
                "verbose_name": "意见",
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
    ]
