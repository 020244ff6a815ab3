"""Turning pages of a list by number."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

SIZE = 50


def paged(request: HttpRequest, rows: QuerySet | Sequence[Any], size: int = SIZE) -> dict[str, Any]:
    """A page of rows for a template: `page`, and the addresses of the pages before and after for `{% pager %}`.

    A page that is not there is the nearest one that is; the other parameters of the address stay.
    """
    page: Page = Paginator(rows, size).get_page(request.GET.get("page"))
    kept = [(name, value) for name, value in request.GET.items() if name != "page" and value]

    def address(number: int) -> str:
        return f"?{urlencode([*kept, ('page', number)])}"

    return {
        "page": page,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }
