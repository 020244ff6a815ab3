from typing import Any

from django.core.checks import CheckMessage, Error, register

from bihuan.workdays.queries import office_hours


@register
def office_hours_can_be_read(**_kwargs: Any) -> list[CheckMessage]:
    try:
        office_hours()
    except ValueError as fault:
        hint = "BIHUAN_OFFICE_HOURS=08:00-12:00,14:00-18:00"
        return [Error(f"BIHUAN_OFFICE_HOURS cannot be read: {fault}", hint=hint, id="workdays.E001")]
    return []
