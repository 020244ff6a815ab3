"""What is said when a page cannot be shown: why, what to do next, and the number of the request."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: an action refused on something one may see; what one may not know of is simply not found."""
    reason = str(exception or "") or _("您现在的岗位不能做这项操作。有其他岗位的，请切换后再试。")
    return page(request, 403, "lock", _("没有权限做这件事"), reason)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(
        request, 404, "file-off", _("这件找不到了"), _("可能已移交其他单位或合并到其他事项，或网址有误。")
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(
        request, 400, "file-off", _("没有读懂这个请求"), _("网址或表单不完整，请返回上一页重新打开。")
    )


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: nearly always a form that was open too long."""
    said = _("页面打开时间太长或在别处重新登录过。您填的内容已存在本机草稿，返回后刷新再提交。")
    return page(request, 403, "clock", _("没有提交成功"), said)


def failed(request: HttpRequest) -> HttpResponse:
    """500: drawn without the database, which may be what is broken."""
    number = getattr(request, "number", "")
    return HttpResponse(render_to_string("web/500.html", {"number": number}), status=500)


def page(request: HttpRequest, status: int, icon: str, title: str, text: str) -> HttpResponse:
    context = {"status": status, "icon": icon, "title": title, "text": text}
    return render(request, "web/error.html", context, status=status)
