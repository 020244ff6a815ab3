import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    # Of before the first release; a database that has them has this.
    replaces = [
        ("supervision", "0001_initial"),
        ("supervision", "0002_readings"),
        ("supervision", "0003_slips"),
        ("supervision", "0004_ladder_and_record"),
        ("supervision", "0005_list_indexes"),
        ("supervision", "0006_needs_evidence"),
        ("supervision", "0007_queues"),
        ("supervision", "0008_ladder_editions"),
        ("supervision", "0009_rederivation"),
        ("supervision", "0010_report_slots"),
        ("supervision", "0011_proofs"),
        ("supervision", "0012_lights_by_hand"),
        ("supervision", "0013_themes"),
        ("supervision", "0014_proposals"),
        ("supervision", "0015_scores"),
        ("supervision", "0016_answered_presses"),
        ("supervision", "0017_due_rules"),
        ("supervision", "0018_counting"),
        ("supervision", "0019_search_words"),
        ("supervision", "0021_letters"),
        ("supervision", "0022_slips_become_letters"),
        ("supervision", "0023_delete_slip"),
        ("supervision", "0024_amended_cycles"),
        ("supervision", "0025_search_reasons"),
        ("supervision", "0026_item_leader"),
    ]
    initial = True

    dependencies = [
        ("documents", "0002_schema"),
        ("org", "0001_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="Area",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                ("position", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "领域",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Rederivation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(db_collation="C", max_length=40, unique=True)),
                ("notice", models.BigIntegerField(default=0)),
                ("began_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("reached", models.BigIntegerField(default=0)),
                ("checked", models.PositiveIntegerField(default=0)),
                ("moved", models.PositiveIntegerField(default=0)),
                ("to_tell", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "重算时限",
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "duty",
                    models.CharField(
                        choices=[("lead", "牵头"), ("assist", "配合")], default="lead", max_length=6
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("period", models.CharField(blank=True, db_collation="C", max_length=10)),
                ("mandatory", models.BooleanField(default=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("dispatched", "待签收"),
                            ("declined", "退办待定"),
                            ("working", "办理中"),
                            ("completed", "待审核"),
                            ("accepted", "已办结"),
                            ("publicised", "公示中"),
                            ("written_off", "已销号"),
                            ("reassigned", "已改派"),
                            ("cancelled", "已撤销"),
                        ],
                        default="dispatched",
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "已整改"),
                            ("sustained", "持续整改"),
                            ("undone", "未整改"),
                            ("waived", "不予整改"),
                        ],
                        max_length=10,
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(null=True)),
                ("returns", models.PositiveSmallIntegerField(default=0)),
                ("insisted", models.BooleanField(default=False)),
                ("dispatched_at", models.DateTimeField()),
                ("sign_by", models.DateTimeField(null=True)),
                ("signed_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                ("original_due_at", models.DateTimeField()),
                ("record_due_at", models.DateTimeField()),
                ("amber_at", models.DateTimeField()),
                ("strong_at", models.DateTimeField()),
                ("reported_at", models.DateTimeField(null=True)),
                ("slot_opened_at", models.DateTimeField(null=True)),
                (
                    "override",
                    models.CharField(
                        blank=True,
                        choices=[("g", "正常推进"), ("y", "临期"), ("yy", "临期加急")],
                        max_length=2,
                    ),
                ),
                ("override_until", models.DateTimeField(null=True)),
                ("suspended_at", models.DateTimeField(null=True)),
                ("review_on", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                ("decide_by", models.DateTimeField(null=True)),
                ("answer_by", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("publicised_until", models.DateTimeField(null=True)),
                ("held_until", models.DateField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("swept_at", models.DateTimeField()),
                ("next_alarm_at", models.DateTimeField(null=True)),
                (
                    "issued_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "joined_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joined",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assisting",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "original_unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "reassigned_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reassigned_to",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "relapsed_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relapses",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "办件",
                "indexes": [
                    models.Index(fields=["issued_by", "stage", "due_at"], name="assignment_issuer_queue"),
                    models.Index(
                        condition=models.Q(("office__isnull", False)),
                        fields=["office", "stage", "due_at"],
                        name="assignment_office_queue",
                    ),
                    models.Index(fields=["reviewer", "stage"], name="assignment_reviewer_queue"),
                    models.Index(
                        condition=models.Q(("suspended_at__isnull", False)),
                        fields=["review_on"],
                        name="assignment_suspended",
                    ),
                    models.Index(
                        condition=models.Q(("next_alarm_at__isnull", False)),
                        fields=["next_alarm_at"],
                        name="assignment_alarm",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "stage__in",
                                [
                                    "dispatched",
                                    "declined",
                                    "working",
                                    "completed",
                                    "accepted",
                                    "publicised",
                                    "written_off",
                                    "reassigned",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="assignment_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("next_alarm_at__isnull", False),
                                (
                                    "stage__in",
                                    (
                                        "dispatched",
                                        "declined",
                                        "working",
                                        "completed",
                                        "accepted",
                                        "publicised",
                                    ),
                                ),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "stage__in",
                                        (
                                            "dispatched",
                                            "declined",
                                            "working",
                                            "completed",
                                            "accepted",
                                            "publicised",
                                        ),
                                    ),
                                    _negated=True,
                                ),
                                ("next_alarm_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="assignment_open_has_alarm",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("progress__isnull", True), ("progress__lte", 100), _connector="OR"
                        ),
                        name="assignment_progress_percent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("override", ""), ("override_until__isnull", True)),
                            models.Q(("override__in", ["g", "y", "yy"]), ("override_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="assignment_override_has_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage", "written_off"), _negated=True),
                            models.Q(("outcome", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="assignment_written_off_has_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("duty", "lead"), ("lead__isnull", False), _connector="OR"),
                        name="assignment_assist_has_lead",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("joined_into__isnull", True), ("stage", "reassigned"), _connector="OR"
                        ),
                        name="assignment_joined_is_over",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Count",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "计次进度",
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="count_is_one")],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("depth", models.PositiveSmallIntegerField(default=1)),
                ("number", models.CharField(blank=True, max_length=20, verbose_name="序号")),
                ("title", models.CharField(max_length=200, verbose_name="事项")),
                ("text", models.TextField(blank=True, verbose_name="内容")),
                ("objective", models.TextField(blank=True, verbose_name="目标")),
                ("leader", models.CharField(blank=True, max_length=100, verbose_name="责任领导")),
                (
                    "priority",
                    models.CharField(
                        choices=[("normal", "一般"), ("important", "重要"), ("urgent", "紧急")],
                        default="normal",
                        max_length=10,
                        verbose_name="缓急",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("each", "各自牵头"), ("joint", "一家牵头")], default="each", max_length=6
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="完成时限")),
                ("due_rule", models.CharField(blank=True, max_length=40, verbose_name="限时")),
                ("long_term", models.BooleanField(default=False, verbose_name="长期坚持")),
                (
                    "cycle",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "不定期"),
                            ("daily", "每日"),
                            ("weekly", "每周"),
                            ("biweekly", "每两周"),
                            ("monthly", "每月"),
                            ("quarterly", "每季度"),
                            ("half_yearly", "每半年"),
                            ("yearly", "每年"),
                        ],
                        max_length=12,
                        verbose_name="反馈周期",
                    ),
                ),
                (
                    "next_cycle",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "不定期"),
                            ("daily", "每日"),
                            ("weekly", "每周"),
                            ("biweekly", "每两周"),
                            ("monthly", "每月"),
                            ("quarterly", "每季度"),
                            ("half_yearly", "每半年"),
                            ("yearly", "每年"),
                        ],
                        max_length=12,
                    ),
                ),
                ("next_cycle_on", models.DateField(null=True)),
                (
                    "target_value",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="量化目标"
                    ),
                ),
                ("target_unit", models.CharField(blank=True, max_length=20, verbose_name="计量单位")),
                ("span_start", models.PositiveIntegerField(null=True)),
                ("span_end", models.PositiveIntegerField(null=True)),
                ("withdrawn_on", models.DateField(null=True)),
                (
                    "area",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="supervision.area",
                        verbose_name="领域",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="supervision.item",
                    ),
                ),
                (
                    "parent_assignment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="part_items",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "清单条目",
                "ordering": ["position", "id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("number", "title", "text", "objective", function="bihuan_bigrams"),
                        name="item_words",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_rule", ""),
                            models.Q(("due_on__isnull", True), ("long_term", False)),
                            _connector="OR",
                        ),
                        name="item_one_deadline",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_cycle", ""), ("next_cycle_on__isnull", True)),
                            models.Q(
                                models.Q(("next_cycle", ""), _negated=True), ("next_cycle_on__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="item_next_cycle_has_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ground",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("item", "条目"),
                            ("unit", "责任单位"),
                            ("mode", "牵头方式"),
                            ("deadline", "完成时限"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(db_collation="C", max_length=32)),
                ("written", models.CharField(blank=True, max_length=200)),
                ("span_start", models.PositiveIntegerField(null=True)),
                ("span_end", models.PositiveIntegerField(null=True)),
                ("confirmed", models.BooleanField(default=False)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grounds",
                        to="supervision.item",
                    ),
                ),
            ],
            options={
                "verbose_name": "读取依据",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Dispatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("due_rule", models.CharField(blank=True, max_length=40)),
                ("period", models.CharField(blank=True, max_length=10)),
                ("rule", models.JSONField()),
                ("asked_by", models.BigIntegerField(null=True)),
                ("request_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("total", models.PositiveIntegerField()),
                (
                    "pending",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "office",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispatches",
                        to="supervision.item",
                    ),
                ),
            ],
            options={
                "verbose_name": "交办批次",
            },
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="验收标准")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="criteria",
                        to="supervision.item",
                    ),
                ),
            ],
            options={
                "verbose_name": "验收标准",
                "ordering": ["position", "id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("text", function="bihuan_bigrams"), name="criterion_words"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="assignment",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="supervision.item"
            ),
        ),
        migrations.CreateModel(
            name="LadderEdition",
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
                        blank=True,
                        choices=[
                            ("plan", "方案"),
                            ("instruction", "领导批示"),
                            ("meeting", "会议纪要"),
                            ("document", "上级文件"),
                            ("inspection", "督查检查"),
                            ("problem", "问题台账"),
                            ("petition", "群众监督"),
                            ("recommendation", "监察建议"),
                            ("obstacle", "请上级协调"),
                            ("breakdown", "上级办件分解"),
                        ],
                        max_length=16,
                        verbose_name="适用来源",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草案"), ("in_force", "现行"), ("superseded", "已停用")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("rows", models.JSONField()),
                ("counts", models.JSONField(null=True)),
                ("reason", models.TextField(blank=True, verbose_name="调整理由")),
                ("version", models.PositiveIntegerField(default=0)),
                ("drafted_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("rederived_to", models.BigIntegerField(null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ladders", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "催办阶梯",
                "ordering": ["-number", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "in_force"])),
                        fields=("unit", "kind", "state"),
                        name="ladder_one_draft_one_in_force",
                    ),
                    models.UniqueConstraint(fields=("unit", "kind", "number"), name="ladder_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", True), ("state", "draft")),
                            models.Q(models.Q(("state", "draft"), _negated=True), ("number__isnull", False)),
                            _connector="OR",
                        ),
                        name="ladder_numbered_once_in_force",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Effect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rung", models.CharField(db_collation="C", max_length=32)),
                ("base_at", models.DateTimeField()),
                ("called_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("proposes", models.BooleanField()),
                ("folded", models.BooleanField(default=False)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="effects",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="supervision.ladderedition",
                    ),
                ),
            ],
            options={
                "verbose_name": "催办阶梯",
                "ordering": ["at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("folded", False), ("proposes", True)),
                        fields=["at"],
                        name="effect_proposals",
                    ),
                    models.Index(condition=models.Q(("folded", False)), fields=["at"], name="effect_sounded"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("assignment", "rung", "base_at"), name="effect_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reply_by", models.DateField(blank=True, null=True, verbose_name="答复时限")),
                (
                    "objection_workdays",
                    models.PositiveSmallIntegerField(default=0, verbose_name="异议期（工作日）"),
                ),
                ("meets_at", models.DateTimeField(blank=True, null=True, verbose_name="约谈时间")),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="约谈地点")),
                (
                    "item",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter",
                        to="supervision.item",
                    ),
                ),
                (
                    "paper",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letter",
                        to="documents.paper",
                    ),
                ),
            ],
            options={
                "verbose_name": "督办文书",
            },
        ),
        migrations.CreateModel(
            name="Addressee",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "adoption",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "未答复"),
                            ("full", "全部采纳"),
                            ("partial", "部分采纳"),
                            ("refused", "不予采纳"),
                        ],
                        max_length=8,
                        verbose_name="采纳情况",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addressed",
                        to="supervision.letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "主送单位",
                "ordering": ["position", "id"],
                "constraints": [models.UniqueConstraint(fields=("letter", "unit"), name="addressee_once")],
            },
        ),
        migrations.CreateModel(
            name="LetterObjection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(verbose_name="异议理由")),
                ("raised_at", models.DateTimeField()),
                ("raised_by", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待复核"), ("upheld", "异议成立"), ("rejected", "异议不成立")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("answer", models.TextField(blank=True, verbose_name="复核意见")),
                ("decided_by", models.BigIntegerField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "addressee",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="objection",
                        to="supervision.addressee",
                    ),
                ),
                (
                    "duty",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter_objection",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "文书异议",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="letter_objection_decided_at",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LightOverride",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "light",
                    models.CharField(
                        blank=True,
                        choices=[("g", "正常推进"), ("y", "临期"), ("yy", "临期加急")],
                        max_length=2,
                    ),
                ),
                ("computed", models.CharField(max_length=2)),
                ("until_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(verbose_name="调灯理由")),
                ("person_id", models.BigIntegerField()),
                ("post", models.CharField(max_length=200)),
                ("from_at", models.DateTimeField()),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="overrides",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "人工调灯",
                "ordering": ["-from_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("light", ""), ("until_at__isnull", True)),
                            models.Q(models.Q(("light", ""), _negated=True), ("until_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="light_override_has_end",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LookBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(choices=[("held", "整改稳固"), ("relapsed", "出现反弹")], max_length=8),
                ),
                ("finding", models.TextField(verbose_name="核查情况")),
                ("early", models.TextField(blank=True, verbose_name="提前回头看的理由")),
                ("held_at", models.DateTimeField()),
                ("person_id", models.BigIntegerField()),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="look_backs",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "new_round",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="from_look_back",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "回头看",
                "ordering": ["-held_at"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("finding", function="bihuan_bigrams"), name="look_back_words"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("new_round__isnull", True), ("verdict", "held")),
                            models.Q(("new_round__isnull", False), ("verdict", "relapsed")),
                            _connector="OR",
                        ),
                        name="look_back_relapse_has_round",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Matter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matters",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="matters",
                        to="supervision.letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "所涉办件",
                "ordering": ["position", "id"],
                "constraints": [models.UniqueConstraint(fields=("letter", "assignment"), name="matter_once")],
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="节点")),
                ("due_on", models.DateField(verbose_name="节点时限")),
                (
                    "share",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="应达进度（%）"),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="milestones",
                        to="supervision.item",
                    ),
                ),
            ],
            options={
                "verbose_name": "节点",
                "ordering": ["due_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="异议内容")),
                ("founded", models.BooleanField()),
                ("raised_at", models.DateTimeField()),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="objections",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "公示异议",
            },
        ),
        migrations.CreateModel(
            name="Obstacle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("power", models.CharField(max_length=100, verbose_name="需上级行使的职权")),
                ("text", models.TextField(verbose_name="具体困难")),
                (
                    "answer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obstacle_answered",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obstacles",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "请上级协调",
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待本单位审签"),
                            ("endorsed", "待审批"),
                            ("granted", "已同意"),
                            ("refused", "未同意"),
                            ("met", "已由清单调整满足"),
                            ("withdrawn", "已撤回"),
                            ("lapsed", "已失效"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("due_before", models.DateTimeField()),
                ("due_asked", models.DateTimeField()),
                ("due_granted", models.DateTimeField(null=True)),
                ("reason", models.TextField(verbose_name="延期理由")),
                ("progress", models.TextField(verbose_name="目前进展")),
                ("asked_by", models.BigIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("endorsed_by", models.BigIntegerField(null=True)),
                ("endorsed_at", models.DateTimeField(null=True)),
                ("decide_by", models.DateTimeField(null=True)),
                ("decided_by", models.BigIntegerField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("opinion", models.TextField(blank=True, verbose_name="审批意见")),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="extensions",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "obstacle",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="supervision.obstacle",
                    ),
                ),
            ],
            options={
                "verbose_name": "延期",
                "ordering": ["-asked_at", "-id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("reason", "opinion", function="bihuan_bigrams"), name="extension_words"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "endorsed"])),
                        fields=("assignment",),
                        name="extension_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                (
                    "stage",
                    models.CharField(
                        choices=[("draft", "拟订中"), ("issued", "执行中"), ("closed", "已结束")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="起始日期")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="截止日期")),
                (
                    "level_names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10),
                        default=list,
                        size=None,
                        verbose_name="层级名称",
                    ),
                ),
                (
                    "cycle",
                    models.CharField(
                        choices=[
                            ("none", "不定期"),
                            ("daily", "每日"),
                            ("weekly", "每周"),
                            ("biweekly", "每两周"),
                            ("monthly", "每月"),
                            ("quarterly", "每季度"),
                            ("half_yearly", "每半年"),
                            ("yearly", "每年"),
                        ],
                        default="none",
                        max_length=12,
                        verbose_name="反馈周期",
                    ),
                ),
                ("publicises", models.BooleanField(default=False, verbose_name="销号前公示")),
                ("needs_evidence", models.BooleanField(default=False, verbose_name="办结须附佐证")),
                ("edition", models.PositiveSmallIntegerField(default=1)),
                ("version", models.PositiveIntegerField(default=0)),
                ("issued_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "follows",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="supervision.plan",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="org.unit",
                        verbose_name="发文机关",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.businessline",
                        verbose_name="业务条线",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                        verbose_name="牵头处室",
                    ),
                ),
            ],
            options={
                "verbose_name": "方案",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("title", function="bihuan_bigrams"), name="plan_words"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ["draft", "issued", "closed"])),
                        name="plan_stage_known",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="letter",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="supervision.plan",
            ),
        ),
        migrations.CreateModel(
            name="LeadingMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("duty", models.CharField(max_length=20, verbose_name="组内职务")),
                ("post", models.CharField(blank=True, max_length=100, verbose_name="职务")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="leading_group",
                        to="supervision.plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "领导小组成员",
                "ordering": ["position"],
            },
        ),
        migrations.AddField(
            model_name="item",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="supervision.plan",
            ),
        ),
        migrations.AddField(
            model_name="area",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="areas", to="supervision.plan"
            ),
        ),
        migrations.CreateModel(
            name="Promise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=200, verbose_name="措施")),
                ("due_on", models.DateField(verbose_name="完成时限")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "addressee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="promises",
                        to="supervision.addressee",
                    ),
                ),
                (
                    "assignment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promise",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "承诺措施",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("slip", "拟发督办单"),
                            ("circular", "拟列入通报"),
                            ("interview", "拟约谈"),
                            ("accountability", "拟提请问责"),
                        ],
                        max_length=14,
                        verbose_name="拟办",
                    ),
                ),
                (
                    "wait",
                    models.CharField(
                        choices=[
                            ("sign", "签收"),
                            ("due", "办结"),
                            ("decision", "退办决定"),
                            ("review", "审核"),
                            ("strike", "销号"),
                            ("publicity", "公示期满"),
                            ("extension", "延期审批"),
                            ("suspension", "暂停复核"),
                        ],
                        max_length=10,
                    ),
                ),
                ("base_at", models.DateTimeField()),
                ("proposed_at", models.DateTimeField()),
                ("stands", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "待处理"), ("accepted", "已采纳"), ("dismissed", "不采纳")],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("decided_by", models.BigIntegerField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposals",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "effect",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposal",
                        to="supervision.effect",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="documents.paper",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "拟办",
                "ordering": ["proposed_at", "id"],
                "indexes": [
                    models.Index(fields=["issuer", "state", "proposed_at"], name="proposal_queue"),
                    models.Index(
                        condition=models.Q(("state", "accepted"), ("step", "circular")),
                        fields=["assignment", "decided_at"],
                        name="proposal_listed",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "pending")),
                            models.Q(
                                models.Q(("state", "pending"), _negated=True), ("decided_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="proposal_decided_at_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "dismissed"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_dismissed_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reckoning",
            fields=[
                (
                    "unit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="org.unit",
                    ),
                ),
                ("edition", models.CharField(db_collation="C", max_length=16)),
                (
                    "numbers",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
                ("counted_at", models.DateTimeField()),
                ("changes_at", models.DateTimeField()),
                (
                    "parent",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "单位计数",
                "indexes": [
                    models.Index(fields=["changes_at"], name="reckoning_changes"),
                    models.Index(fields=["counted_at"], name="reckoning_counted"),
                    models.Index(fields=["edition"], name="reckoning_edition"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="本期进展")),
                ("problems", models.TextField(blank=True, verbose_name="存在问题")),
                ("next_steps", models.TextField(blank=True, verbose_name="下步打算")),
                (
                    "progress",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="自评进度（%）"),
                ),
                (
                    "value",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="量化完成值"
                    ),
                ),
                ("reported_at", models.DateTimeField()),
                ("person_id", models.BigIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("", "未审"), ("accepted", "已认可"), ("returned", "已退回")],
                        max_length=8,
                    ),
                ),
                ("opinion", models.TextField(blank=True, verbose_name="审核意见")),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "进展反馈",
                "ordering": ["-reported_at", "-id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("text", "problems", "next_steps", function="bihuan_bigrams"),
                        name="report_words",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reached",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reached_on", models.DateField(verbose_name="完成日期")),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reached",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "milestone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="supervision.milestone",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reached",
                        to="supervision.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "节点完成",
                "constraints": [
                    models.UniqueConstraint(fields=("assignment", "milestone"), name="milestone_reached_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreEdition",
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
                        blank=True,
                        choices=[
                            ("plan", "方案"),
                            ("instruction", "领导批示"),
                            ("meeting", "会议纪要"),
                            ("document", "上级文件"),
                            ("inspection", "督查检查"),
                            ("problem", "问题台账"),
                            ("petition", "群众监督"),
                            ("recommendation", "监察建议"),
                            ("obstacle", "请上级协调"),
                            ("breakdown", "上级办件分解"),
                        ],
                        max_length=16,
                        verbose_name="适用来源",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草案"), ("in_force", "现行"), ("superseded", "已停用")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("rows", models.JSONField()),
                ("reason", models.TextField(blank=True, verbose_name="调整理由")),
                ("version", models.PositiveIntegerField(default=0)),
                ("drafted_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "计分规则",
                "ordering": ["-number", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "in_force"])),
                        fields=("unit", "kind", "state"),
                        name="scoreedition_one_draft_one_in_force",
                    ),
                    models.UniqueConstraint(
                        fields=("unit", "kind", "number"), name="scoreedition_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", True), ("state", "draft")),
                            models.Q(models.Q(("state", "draft"), _negated=True), ("number__isnull", False)),
                            _connector="OR",
                        ),
                        name="scoreedition_numbered_in_force",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("on_time", "按期办结"),
                            ("overdue", "逾期"),
                            ("returned", "办结申报被退回"),
                            ("missing", "缺报进展"),
                            ("slip", "收到督办通知单"),
                            ("circular", "被通报逾期"),
                            ("relapse", "回头看反弹"),
                        ],
                        max_length=10,
                    ),
                ),
                ("duty", models.CharField(choices=[("lead", "牵头"), ("assist", "配合")], max_length=6)),
                ("points", models.DecimalField(decimal_places=1, max_digits=6)),
                (
                    "counted",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "计分明细",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ScoreObjection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(verbose_name="异议理由")),
                ("raised_at", models.DateTimeField()),
                ("person_id", models.BigIntegerField()),
                ("upheld", models.BooleanField(null=True)),
                ("points", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
                ("answer", models.TextField(blank=True, verbose_name="答复")),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.BigIntegerField(null=True)),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="objections",
                        to="supervision.scoreline",
                    ),
                ),
            ],
            options={
                "verbose_name": "计分异议",
                "ordering": ["raised_at", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("line",), name="score_objection_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("upheld__isnull", True)),
                            models.Q(("answered_at__isnull", False), ("upheld__isnull", False)),
                            _connector="OR",
                        ),
                        name="score_objection_answered_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("points__isnull", False), ("upheld", True)),
                            models.Q(models.Q(("upheld", True), _negated=True), ("points__isnull", True)),
                            _connector="OR",
                        ),
                        name="score_objection_upheld_has_points",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_on", models.DateField(verbose_name="起始日期")),
                ("last_on", models.DateField(verbose_name="截止日期")),
                ("rows", models.JSONField()),
                ("published_at", models.DateTimeField()),
                (
                    "edition",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="supervision.scoreedition",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "计分公布",
                "ordering": ["-last_on", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "first_on", "last_on"), name="score_sheet_once"),
                    models.CheckConstraint(
                        condition=models.Q(("last_on__gte", models.F("first_on"))), name="score_sheet_forward"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="scoreline",
            name="sheet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="supervision.scoresheet"
            ),
        ),
        migrations.CreateModel(
            name="Setting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("value", models.PositiveIntegerField()),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="settings", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "参数",
                "constraints": [models.UniqueConstraint(fields=("unit", "key"), name="setting_once")],
            },
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", models.CharField(db_collation="C", max_length=10)),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("window_until", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("", "待报"), ("reported", "已报"), ("missing", "缺报"), ("void", "免报")],
                        max_length=8,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "assignment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slots",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="supervision.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "反馈期",
                "ordering": ["-opened_at", "-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "")), fields=["window_until"], name="slot_open"
                    ),
                    models.Index(
                        condition=models.Q(("outcome", "missing")), fields=["assignment"], name="slot_missing"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("assignment", "period"), name="slot_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("outcome", "")),
                            models.Q(models.Q(("outcome", ""), _negated=True), ("closed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="slot_closed_has_outcome",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
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
                            ("plan", "方案"),
                            ("instruction", "领导批示"),
                            ("meeting", "会议纪要"),
                            ("document", "上级文件"),
                            ("inspection", "督查检查"),
                            ("problem", "问题台账"),
                            ("petition", "群众监督"),
                            ("recommendation", "监察建议"),
                            ("obstacle", "请上级协调"),
                            ("breakdown", "上级办件分解"),
                        ],
                        max_length=16,
                        verbose_name="来源类别",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="成文日期")),
                ("text", models.TextField(blank=True, verbose_name="原文")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "来源",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("number", "title", function="bihuan_bigrams"), name="source_words"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("text", function="bihuan_bigrams"), name="source_text_words"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="plan",
            name="source",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="plan", to="supervision.source"
            ),
        ),
        migrations.CreateModel(
            name="Passage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(db_collation="C", max_length=32)),
                ("span_start", models.PositiveIntegerField()),
                ("span_end", models.PositiveIntegerField()),
                ("settled", models.BooleanField(default=False)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="supervision.source",
                    ),
                ),
            ],
            options={
                "verbose_name": "未读段落",
                "ordering": ["span_start"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("span_end__gt", models.F("span_start"))), name="passage_has_text"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="item",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="items", to="supervision.source"
            ),
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="办结情况")),
                ("override", models.TextField(blank=True, verbose_name="先行申报理由")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "待本单位审签"),
                            ("sent_back", "本单位退改"),
                            ("signed", "待审核"),
                            ("passed", "初审通过"),
                            ("returned", "已退回"),
                            ("accepted", "已认可"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("drafted_by", models.BigIntegerField()),
                ("drafted_at", models.DateTimeField()),
                ("signed_by", models.BigIntegerField(null=True)),
                ("signed_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submissions",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "办结申报",
                "ordering": ["-drafted_at", "-id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("text", function="bihuan_bigrams"), name="submission_words"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "signed", "passed"])),
                        fields=("assignment",),
                        name="submission_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(choices=[("pre_review", "初审"), ("approval", "审定")], max_length=10),
                ),
                ("passed", models.BooleanField()),
                ("single", models.BooleanField(default=False)),
                ("overridden", models.BooleanField(default=False)),
                ("override", models.TextField(blank=True, verbose_name="先行认定理由")),
                ("opinion", models.TextField(blank=True, verbose_name="审核意见")),
                ("person_id", models.BigIntegerField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="supervision.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "审核",
                "ordering": ["reviewed_at", "id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("opinion", function="bihuan_bigrams"), name="review_words"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="supervision.criterion",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.file"
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proofs",
                        to="supervision.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "对应佐证",
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "criterion", "file"), name="proof_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CriterionCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("met", "达到"), ("unmet", "未达到"), ("pending", "待核")], max_length=8
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="supervision.criterion",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="supervision.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "标准核对",
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "criterion"), name="criterion_check_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Subtotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("edition", models.CharField(db_collation="C", max_length=16)),
                (
                    "numbers",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "下级小计",
                "constraints": [models.UniqueConstraint(fields=("parent", "edition"), name="subtotal_once")],
            },
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(verbose_name="暂停理由")),
                ("from_at", models.DateTimeField()),
                ("review_on", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suspensions",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "暂停",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resumed_at__isnull", True)),
                        fields=("assignment",),
                        name="suspension_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(db_collation="C", max_length=32)),
                (
                    "scope",
                    models.CharField(
                        choices=[("matter", "同一事项"), ("unit", "同一单位（按事项数计）")], max_length=6
                    ),
                ),
                ("times", models.PositiveSmallIntegerField()),
                ("presses", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "effect",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tally",
                        to="supervision.effect",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "计次",
                "ordering": ["at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("scope", "unit")),
                        fields=["issuer", "unit", "code"],
                        name="tally_of_a_unit",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "duty",
                    models.CharField(
                        choices=[("lead", "牵头"), ("assist", "配合")], default="lead", max_length=6
                    ),
                ),
                ("written", models.CharField(blank=True, max_length=100, verbose_name="原文写法")),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unitgroup",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="supervision.item",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "责任单位",
                "constraints": [
                    models.UniqueConstraint(fields=("item", "unit"), name="target_unit_once"),
                    models.UniqueConstraint(fields=("item", "group"), name="target_group_once"),
                    models.CheckConstraint(
                        condition=models.Q(("unit__isnull", True), ("group__isnull", True), _connector="OR"),
                        name="target_unit_or_group",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TemplateEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草案"), ("in_force", "现行"), ("superseded", "已停用")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("rows", models.JSONField()),
                ("reason", models.TextField(blank=True, verbose_name="调整理由")),
                ("version", models.PositiveIntegerField(default=0)),
                ("drafted_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("circular", "通报"),
                            ("slip", "督办通知单"),
                            ("rectification", "整改通知书"),
                            ("recommendation", "监察建议书"),
                            ("interview", "约谈通知书"),
                            ("handover", "交办函"),
                            ("brief", "简报"),
                            ("report", "督查专报"),
                        ],
                        max_length=16,
                        verbose_name="文种",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "文书式样",
                "ordering": ["-number", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "in_force"])),
                        fields=("unit", "kind", "state"),
                        name="templateedition_one_draft_one_in_force",
                    ),
                    models.UniqueConstraint(
                        fields=("unit", "kind", "number"), name="templateedition_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", True), ("state", "draft")),
                            models.Q(models.Q(("state", "draft"), _negated=True), ("number__isnull", False)),
                            _connector="OR",
                        ),
                        name="templateedition_numbered_in_force",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="letter",
            name="template",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="supervision.templateedition",
            ),
        ),
        migrations.CreateModel(
            name="Term",
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
                            ("original", "原定时限"),
                            ("extension", "延期"),
                            ("amendment", "清单调整"),
                            ("remedy", "退回补正"),
                            ("resumption", "恢复计时"),
                            ("calendar", "放假安排变动"),
                        ],
                        max_length=10,
                    ),
                ),
                ("from_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("amber_at", models.DateTimeField()),
                ("strong_at", models.DateTimeField()),
                ("rule", models.JSONField(default=dict)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "时限",
                "ordering": ["from_at", "id"],
                "indexes": [models.Index(fields=["assignment", "from_at"], name="term_history")],
            },
        ),
        migrations.CreateModel(
            name="ThemeEdition",
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
                        blank=True,
                        choices=[
                            ("plan", "方案"),
                            ("instruction", "领导批示"),
                            ("meeting", "会议纪要"),
                            ("document", "上级文件"),
                            ("inspection", "督查检查"),
                            ("problem", "问题台账"),
                            ("petition", "群众监督"),
                            ("recommendation", "监察建议"),
                            ("obstacle", "请上级协调"),
                            ("breakdown", "上级办件分解"),
                        ],
                        max_length=16,
                        verbose_name="适用来源",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草案"), ("in_force", "现行"), ("superseded", "已停用")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("rows", models.JSONField()),
                ("reason", models.TextField(blank=True, verbose_name="调整理由")),
                ("version", models.PositiveIntegerField(default=0)),
                ("drafted_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("rederived_to", models.BigIntegerField(null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "亮灯规则",
                "ordering": ["-number", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "in_force"])),
                        fields=("unit", "kind", "state"),
                        name="themeedition_one_draft_one_in_force",
                    ),
                    models.UniqueConstraint(
                        fields=("unit", "kind", "number"), name="themeedition_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number__isnull", True), ("state", "draft")),
                            models.Q(models.Q(("state", "draft"), _negated=True), ("number__isnull", False)),
                            _connector="OR",
                        ),
                        name="themeedition_numbered_in_force",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Touched",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "待重计单位",
            },
        ),
        migrations.CreateModel(
            name="Urge",
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
                        choices=[("remind", "提醒"), ("urge", "催办"), ("instruction", "批示")], max_length=12
                    ),
                ),
                ("text", models.TextField(verbose_name="内容")),
                ("person_id", models.BigIntegerField(null=True)),
                ("urged_at", models.DateTimeField()),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="urges",
                        to="supervision.assignment",
                    ),
                ),
            ],
            options={
                "verbose_name": "催办",
                "ordering": ["-urged_at", "-id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("text", function="bihuan_bigrams"), name="urge_words"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Explanation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="说明")),
                ("explained_at", models.DateTimeField()),
                ("person_id", models.BigIntegerField()),
                ("accepted", models.BooleanField(null=True)),
                ("holds_until", models.DateField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="explanations",
                        to="supervision.assignment",
                    ),
                ),
                (
                    "effect",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="answers",
                        to="supervision.effect",
                    ),
                ),
                (
                    "urge",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="answers",
                        to="supervision.urge",
                    ),
                ),
            ],
            options={
                "verbose_name": "说明情况",
                "ordering": ["-explained_at"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("text", function="bihuan_bigrams"), name="explanation_words"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                fields=["unit", "stage", "due_at"],
                include=("id", "lead", "item"),
                name="assignment_unit_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("stage__in", ("dispatched", "declined", "working"))),
                fields=["due_at", "id"],
                include=(
                    "unit",
                    "issued_by",
                    "office",
                    "reviewer",
                    "lead",
                    "item",
                    "duty",
                    "suspended_at",
                    "answer_by",
                ),
                name="assignment_running_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("original_unit__isnull", True),
                    models.Q(("stage__in", ("reassigned", "cancelled")), _negated=True),
                ),
                fields=("item", "unit", "round", "period"),
                name="assignment_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="area",
            constraint=models.UniqueConstraint(fields=("plan", "name"), name="area_once"),
        ),
        migrations.AddConstraint(
            model_name="scoreline",
            constraint=models.UniqueConstraint(
                fields=("sheet", "unit", "event", "duty"), name="score_line_once"
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(fields=["plan", "position"], name="item_plan_order"),
        ),
    ]
