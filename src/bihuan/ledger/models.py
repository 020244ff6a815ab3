from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.ledger import rules
from bihuan.ledger.catalogue import VERBS


class EntryQuerySet(models.QuerySet["Entry"]):
    def of(self, *subjects: models.Model) -> "EntryQuerySet":
        """The trail of these objects, oldest first."""
        return self.filter(stream__in=[rules.stream_of(subject) for subject in subjects]).order_by("at", "id")


class Entry(models.Model):
    """One line of the append-only record (留痕): who did what to which object, when.

    Lines of one subject are contiguous (`position` 1, 2, 3 …) and chained by digest. The database refuses
    UPDATE, DELETE and TRUNCATE. No foreign key leaves this table, so nobody's removal can touch it; actors
    are ids and post titles, names resolve at display.
    """

    stream = models.CharField(max_length=64, db_collation="C")  # "supervision.assignment:17"
    position = models.PositiveIntegerField()
    verb = models.CharField(max_length=64, db_collation="C")
    facts = models.JSONField()
    actor_id = models.BigIntegerField(null=True)  # null: the system
    actor_post = models.CharField(max_length=100)
    appointment_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    request_id = models.UUIDField()
    previous = models.CharField(max_length=64, blank=True, db_collation="C")
    digest = models.CharField(max_length=64, db_collation="C")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("留痕")
        constraints = [
            models.UniqueConstraint(fields=["stream", "position"], name="entry_position_once"),
            models.CheckConstraint(condition=models.Q(position__gte=1), name="entry_position_from_one"),
        ]
        indexes = [
            models.Index(fields=["request_id"], name="entry_request"),
            models.Index(
                fields=["appointment_id", "stream"], name="entry_post_stream"
            ),  # what a post acted on
        ]

    def __str__(self) -> str:
        return f"{self.stream}#{self.position} {self.verb}"

    @property
    def label(self) -> Any:
        """What happened, in the reader's language."""
        verb = VERBS.get(self.verb)
        return verb.label if verb else self.verb

    def compute_digest(self) -> str:
        return self.digest_as(self.stream, self.facts)

    def digest_as(self, stream: str, facts: dict[str, Any]) -> str:
        """The digest of this very line in another stream with other facts."""
        return rules.entry_digest(
            stream=stream,
            position=self.position,
            verb=self.verb,
            facts=facts,
            actor_id=self.actor_id,
            actor_post=self.actor_post,
            appointment_id=self.appointment_id,
            unit_id=self.unit_id,
            at=self.at,
            request_id=self.request_id,
            previous=self.previous,
        )


class Remark(models.Model):
    """The words that go with an entry (理由、意见): erasable where the law says so.

    The entry keeps only their salted digest, so a changed word shows and an erased one stays secret.
    """

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="remark")
    text = models.TextField()
    salt = models.CharField(max_length=32, blank=True, db_collation="C")

    class Meta:
        verbose_name = _("意见")

    def __str__(self) -> str:
        return self.text[:40]
