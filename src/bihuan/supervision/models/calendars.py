from django.db import models
from django.utils.translation import gettext_lazy as _


class Rederivation(models.Model):
    """One passage through all running clocks after the calendar changed (重算时限).

    It goes on where it stopped: `reached` is the last assignment looked at, `to_tell` the units whose people have
    not been told yet, each with the number of its deadlines that moved.
    """

    version = models.CharField(max_length=40, unique=True, db_collation="C")  # of the nation's calendar
    notice = models.BigIntegerField(default=0)  # the latest it knows
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    reached = models.BigIntegerField(default=0)
    checked = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    to_tell = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("重算时限")

    def __str__(self) -> str:
        return self.version
