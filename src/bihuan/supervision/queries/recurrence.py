"""Which recurring duties are to be opened for a new period, and for whom."""

from datetime import date

from bihuan.supervision.models import Assignment, Dispatch, Item, Plan
from bihuan.supervision.periods import period_of


def items_to_open(on: date) -> list[Item]:
    """The long-term items of plans in force that nobody has for the period of that day."""
    items = (
        Item.objects.leaves()
        .filter(long_term=True, plan__stage=Plan.Stage.ISSUED, assignments__isnull=False)
        .select_related("plan")
        .distinct()
        .order_by("plan", "position")
    )
    wanted = {item.pk: period_of(item.cycle or item.plan.cycle, on).label for item in items}
    opened = set(Assignment.objects.filter(item__in=wanted).values_list("item_id", "period").distinct())
    opened |= set(Dispatch.objects.filter(item__in=wanted).values_list("item_id", "period"))
    return [item for item in items if (item.pk, wanted[item.pk]) not in opened]


def members_of_last_period(item: Item, period: str) -> list[tuple[int, str]]:
    """The units that had the item in the latest period before, each once, with their duty."""
    earlier = item.assignments.live().filter(round=1, period__lt=period)
    last = earlier.order_by("-period").values_list("period", flat=True).first()
    rows = earlier.filter(period=last).order_by("pk").values_list("unit_id", "duty")
    return list(dict.fromkeys(rows))


def schedule(plan: Plan, on: date) -> list[tuple[Item, str]]:
    """The recurring items of a plan with the label of their present period (周期日程)."""
    return [
        (item, period_of(item.cycle or plan.cycle, on).label)
        for item in plan.items.leaves().filter(long_term=True).order_by("position")
    ]
