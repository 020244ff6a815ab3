"""What writes messages and sends them on."""

from bihuan.notifications.actions.channels import (
    edit_channel,
    open_channel,
    remove_channel,
    resend_delivery,
    switch_channel,
    try_channel,
)
from bihuan.notifications.actions.messages import (
    AT_ONCE,
    deliver,
    mail_at_once,
    mail_digest,
    mark_read,
    set_preference,
)
from bihuan.notifications.actions.sending import gather, note_failed, note_sent, withhold

__all__ = [
    "AT_ONCE",
    "deliver",
    "edit_channel",
    "gather",
    "mail_at_once",
    "mail_digest",
    "mark_read",
    "note_failed",
    "note_sent",
    "open_channel",
    "remove_channel",
    "resend_delivery",
    "set_preference",
    "switch_channel",
    "try_channel",
    "withhold",
]
