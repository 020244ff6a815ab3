"""What the closed loop offers to the search (搜索): matters, assignments, plans; `found_words` has what was said.

A matter's words stand with the matter and its source, once, however many units it is given to: giving it out writes
nothing that is searched. So the matters are found first, and then their assignments in sight. In what order they are
gathered depends on how much is in sight: what few units may know of is gathered first and looked through, of many the
matters are found by their words, and their assignments asked one by one until a page is full.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import product
from operator import and_, or_

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.bigrams import Holds, fold, reads, says
from bihuan.kernel.finding import Asked, Hit, floor_of, where_of
from bihuan.org.found import posts_of_people, units_named
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import standing_of
from bihuan.supervision.models import Assignment, Criterion, Item, Plan, Source
from bihuan.supervision.models.assignments import AssignmentQuerySet
from bihuan.supervision.queries.lights import NEAR, conditions
from bihuan.supervision.queries.plans import own_plans
from bihuan.supervision.queries.registers import GROUPS_OF_STAGES, before
from bihuan.supervision.rules import Light, Stage

ITEM_WORDS = ("number", "title", "text", "objective")
NAMED = 300  # a word in the names of more units than that, such as 小学, is none's name
COMBINED = 3  # words of a question that are looked for in names of units too
KNOWN = 8_000  # matters in sight that are named one by one
MANY = 100  # assignments of one matter, counted up to here

LIGHTS = {
    "overdue": (Light.RED,),
    NEAR: (Light.AMBER, Light.STRONG),
    "urgent": (Light.STRONG,),
    "steady": (Light.GREEN,),
    "extension": (Light.PENDING,),
}
STATES = {**{stage.value: (stage,) for stage in Stage}, **GROUPS_OF_STAGES}


# Assignments


def assignments_found(actor: Actor, asked: Asked, above: int | None = None) -> AssignmentQuerySet:
    """The assignments in sight that answer: every word in the matter, its source, its criteria or the unit's name."""
    rows = filtered(actor, asked)
    if above is not None:
        rows = rows.filter(item__gt=above)
    return rows.filter(_worded(actor, asked.terms, above)) if asked.terms else rows


def filtered(actor: Actor, asked: Asked) -> AssignmentQuerySet:
    """The assignments in sight that pass the filters, whatever their words."""
    rows = Assignment.objects.within(actor, Cap.VIEW)
    if asked.unit:
        rows = rows.filter(unit__among=units_named(asked.unit).values("pk"))
    if asked.person:
        rows = rows.filter(unit__among=posts_of_people(actor, asked.person).values("unit"))
    if asked.state:
        rows = rows.filter(reduce(or_, map(_in_state, asked.state)))
    if asked.number:
        numbered = Item.objects.filter(reduce(or_, map(_numbered, asked.number)))
        rows = rows.filter(item__among=numbered.order_by().values("pk"))
    if asked.plan:
        rows = rows.filter(item__plan__among=_plans_called(asked.plan).values("pk"))
    if asked.since:
        rows = rows.filter(due_at__gt=before(asked.since))
    if asked.until:
        rows = rows.filter(due_at__lte=clock.end_of(asked.until))
    return rows


def _in_state(code: str) -> Q:
    if code in LIGHTS:
        shown = conditions(clock.now())
        return reduce(or_, (shown[light] for light in LIGHTS[code]))
    return Q(stage__in=STATES.get(code, ()))


def _worded(actor: Actor, terms: Sequence[str], above: int | None) -> Q:
    """Each word in the matter or in the name of the unit: one condition for every way to divide them."""
    named = [_units_holding(term) if at < COMBINED else [] for at, term in enumerate(terms)]
    ways = []
    for way in product(*((False, True) if ids else (False,) for ids in named)):
        units = [set(ids) for by_name, ids in zip(way, named, strict=True) if by_name]
        words = [term for by_name, term in zip(way, terms, strict=True) if not by_name]
        given = [Q(unit__among=sorted(set.intersection(*units)))] if units else []
        matters = [Q(item__among=_matters(actor, words, above))] if words else []
        ways.append(reduce(and_, given + matters))
    return reduce(or_, ways)


def _units_holding(term: str) -> list[int]:
    rows = Unit.objects.filter(says(term, "name", "short_name")).values_list("pk", flat=True)
    found = list(rows[: NAMED + 1])
    return found if len(found) <= NAMED else []


def _matters(actor: Actor, terms: Sequence[str], above: int | None) -> QuerySet | list[int]:
    """The matters in whose words all terms stand: read where they are few, found by index where they are many."""
    known = _known(actor)
    if known is not None:
        return list(_read(terms).filter(pk__among=known).values_list("pk", flat=True)) if known else []
    rows = items_saying(terms) if above is None else _read(terms).filter(pk__gt=above)
    return rows.values("pk")


