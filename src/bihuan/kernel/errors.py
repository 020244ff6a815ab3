"""What can go wrong in the domain, said so that an official understands it."""

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """An action was refused; nothing has changed.

    `code` is stable for machines, `message` is Chinese for people, `field` names the form field at fault.
    """

    code = "refused"
    message = _("该操作未被接受")

    def __init__(self, message=None, *, code: str | None = None, field: str | None = None, **facts):
        super().__init__(code or self.code)
        self.code = code or self.code
        self.message = message or self.message
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        return str(self.message)


class Refused(DomainError):
    """A rule of the domain says no."""


class IllegalMove(DomainError):
    """The object is not in a stage from which this leads anywhere."""

    code = "illegal_move"
    message = _("当前环节不能进行这项操作，请刷新后查看最新状态")


class StaleVersion(DomainError):
    """Somebody was faster: the object changed after the actor looked at it."""

    code = "stale_version"
    message = _("该事项刚刚被他人更新，您的操作没有生效，请核对最新情况后再试")


class AlreadyDone(DomainError):
    """The same intention arrived a second time; its first arrival stands. Callers treat it as success."""

    code = "already_done"
    message = _("该操作此前已经提交成功")


class NotPermitted(DomainError):
    """The actor may see the object but may not do this with it."""

    code = "not_permitted"
    message = _("您的岗位没有进行这项操作的权限")
