from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.org.models import Appointment


class TokenQuerySet(models.QuerySet["Token"]):
    def valid(self, on: date) -> Self:
        """Tokens that open the door on that day: neither revoked nor over, of a post that is still held."""
        held = Appointment.objects.current(on)
        return self.filter(appointment__in=held, revoked_at__isnull=True, until__gte=on)


class Token(models.Model):
    """A key with which a program acts in one appointment (接口令牌). Only its digest is kept."""

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="tokens")
    label = models.CharField(_("用途"), max_length=50)
    digest = models.CharField(max_length=64, unique=True, db_collation="C")
    granted_at = models.DateTimeField()
    until = models.DateField(_("有效期至"))
    revoked_at = models.DateTimeField(null=True)
    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("接口令牌")

    def __str__(self) -> str:
        return self.label