def _known(actor: Actor) -> list[int] | None:
    """The matters of which assignments are in sight, where few units are; None where there are many."""
    if not standing_of(actor).is_narrow(Cap.VIEW):
        return None
    rows = Assignment.objects.within(actor, Cap.VIEW).order_by().values_list("item_id", flat=True).distinct()
    found = list(rows[: KNOWN + 1])
    return found if len(found) <= KNOWN else None


def items_saying(terms: Iterable[str]) -> QuerySet[Item]:
    """The matters in whose own words, criteria or source each term stands."""
    return Item.objects.filter(reduce(and_, map(_in_item, terms), Q())).order_by()


def _in_item(term: str) -> Q:
    criteria = Criterion.objects.filter(says(term, "text")).order_by()
    sources = Source.objects.filter(says(term, "number", "title"))
    lone = Source.objects.filter(says(term, "text"), plan__isnull=True)
    return (
        says(term, *ITEM_WORDS)
        | Q(pk__among=criteria.values("item"))
        | Q(source__among=sources.values("pk"))
        | Q(source__among=lone.values("pk"))
    )


def _read(terms: Iterable[str]) -> QuerySet[Item]:
    """As `items_saying`, by reading each item that is asked about."""
    return Item.objects.filter(reduce(and_, map(_read_in_item, terms), Q())).order_by()


def _read_in_item(term: str) -> Q:
    criteria = Criterion.objects.filter(reads(term, "text"), item=OuterRef("pk")).order_by()
    lone = Q(plan__isnull=True) & reads(term, "source__text")
    criterion = IsNull(
        Subquery(criteria.values("pk")[:1]), False
    )  # one by one: of all there are far too many
    return reads(term, *ITEM_WORDS, "source__number", "source__title") | lone | Q(criterion)


def _numbered(text: str) -> Q:
    """By the item's own number, or by its source's: of digits alone the last part, as in 〔2026〕12号."""
    wanted = fold(text)
    wanted = f"〕{wanted}号" if wanted.isdigit() else wanted
    sources = Source.objects.filter(says(wanted, "number", "title"), Holds("number", text=wanted))
    return Q(number=text) | Q(number__startswith=f"{text}.") | Q(source__among=sources.values("pk"))


def _plans_called(texts: Iterable[str]) -> QuerySet[Plan]:
    return Plan.objects.filter(reduce(or_, (says(text, "title") for text in texts)))


def tell_assignments(actor: Actor, asked: Asked, keys: list[int]) -> list[Hit]:
    rows = Assignment.objects.select_related("item__source", "item__plan", "unit").in_bulk(keys)
    criteria = _criteria_of({row.item_id for row in rows.values()}, asked.terms)
    at = clock.now()
    hits = []
    for one in (rows[key] for key in keys if key in rows):
        light = one.light(at)
        hits.append(
            Hit(
                one.pk,
                one.item.title,
                reverse("assignment", args=[one.pk]),
                notes=[text for text in (one.unit.short_name, one.item.source.number) if text],
                where=_where(one.item, criteria, asked),
                light=(light.value, str(light.label)),
            )
        )
    return hits


FACETS = ("overdue", NEAR, "open", "finished")


def facets_of(keys: list[int]) -> dict[str, int]:
    """How many of these assignments are in each of the states by which one would go on."""
    counted = {code: Count("pk", filter=_in_state(code)) for code in FACETS}
    return Assignment.objects.filter(pk__among=keys).aggregate(**counted)


