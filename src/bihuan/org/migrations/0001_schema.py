import datetime

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # Of before the first release; a database that has them has this.
    replaces = [
        ("org", "0001_initial"),
        ("org", "0002_changes_homes_imports"),
        ("org", "0003_external_units"),
        ("org", "0004_ended_units"),
        ("org", "0005_search_words"),
    ]
    initial = True

    dependencies = [
        ("kernel", "0001_bigrams"),
    ]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=64, unique=True, verbose_name="账号")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="电子邮箱")),
                ("mobile", models.CharField(blank=True, max_length=20, verbose_name="手机号")),
                ("pinyin", models.CharField(blank=True, db_collation="C", max_length=100)),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("must_change_password", models.BooleanField(default=False)),
                ("leaves_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "人员",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("name", function="bihuan_bigrams"), name="person_words"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BusinessLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(db_collation="C", max_length=20, unique=True)),
                ("name", models.CharField(max_length=50, unique=True)),
            ],
            options={
                "verbose_name": "业务条线",
            },
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("leader", "领导"),
                            ("supervisor", "督查员"),
                            ("handler", "承办人"),
                            ("liaison", "联络员"),
                            ("inspector", "监督检查员"),
                            ("system_admin", "系统管理员"),
                            ("security_admin", "安全管理员"),
                            ("audit_admin", "审计管理员"),
                        ],
                        max_length=16,
                        verbose_name="角色",
                    ),
                ),
                ("title", models.CharField(max_length=50, verbose_name="职务")),
                ("starts_on", models.DateField(verbose_name="任职日期")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="离任日期")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "leader",
                                    "supervisor",
                                    "handler",
                                    "liaison",
                                    "inspector",
                                    "system_admin",
                                    "security_admin",
                                    "audit_admin",
                                ],
                            )
                        ),
                        name="appointment_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            (
                                "ends_on__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("starts_on"), "-", models.Value(datetime.timedelta(days=1))
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="appointment_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="person",
            name="post",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="org.appointment",
            ),
        ),
        migrations.CreateModel(
            name="ImportDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(choices=[("units", "机构"), ("people", "人员")], max_length=8)),
                ("uploaded_at", models.DateTimeField()),
                ("file_name", models.CharField(max_length=200)),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("content", models.BinaryField(null=True)),
                ("applied_at", models.DateTimeField(null=True)),
                ("added", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.appointment",
                    ),
                ),
            ],
            options={
                "verbose_name": "导入",
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                ("short_name", models.CharField(max_length=50, verbose_name="简称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("authority", "行政机关"),
                            ("institution", "高等学校"),
                            ("school", "学校"),
                            ("kindergarten", "幼儿园"),
                            ("office", "内设机构"),
                            ("external", "系统外单位"),
                        ],
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        db_collation="C", max_length=32, null=True, unique=True, verbose_name="代码"
                    ),
                ),
                (
                    "region_code",
                    models.CharField(blank=True, db_collation="C", max_length=6, verbose_name="行政区划代码"),
                ),
                ("sort_order", models.PositiveIntegerField(default=0, verbose_name="排序号")),
                ("pinyin", models.CharField(blank=True, db_collation="C", max_length=200)),
                ("starts_on", models.DateField(default=datetime.date(2000, 1, 1))),
                ("ends_on", models.DateField(null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "authority",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offices",
                        to="org.unit",
                    ),
                ),
                (
                    "keeper",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="externals",
                        to="org.unit",
                        verbose_name="登记单位",
                    ),
                ),
                ("lines", models.ManyToManyField(blank=True, related_name="offices", to="org.businessline")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="org.unit",
                        verbose_name="上级",
                    ),
                ),
            ],
            options={
                "verbose_name": "单位",
                "indexes": [
                    models.Index(fields=["pinyin"], name="unit_pinyin"),
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("name", "short_name", function="bihuan_bigrams"), name="unit_words"
                    ),
                    models.Index(
                        condition=models.Q(("kind", "external")), fields=["id"], name="unit_external"
                    ),
                    models.Index(
                        condition=models.Q(("ends_on__isnull", False)), fields=["ends_on"], name="unit_ended"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["authority", "institution", "school", "kindergarten", "office", "external"],
                            )
                        ),
                        name="unit_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gt", models.F("starts_on")), _connector="OR"
                        ),
                        name="unit_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "external"), _negated=True),
                            ("parent__isnull", True),
                            _connector="OR",
                        ),
                        name="unit_external_outside_tree",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "external"), ("keeper__isnull", True), _connector="OR"),
                        name="unit_kept_if_external",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Succession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rename", "更名"),
                            ("move", "调整隶属"),
                            ("merge", "合并"),
                            ("split", "拆分"),
                            ("close", "撤销"),
                        ],
                        max_length=8,
                    ),
                ),
                ("on", models.DateField()),
                (
                    "predecessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="successions", to="org.unit"
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="precessions",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "机构承继",
                "constraints": [
                    models.UniqueConstraint(fields=("predecessor", "successor"), name="succession_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Lineage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("depth", models.PositiveSmallIntegerField()),
                (
                    "ancestor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="org.unit"
                    ),
                ),
                (
                    "descendant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lineage", to="org.unit"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["descendant", "depth"], name="lineage_up")],
                "constraints": [
                    models.UniqueConstraint(fields=("ancestor", "descendant"), name="lineage_pair_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="appointment",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="appointments", to="org.unit"
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="home",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="org.unit",
                verbose_name="所在单位",
            ),
        ),
        migrations.CreateModel(
            name="UnitChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rename", "更名"),
                            ("move", "调整隶属"),
                            ("merge", "合并"),
                            ("split", "拆分"),
                            ("close", "撤销"),
                        ],
                        max_length=8,
                    ),
                ),
                ("on", models.DateField(verbose_name="生效日期")),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "待生效"), ("applied", "已生效"), ("withdrawn", "已撤回")],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100)),
                ("short_name", models.CharField(blank=True, max_length=50)),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                ("fault", models.CharField(blank=True, max_length=200)),
                (
                    "former_parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "heir",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                ("successors", models.ManyToManyField(related_name="+", to="org.unit")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "机构变动",
                "indexes": [
                    models.Index(condition=models.Q(("state", "planned")), fields=["on"], name="change_due")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["rename", "move", "merge", "split", "close"])),
                        name="change_kind_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "planned")),
                        fields=("unit", "kind"),
                        name="change_planned_once_a_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="名称")),
                (
                    "rule_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("authority", "行政机关"),
                            ("institution", "高等学校"),
                            ("school", "学校"),
                            ("kindergarten", "幼儿园"),
                            ("office", "内设机构"),
                            ("external", "系统外单位"),
                        ],
                        max_length=16,
                    ),
                ),
                ("rule_depth", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
                ("members", models.ManyToManyField(blank=True, related_name="in_groups", to="org.unit")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "单位组",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("owner", "name"),
                        name="group_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rule_depth__isnull", True),
                            models.Q(("rule_kind", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="group_depth_of_a_rule",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Alias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(db_index=True, max_length=100)),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="org.unit",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="org.unitgroup",
                    ),
                ),
            ],
            options={
                "verbose_name": "别称",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("name", function="bihuan_bigrams"), name="alias_words"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "name"), name="alias_once"),
                    models.UniqueConstraint(fields=("group", "name"), name="alias_once_a_group"),
                    models.CheckConstraint(
                        condition=models.Q(("unit__isnull", True), ("group__isnull", True), _connector="XOR"),
                        name="alias_of_a_unit_or_a_group",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("short_name", models.CharField(max_length=50)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="names", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "曾用名",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("name", "short_name", function="bihuan_bigrams"), name="unit_name_words"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "starts_on"), name="unit_name_once_a_day")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["unit", "role"], name="appointment_unit_role"),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_on__isnull", True)),
                fields=("person", "unit", "role"),
                name="appointment_once_at_a_time",
            ),
        ),
    ]
