"""What people fill in about the organisation; each form knows only what its actor may choose."""

from bihuan.org.forms.auditing import AuditFilter
from bihuan.org.forms.groups import GroupForm
from bihuan.org.forms.imports import UploadForm
from bihuan.org.forms.people import (
    AppointForm,
    EndPostForm,
    HandOverForm,
    PeopleFilter,
    PersonForm,
    RegisterForm,
)
from bihuan.org.forms.picking import SEARCHING, Picker, is_searching, quiet
from bihuan.org.forms.units import CloseForm, FoundForm, MergeForm, MoveForm, RenameForm, SplitForm, UnitForm

__all__ = [
    "SEARCHING",
    "AppointForm",
    "AuditFilter",
    "CloseForm",
    "EndPostForm",
    "FoundForm",
    "GroupForm",
    "HandOverForm",
    "MergeForm",
    "MoveForm",
    "PeopleFilter",
    "PersonForm",
    "Picker",
    "RegisterForm",
    "RenameForm",
    "SplitForm",
    "UnitForm",
    "UploadForm",
    "is_searching",
    "quiet",
]
