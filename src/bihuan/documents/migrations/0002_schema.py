import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # Of before the first release; a database that has them has this.
    replaces = [
        ("documents", "0001_initial"),
        ("documents", "0003_paper_series_service_paper_paper_number_once_and_more"),
        ("documents", "0005_search_words"),
        ("documents", "0006_kinds_and_countersigns"),
        ("documents", "0007_attachments"),
    ]
    initial = True

    dependencies = [
        ("documents", "0001_words"),
        ("org", "0001_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="Content",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(db_collation="C", max_length=64, unique=True)),
                ("size", models.PositiveBigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pdf", "PDF"),
                            ("ofd", "OFD"),
                            ("docx", "Word 文档"),
                            ("xlsx", "Excel 表格"),
                            ("pptx", "演示文稿"),
                            ("doc", "Word 97-2003 文档"),
                            ("xls", "Excel 97-2003 表格"),
                            ("ppt", "97-2003 演示文稿"),
                            ("png", "PNG 图片"),
                            ("jpg", "JPEG 图片"),
                            ("webp", "WebP 图片"),
                            ("gif", "GIF 图片"),
                            ("bmp", "BMP 图片"),
                            ("tiff", "TIFF 图片"),
                            ("heic", "HEIC 图片"),
                            ("mp4", "视频"),
                            ("txt", "文本"),
                            ("zip", "ZIP 压缩包"),
                        ],
                        max_length=8,
                    ),
                ),
                ("stored", models.FileField(upload_to="")),
                ("stored_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "文件内容",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                        name="content_digest_is_sha256",
                    ),
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="content_not_empty"),
                ],
            },
        ),
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("upload_id", models.UUIDField()),
                ("received_at", models.DateTimeField()),
                ("evidence_on", models.DateField(blank=True, null=True, verbose_name="材料日期")),
                ("evidence_until", models.DateField(blank=True, null=True, verbose_name="材料截止日期")),
                ("frozen_at", models.DateTimeField(null=True)),
                (
                    "content",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="documents.content",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "佐证材料",
                "constraints": [
                    models.UniqueConstraint(fields=("uploaded_by", "upload_id"), name="file_once_an_upload"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("evidence_until__isnull", True),
                            ("evidence_until__gte", models.F("evidence_on")),
                            _connector="OR",
                        ),
                        name="file_evidence_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Citation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(db_collation="C", max_length=64)),
                ("cited_at", models.DateTimeField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="citations",
                        to="documents.file",
                    ),
                ),
            ],
            options={
                "verbose_name": "引用",
                "constraints": [models.UniqueConstraint(fields=("subject", "file"), name="citation_once")],
            },
        ),
        migrations.CreateModel(
            name="Paper",
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
                    "stage",
                    models.CharField(
                        choices=[("draft", "拟稿"), ("reviewed", "待签发"), ("issued", "已印发")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("code", models.CharField(max_length=20, verbose_name="机关代字")),
                ("year", models.PositiveSmallIntegerField(null=True)),
                ("serial", models.PositiveIntegerField(null=True)),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("addressees", models.CharField(max_length=300, verbose_name="主送")),
                ("cc", models.CharField(blank=True, max_length=300, verbose_name="抄送")),
                (
                    "urgency",
                    models.CharField(
                        blank=True,
                        choices=[("", "平件"), ("加急", "加急"), ("特急", "特急")],
                        max_length=2,
                        verbose_name="紧急程度",
                    ),
                ),
                ("signer", models.CharField(blank=True, max_length=50, verbose_name="签发人")),
                ("note", models.CharField(blank=True, max_length=100, verbose_name="附注")),
                ("sections", models.JSONField(default=list)),
                ("tables", models.JSONField(default=list)),
                ("drafted_by", models.BigIntegerField()),
                ("drafted_at", models.DateTimeField()),
                ("reviewed_by", models.BigIntegerField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("signed_by", models.BigIntegerField(null=True)),
                ("issued_at", models.DateTimeField(null=True)),
                ("digest", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                        verbose_name="发文机关",
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
                    ),
                ),
            ],
            options={
                "verbose_name": "文书",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func(
                            "title",
                            "addressees",
                            models.Func("code", "year", "serial", function="documents_number"),
                            models.Func("sections", function="documents_texts"),
                            models.Func("tables", function="documents_texts"),
                            function="bihuan_bigrams",
                        ),
                        name="paper_words",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("issuer", "kind", "year", "serial"), name="paper_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("issued_at__isnull", False),
                                ("serial__isnull", False),
                                ("stage", "issued"),
                                ("year__isnull", False),
                            ),
                            models.Q(models.Q(("stage", "issued"), _negated=True), ("serial__isnull", True)),
                            _connector="OR",
                        ),
                        name="paper_issued_has_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closed_at__isnull", True), ("stage", "issued"), _connector="OR"),
                        name="paper_closed_after_issue",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Countersign",
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
                            ("open", "待会签"),
                            ("agreed", "同意"),
                            ("refused", "不同意"),
                            ("lapsed", "已失效"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("opinion", models.TextField(blank=True, verbose_name="会签意见")),
                ("answered_by", models.BigIntegerField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.unit",
                        verbose_name="会签处室",
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="countersigns",
                        to="documents.paper",
                    ),
                ),
            ],
            options={
                "verbose_name": "会签",
                "ordering": ["asked_at", "id"],
                "indexes": [models.Index(fields=["unit", "state"], name="countersign_queue")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "agreed"])),
                        fields=("paper", "unit"),
                        name="countersign_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["open", "lapsed"]), ("answered_at__isnull", False), _connector="OR"
                        ),
                        name="countersign_answered_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="附件名称")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="documents.file",
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="documents.paper",
                    ),
                ),
            ],
            options={
                "verbose_name": "附件",
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("paper", "file"), name="attachment_once")],
            },
        ),
        migrations.CreateModel(
            name="Series",
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
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField(default=0)),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "编号",
                "constraints": [
                    models.UniqueConstraint(fields=("issuer", "kind", "year"), name="series_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("served_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                ("read_by", models.BigIntegerField(null=True)),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="services",
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
                "verbose_name": "送达",
                "constraints": [models.UniqueConstraint(fields=("paper", "unit"), name="service_once")],
            },
        ),
    ]
