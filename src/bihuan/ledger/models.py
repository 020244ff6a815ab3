from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.ledger import rules
from bihuan.ledger.catalogue import VERBS


class EntryQuerySet(models.QuerySet["Entry"]):
    def of(self, *subjects: models.Model) -> "EntryQuerySet":
        """The trail of these objects, oldest first."""
        return self.filter(stream__in=[rules.stream_of(subject) for subject in subjects]).order_by("at", "id")

    def unsealed(self, settled: int) -> "EntryQuerySet":
        """What has no leaf, in the order of writing; all up to `settled` is known to have one.

        Never what is numbered after the last sealed: transactions commit out of order (DESIGN §3.2).
        """
        return self.filter(pk__gt=settled, leaf__isnull=True).order_by("pk")


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


class Leaf(models.Model):
    """A sealed entry's place in the Merkle tree (封存位次): 0, 1, 2 … in the order of sealing.

    Like nodes, heads and keys it is append-only by trigger. No constraint leads to the entry, so a sealed entry
    that was removed behind our back leaves its leaf as a witness.
    """

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.DO_NOTHING, db_constraint=False, related_name="leaf")
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("封存位次")
        indexes = [HashIndex(fields=["hash"], name="leaf_by_hash")]

    def __str__(self) -> str:
        return str(self.index)


class Node(models.Model):
    """The hash of a whole subtree, kept so that a proof reads a few dozen rows however large the tree."""

    pk = models.CompositePrimaryKey("level", "place")
    level = models.SmallIntegerField()
    place = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("封存节点")

    def __str__(self) -> str:
        return f"{self.level}/{self.place}"


class Head(models.Model):
    """A signed tree head (封存树头): all entries so far in one hash, with the head before it.

    A head with a `next_key` is the last one its key signs; it names the key that follows.
    """

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField(db_index=True)
    root = models.CharField(max_length=64, db_collation="C")
    at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True, db_collation="C")
    key = models.CharField(max_length=64, db_collation="C")
    next_key = models.CharField(max_length=64, blank=True, db_collation="C")
    signature = models.CharField(max_length=128, db_collation="C")

    class Meta:
        verbose_name = _("封存树头")

    def __str__(self) -> str:
        return f"{self.number}:{self.root}"

    def as_record(self) -> dict[str, Any]:
        """As it is signed, exported and published."""
        at = rules.spelt(self.at)
        names = ("number", "size", "root", "previous", "key", "next_key", "signature")
        return {name: getattr(self, name) for name in names} | {"at": at}


class SigningKey(models.Model):
    """The public half of a key that signs heads (封存公钥), in force until the next one begins."""

    public = models.CharField(max_length=64, unique=True, db_collation="C")
    from_at = models.DateTimeField()
    named_in = models.OneToOneField(Head, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("封存公钥")

    def __str__(self) -> str:
        return self.public


class Sealing(models.Model):
    """How far sealing has come: one row, which speeds the sealer up and proves nothing.

    Every entry with an id up to `settled` is sealed, and no transaction at work can bring another one. That will
    be known of `awaited_to` as soon as the transactions `awaited` are over.
    """

    settled = models.BigIntegerField(default=0)
    awaited_to = models.BigIntegerField(default=0)
    awaited = ArrayField(models.CharField(max_length=40), default=list)
    ran_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("封存进度")

    def __str__(self) -> str:
        return str(self.settled)
