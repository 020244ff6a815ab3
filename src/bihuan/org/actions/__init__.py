"""Everything that changes the organisation, by subject; callers use the names exported here."""

from bihuan.org.actions.changes import (
    apply_change,
    close_unit,
    merge_units,
    move_unit,
    note_fault,
    rename_unit,
    split_unit,
    withdraw_change,
)
from bihuan.org.actions.effects import carried_by, put_name, put_parent, succeed_unit
from bihuan.org.actions.groups import dissolve_group, forget_alias, remember_alias, set_group
from bihuan.org.actions.imports import (
    discard_import,
    expire_import,
    import_people,
    import_units,
    upload_import,
)
from bihuan.org.actions.people import (
    choose_password,
    edit_person,
    register_person,
    reset_password,
    restore_person,
    retire_person,
    switch_post,
)
from bihuan.org.actions.posts import appoint, begin_post, end_appointment, end_post, hand_over, retire_leaver
from bihuan.org.actions.tree import lock_tree, plant_unit
from bihuan.org.actions.units import edit_unit, found_unit
from bihuan.org.rules.naming import pinyin_key

__all__ = [
    "apply_change",
    "appoint",
    "begin_post",
    "carried_by",
    "choose_password",
    "close_unit",
    "discard_import",
    "dissolve_group",
    "edit_person",
    "edit_unit",
    "end_appointment",
    "end_post",
    "expire_import",
    "forget_alias",
    "found_unit",
    "hand_over",
    "import_people",
    "import_units",
    "lock_tree",
    "merge_units",
    "move_unit",
    "note_fault",
    "pinyin_key",
    "plant_unit",
    "put_name",
    "put_parent",
    "register_person",
    "remember_alias",
    "rename_unit",
    "reset_password",
    "restore_person",
    "retire_leaver",
    "retire_person",
    "set_group",
    "split_unit",
    "succeed_unit",
    "switch_post",
    "upload_import",
    "withdraw_change",
]
