"""An URLconf with small pages on which browser tests try the behaviour that real pages get from ui."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import redirect
from django.template import engines
from django.urls import include, path

HEAD = """{% extends "web/page.html" %}{% load ui %}
{% block title %}工坊{% endblock %}{% block head %}<h1>工坊</h1>{% endblock %}"""
received: list[dict] = []


class Report(forms.Form):
    progress = forms.CharField(label="办理进展", widget=forms.Textarea({"rows": 2}))
    finished = forms.BooleanField(label="已办结", required=False)


class Evidence(forms.Form):
    files = forms.FileField(label="佐证", widget=forms.ClearableFileInput())
    title = forms.CharField(label="名称", required=False, max_length=5)


def show(request: HttpRequest, body: str, status: int = 200, **context) -> HttpResponse:
    source = f"{HEAD}{{% block main %}}{body}{{% endblock %}}"
    return HttpResponse(engines["django"].from_string(source).render(context, request), status=status)


def part(request: HttpRequest, body: str, status: int = 200, **context) -> HttpResponse:
    return HttpResponse(
        engines["django"].from_string("{% load ui %}" + body).render(context, request), status=status
    )


QUEUE = """{% card body=False %}{% queue_group "r" "已逾期" 2 %}
{% queue_row "第一件" "/first/" id="q1" step=3 state="r" %}
  {% row_action "填报进展" "/report/" primary=True %}
{% endqueue_row %}
{% queue_row "第二件" "/second/" id="q2" step=1 state="y" %}
  {% post_form "/sign/" target="#q2" hold="第二件将签收" %}<button class="btn btn-sm">签收</button>{% endpost_form %}
{% endqueue_row %}
{% endqueue_group %}{% endcard %}"""
REPORT = """{% post_form "/report/" target="#q1-form" swap="innerHTML" draft="q1" %}
{% form_errors form %}{% field form.progress %}{% field form.finished %}
<button class="btn btn-primary btn-sm">提交进展</button><span data-draft-sign></span>
{% endpost_form %}"""
DRAFT = """{% post_form "/draft/" draft="plain" %}
{{ form }}<button class="btn">提交</button><span data-draft-sign></span>
{% endpost_form %}"""
UPLOAD = (
    """{% post_form "/upload/" upload=True %}{{ form }}<button class="btn">上传</button>{% endpost_form %}"""
)
BULK = """{% card body=False %}{% bulk "/bulk/" %}
{% bulk_bar %}<button class="btn btn-sm" name="do" value="urge">催办</button>{% endbulk_bar %}
{% table "办件" %}
<thead><tr><th><input type="checkbox" data-select-all aria-label="全选"></th><th>事项</th></tr></thead>
<tbody>{% for n in rows %}<tr data-row>
  <td><input type="checkbox" data-select name="selected" value="{{ n }}" aria-label="选择 {{ n }}"></td>
  <td><a href="/first/" data-open>事项 {{ n }}</a></td>
</tr>{% endfor %}</tbody>
{% endtable %}{% endbulk %}{% endcard %}"""


CORNER = """<p id="asked">{{ request.GET.light }}</p>
{% filters "/corner/" %}<select name="light" aria-label="灯"><option value="">全部</option>
<option value="r">逾期</option></select>{% endfilters %}
{% menu "更多操作" %}<a href="/first/">打印</a>{% endmenu %}
<a class="btn" href="/first/" data-dialog="sure">退回…</a>
{% dialog "sure" "退回给东市局？" action="/sign/" confirm="确认退回" %}<p>不能撤回。</p>{% enddialog %}"""


def queue(request: HttpRequest) -> HttpResponse:
    return show(request, QUEUE)


@login_required
def report(request: HttpRequest) -> HttpResponse:
    form = Report(request.POST or None)
    if request.method == "GET":
        return part(request, REPORT, form=form)
    received.append(request.POST.dict())
    if not form.is_valid():
        return part(request, REPORT, 422, form=form)
    if form.cleaned_data["progress"] == "故障":
        return HttpResponseServerError("boom")
    if form.cleaned_data["progress"] == "抢先":
        form.add_error(None, "陈立群 10:02 已更新")
        return part(request, REPORT, 409, form=form)
    messages.success(request, "已提交进展")
    return part(request, "<p data-done>收到</p>")


def sign(request: HttpRequest) -> HttpResponse:
    received.append(request.POST.dict())
    return part(request, '<article class="bh-q" id="q2" data-signed>第二件已签收</article>')


def draft(request: HttpRequest) -> HttpResponse:
    form = Report(request.POST or None)
    if form.is_valid():
        return redirect("/queue/")
    return show(request, DRAFT, 422 if form.errors else 200, form=form)


def upload(request: HttpRequest) -> HttpResponse:
    form = Evidence(request.POST or None, request.FILES or None)
    if form.is_valid():
        received.append({"files": [file.name for file in request.FILES.getlist("files")]})
        return redirect("/queue/")
    return show(request, UPLOAD, 422 if form.errors else 200, form=form)


def bulk(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        received.append({"do": request.POST["do"], "selected": request.POST.getlist("selected")})
        return redirect("/bulk/")
    return show(request, BULK, rows=range(1, 7))


def first(request: HttpRequest) -> HttpResponse:
    return show(request, '<p id="first">第一件</p>')


def corner(request: HttpRequest) -> HttpResponse:
    return show(request, CORNER)


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


urlpatterns = [
    path("queue/", queue),
    path("report/", report),
    path("sign/", sign),
    path("draft/", draft),
    path("upload/", upload),
    path("bulk/", bulk),
    path("first/", first),
    path("corner/", corner),
    path("broken/", broken),
    path("", include("bihuan.urls")),
]
handler403 = "bihuan.web.errors.refused"
handler404 = "bihuan.web.errors.not_found"
handler500 = "bihuan.web.errors.failed"
