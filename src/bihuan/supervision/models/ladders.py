from functools import cached_property
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.supervision import counting
from bihuan.supervision.counting import CountRule
from bihuan.supervision.models.editions import Edition
from bihuan.supervision.rungs import DEFAULT, Rung, Steps, Wait, from_rows, rung_named


class LadderEdition(Edition):
    """A version of the ladder (催办阶梯), see `rungs.as_rows`, with the rules that count, see `counting.as_rows`.

    `rederived_to` is how far the alarms of what is open were set anew; empty where there is nothing left to do.
    """

    counts = models.JSONField(null=True)  # empty: the rules that everybody starts with
    rederived_to = models.BigIntegerField(null=True)

    class Meta(Edition.Meta):
        verbose_name = _("催办阶梯")

    @property
    def content(self) -> dict[str, Any]:
        return {"rows": self.rows, "counts": self.counts}

    @cached_property
    def steps(self) -> Steps:
        return from_rows(self.rows)

    @cached_property
    def count_rules(self) -> tuple[CountRule, ...]:
        return counting.DEFAULT if self.counts is None else counting.from_rows(self.counts, self.kind)


def rung_behind(edition: LadderEdition | None, wait: Wait, code: str) -> Rung | None:
    """The rung, or the rule that counts, which left an effect of this code under a version; None: the default."""
    rung = rung_named(edition.steps if edition else DEFAULT, wait, code)
    if rung is None and wait == Wait.DUE:
        rule = counting.named(edition.count_rules if edition else counting.DEFAULT, code)
        return rule.rung if rule else None
    return rung
