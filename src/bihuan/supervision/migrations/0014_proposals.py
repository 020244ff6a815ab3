import django.db.models.deletion
from django.db import migrations, models

SINCE_BEFORE = """
INSERT INTO supervision_proposal
    (assignment_id, effect_id, step, wait, base_at, unit_id, issuer_id, office_id, proposed_at, state, reason)
SELECT a.id, e.id, split_part(split_part(e.rung, '.', 2), '_', 1), 'due', e.base_at,
    a.unit_id, a.issued_by_id, a.office_id, e.at, 'pending', ''
FROM supervision_effect e JOIN supervision_assignment a ON a.id = e.assignment_id
WHERE e.proposes AND NOT e.folded AND e.rung LIKE 'due.%'
"""
"""What was proposed before there were rows for it; of a giver's own lateness the next rung proposes anew."""


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0003_paper_series_service_paper_paper_number_once_and_more"),
        ("org", "0003_external_units"),
        ("supervision", "0013_themes"),
    ]

    operations = [
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
        migrations.RunSQL(SINCE_BEFORE, migrations.RunSQL.noop),
    ]