def _criteria_of(items: Iterable[int], terms: Sequence[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = Criterion.objects.filter(item__in=list(items)) if terms else Criterion.objects.none()
    for item, text in rows.values_list("item_id", "text"):
        found.setdefault(item, []).append(text)
    return found


def _where(item: Item, criteria: dict[int, list[str]], asked: Asked) -> list[tuple[str, str]]:
    texts = [(_("内容"), item.text), (_("目标"), item.objective)]
    texts += [(_("验收标准"), text) for text in criteria.get(item.pk, [])]
    texts += [(_("来源"), item.source.title)] if item.source.title != item.title else []
    texts += [(_("原文"), item.source.text)] if item.plan_id is None else []
    return where_of(texts, asked.terms)[:3]


# Matters


def items_found(actor: Actor, asked: Asked, above: int | None = None) -> QuerySet[Item]:
    """The matters in sight: whose assignments are, or whose plan's whole list is."""
    rows = Item.objects.filter(withdrawn_on__isnull=True)
    if asked.number:
        rows = rows.filter(reduce(or_, map(_numbered, asked.number)))
    if asked.plan:
        rows = rows.filter(plan__among=_plans_called(asked.plan).values("pk"))
    by_duty = bool(asked.filters & {"unit", "state", "person", "due"})
    known = None if by_duty else _known(actor)
    lists = Plan.objects.within(actor, Cap.VIEW) & own_plans(actor)
    if known is not None:
        own = Item.objects.filter(plan__in=lists.values("pk")).order_by()
        seen = Q(pk__among=known) | Q(pk__among=own.values("pk"))
        return rows.filter(seen, pk__among=_read(asked.terms).filter(seen).values("pk"))
    if above is not None:
        rows = rows.filter(pk__gt=above)
    if asked.terms:  # found first and then asked one by one, the newest first
        said = items_saying(asked.terms) if above is None else _read(asked.terms).filter(pk__gt=above)
        rows = rows.filter(pk__among=said.values("pk"))
    given = filtered(actor, asked).filter(item=OuterRef("pk")).order_by()
    seen = Q(IsNull(Subquery(given.values("pk")[:1]), False))
    return rows.filter(seen if by_duty else seen | Q(plan__in=lists.values("pk")))


def item_floor(actor: Actor, edge: int | None, n: int) -> int | None:
    return None if standing_of(actor).is_narrow(Cap.VIEW) else floor_of(Item, edge, n)


def tell_items(actor: Actor, asked: Asked, keys: list[int]) -> list[Hit]:
    given = filtered(actor, asked).filter(item=OuterRef("pk")).order_by().values("pk")
    shown = Item.objects.annotate(given_ids=ArraySubquery(given[: MANY + 1]))
    rows = shown.select_related("source", "plan", "owner").in_bulk(keys)
    criteria = _criteria_of(rows, asked.terms)
    hits = []
    for one in (rows[key] for key in keys if key in rows):
        n = len(one.given_ids)
        number = one.source.number or (one.plan.title if one.plan else "")
        notes = [text for text in (one.owner.short_name, number, _given(n)) if text]
        hits.append(Hit(one.pk, str(one), _address(one), notes=notes, where=_where(one, criteria, asked)))
    return hits


def _given(n: int) -> str:
    if n == 0:
        return _now("尚未交办")
    return _now("交办 %(n)s 件") % {"n": f"{MANY}+" if n > MANY else n}


def _address(item: Item) -> str:
    """Where a matter is read: its only assignment, its assignments, or its place in the plan's list."""
    given: list[int] = item.given_ids  # type: ignore[attr-defined]
    if len(given) == 1:
        return reverse("assignment", args=given)
    if given or item.plan is None:
        return f"{reverse('assignments')}?item={item.pk}"
    if item.plan.stage == Plan.Stage.DRAFT:
        return reverse("draft", args=[item.plan_id])
    return f"{reverse('plan', args=[item.plan_id])}?text={item.title[:50]}"


# Plans


def plans_found(actor: Actor, asked: Asked, above: int | None = None) -> QuerySet[Plan]:
    rows = Plan.objects.within(actor, Cap.VIEW)
    for term in asked.terms:
        sources = Source.objects.filter(says(term, "number", "title") | says(term, "text"))
        rows = rows.filter(says(term, "title") | Q(source__in=sources.values("pk")))
    if asked.plan:
        rows = rows.filter(pk__in=_plans_called(asked.plan).values("pk"))
    if asked.number:
        wanted = [f"〕{fold(text)}号" if fold(text).isdigit() else fold(text) for text in asked.number]
        rows = rows.filter(reduce(or_, (Q(Holds("source__number", text=text)) for text in wanted)))
    if asked.unit:
        rows = rows.filter(issuer__in=units_named(asked.unit).values("pk"))
    return rows


def tell_plans(actor: Actor, asked: Asked, keys: list[int]) -> list[Hit]:
    rows = Plan.objects.select_related("source", "issuer").in_bulk(keys)
    hits = []
    for one in (rows[key] for key in keys if key in rows):
        notes = [one.issuer.short_name, one.source.number, str(one.get_stage_display())]
        register = f"{reverse('assignments')}?plan={one.pk}"
        hits.append(
            Hit(
                one.pk,
                one.title,
                reverse("plan", args=[one.pk]),
                notes=[text for text in notes if text],
                where=where_of([(_("原文"), one.source.text)], asked.terms),
                more=[(_now("看办件"), register)] if one.stage != Plan.Stage.DRAFT else [],
            )
        )
    return hits
