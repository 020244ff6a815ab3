"""Channels: robots, webhooks and mail take what an authority lets out, at its hours, and every failure shows."""

import base64
import hashlib
import hmac
import json
import socket
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from bihuan.cli import doctor
from bihuan.kernel import clock
from bihuan.kernel.errors import Refused
from bihuan.ledger.models import Entry
from bihuan.notifications.actions import (
    deliver,
    edit_channel,
    gather,
    mail_digest,
    mark_read,
    note_failed,
    open_channel,
    remove_channel,
    resend_delivery,
    switch_channel,
    try_channel,
)
from bihuan.notifications.jobs import NotTaken, gather_all_job, send, send_job
from bihuan.notifications.models import Channel, Delivery, Telling
from bihuan.notifications.queries.channels import said_by, said_of
from bihuan.notifications.rules import Kind, Line, Said, hint_of, letter_for, refusal_in, why_not_to
from bihuan.notifications.secrecy import seal, unseal
from bihuan.org.roles import Role
from bihuan.supervision.actions.dispatching import register_item
from bihuan.supervision.actions.handling import decline_assignment
from bihuan.supervision.actions.terms import urge_assignment
from bihuan.supervision.models import Item, Setting
from tests.town import MORNING

SAID = Said(
    "督查督办：2 条消息", [Line("交办", "自查取暖"), Line("催办", "报送结果")], "https://b.example/notices/"
)
TITLE = "报送取暖自查结果"


class Robot(HTTPServer):
    """Whoever sits at the other end: keeps what it is sent and answers as it is told."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Listener)
        self.heard, self.status, self.answer, self.headers = [], 200, b'{"errcode": 0}', {}

    @property
    def place(self):
        return f"http://127.0.0.1:{self.server_port}"


class Listener(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), json.loads(body), body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *said):
        pass


@pytest.fixture
def robot(settings):
    server = Robot()
    settings.CHANNEL_HOSTS = [server.place, "oapi.dingtalk.com"]
    settings.BIHUAN_URL = "https://ducha.example.cn/"
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def assignment(town):
    town.post("东市局", Role.HANDLER)
    town.post("东市局", Role.SUPERVISOR)
    item = register_item(
        actor=town.actor("省厅"),
        kind="instruction",
        title=TITLE,
        due_at=clock.end_of(MORNING.date() + timedelta(days=9)),
        lead_ids=[town.unit("东市局").pk],
    )
    return item.assignments.get()


def opened(town, robot, *, unit="", person=("东市局", Role.HANDLER), kind=Kind.WECOM, **more):
    actor = town.actor(unit) if unit else town.actor(*person)
    more.setdefault("address", f"{robot.place}/send?key=abcd-secret-9876")
    return open_channel(actor=actor, name="督查群", kind=kind, shared=bool(unit), **more)


def told(verb="dispatched"):
    deliver(entry_ids=[Entry.objects.filter(verb=f"supervision.assignment.{verb}").latest("id").pk])


def texts(robot):
    return [body["text"]["content"] for _path, _headers, body, _raw in robot.heard]


# --- what robots are told, without a network ------------------------------------------------------------------


def test_each_robot_is_spoken_to_as_its_makers_ask():
    wecom = letter_for(Kind.WECOM, SAID, address="https://q/x?key=1", secret="", at=1700000000, number=5)
    assert json.loads(wecom.body) == {"msgtype": "text", "text": {"content": SAID.as_text()}}
    ding = letter_for(
        Kind.DINGTALK, SAID, address="https://d/x?access_token=1", secret="SEC", at=1700000000, number=5
    )
    asked = parse_qs(urlsplit(ding.url).query)
    expected = hmac.new(b"SEC", b"1700000000000\nSEC", hashlib.sha256).digest()
    assert asked["timestamp"] == ["1700000000000"]
    assert base64.b64decode(asked["sign"][0]) == expected
    feishu = json.loads(
        letter_for(Kind.FEISHU, SAID, address="https://f/x", secret="SEC", at=1700000000, number=5).body
    )
    assert base64.b64decode(feishu["sign"]) == hmac.new(b"1700000000\nSEC", b"", hashlib.sha256).digest()
    assert (feishu["msg_type"], feishu["content"]["text"]) == ("text", SAID.as_text())


def test_a_webhook_carries_a_number_and_a_signature_over_its_very_bytes():
    letter = letter_for(Kind.WEBHOOK, SAID, address="https://w/x", secret="k", at=1, number=5)
    assert letter.headers["X-Bihuan-Delivery"] == "5"
    signed = hmac.new(b"k", letter.body, hashlib.sha256).hexdigest()
    assert letter.headers["X-Bihuan-Signature"] == f"sha256={signed}"
    assert json.loads(letter.body)["lines"][0] == {"label": "交办", "title": "自查取暖"}


@pytest.mark.parametrize(
    ("kind", "status", "body", "code"),
    [
        (Kind.WECOM, 200, b'{"errcode": 0, "errmsg": "ok"}', ""),
        (Kind.WECOM, 200, b'{"errcode": 93000}', "code_93000"),
        (Kind.FEISHU, 200, b'{"code": 0}', ""),
        (Kind.FEISHU, 200, b'{"StatusCode": 0}', ""),
        (Kind.FEISHU, 200, b'{"code": 19021}', "code_19021"),
        (Kind.DINGTALK, 200, b"<html>", "unreadable"),
        (Kind.DINGTALK, 200, b"[]", "unreadable"),
        (Kind.WEBHOOK, 204, b"", ""),
        (Kind.WEBHOOK, 500, b"", "http_500"),
    ],
)
def test_an_answer_is_read_as_each_gives_it(kind, status, body, code):
    assert refusal_in(kind, status, body) == code


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://oapi.dingtalk.com/robot/send?access_token=1", ""),
        ("https://OAPI.dingtalk.com/robot/send", ""),
        ("http://oapi.dingtalk.com/robot/send", "host"),  # without TLS only where that is allowed
        ("http://127.0.0.1:9/x", ""),
        ("http://127.0.0.1:10/x", "host"),
        ("https://127.0.0.1/x", "host"),
        ("https://oapi.dingtalk.com.evil.cn/x", "host"),
        ("https://oapi.dingtalk.com@evil.cn/x", "unreadable"),
        ("https://user:pw@oapi.dingtalk.com/x", "unreadable"),
        ("file:///etc/passwd", "unreadable"),
        ("ftp://oapi.dingtalk.com/", "unreadable"),
        ("https://oapi.dingtalk.com/a b", "unreadable"),
        ("https://[::1", "unreadable"),
        ("https://oapi.dingtalk.com:99999/", "unreadable"),
        ("猫", "unreadable"),
    ],
)
def test_only_hosts_that_the_operator_named_are_spoken_to(address, why):
    assert why_not_to(address, ["oapi.dingtalk.com", "http://127.0.0.1:9"]) == why


def test_an_address_is_sealed_and_only_hinted_at(settings):
    sealed = seal("https://q/x?key=secret-9876")
    assert "secret" not in sealed
    assert unseal(sealed) == "https://q/x?key=secret-9876"
    assert hint_of(Kind.WECOM, "https://q.cn/x?key=secret-9876") == "q.cn/…9876"
    assert hint_of(Kind.MAIL, "zhangsan@edu.cn") == "z…@edu.cn"
    settings.SECRET_KEY = "another"
    with pytest.raises(ValueError, match="another key"):
        unseal(sealed)


# --- from an entry to the other end ---------------------------------------------------------------------------


def test_what_presses_goes_at_once_in_office_hours_and_the_rest_once_a_day(town, robot, assignment):
    channel = opened(town, robot)
    told()
    told()  # a second delivery of the same entry adds nothing
    assert Telling.objects.count() == 1
    gather_all_job(timestamp=0)
    send(Delivery.objects.get().pk)
    urge_assignment(assignment_id=assignment.pk, actor=town.actor("省厅"), text="请于今日内说明")
    told("urged")
    gather_all_job(timestamp=0)
    send(Delivery.objects.latest("pk").pk)
    first, second = texts(robot)
    link = f"https://ducha.example.cn/assignments/{assignment.pk}/"
    assert first.splitlines() == ["督查督办：1 条消息", f"· 交办：{TITLE}", link]
    assert second.splitlines()[1] == f"· 催办：{TITLE}"
    assert "今日内" not in second  # words stay inside
    assert [(one.at_once, one.state) for one in channel.deliveries.order_by("pk")] == [
        (False, "sent"),
        (True, "sent"),
    ]
    gather_all_job(timestamp=0)
    assert Delivery.objects.count() == 2


def test_at_night_only_what_is_urgent_goes_and_the_rest_waits_for_the_morning(town, robot, assignment):
    channel = opened(town, robot)
    with clock.frozen(MORNING + timedelta(hours=13)):  # ten in the evening
        told()
        assert gather(channel_id=channel.pk) is None
        Item.objects.update(priority="urgent")
        assert gather(channel_id=channel.pk).at_once
    Item.objects.update(priority="normal")
    urge_assignment(assignment_id=assignment.pk, actor=town.actor("省厅"), text="请抓紧")
    with clock.frozen(MORNING + timedelta(hours=14)):
        told("urged")
        assert gather(channel_id=channel.pk) is None
    with clock.frozen(MORNING + timedelta(days=1)):
        assert gather(channel_id=channel.pk).told == 1


def test_an_urgent_matter_is_queued_at_once(town, robot, assignment):
    channel = opened(town, robot, takes="urgent")
    told()
    assert not Telling.objects.exists()
    Item.objects.update(priority="urgent")
    told()
    assert Telling.objects.get().channel == channel
    assert ProcrastinateJob.objects.filter(task_name="notifications.gather").count() == 1


def test_beyond_the_days_cap_it_waits_for_the_digest(town, robot, assignment):
    Setting.objects.create(unit=town.unit("省厅"), key="message.daily_cap", value=1)
    channel = opened(town, robot)
    told()
    assert not gather(channel_id=channel.pk).at_once  # the day's digest
    sent = []
    for _each in range(3):
        urge_assignment(assignment_id=assignment.pk, actor=town.actor("省厅"), text="请抓紧")
        told("urged")
        sent.append(gather(channel_id=channel.pk))
    assert [one is not None for one in sent] == [True, False, False]
    with clock.frozen(MORNING + timedelta(days=1)):
        assert gather(channel_id=channel.pk).told == 2


def test_a_units_channel_tells_of_the_units_own_matters_only(town, robot, assignment):
    shared = opened(town, robot, unit="东市局")
    town.post("西市局", Role.HANDLER)
    opened(town, robot, unit="西市局")
    told()
    assert list(Telling.objects.values_list("channel", flat=True)) == [shared.pk]
    # somebody of 东市局 who also serves 西市局 hears of 西市局's matters; 东市局's group does not
    other = register_item(
        actor=town.actor("省厅"),
        kind="instruction",
        title="别处的事",
        due_at=clock.end_of(MORNING.date() + timedelta(days=9)),
        lead_ids=[town.unit("西市局").pk],
    ).assignments.get()
    entry = Entry.objects.of(other).get()
    from bihuan.notifications.queries.channels import pairs_for

    pairs, _urgent = pairs_for([(entry.pk, town.person("东市局", Role.HANDLER).pk)])
    assert pairs == []


def test_what_a_person_has_read_is_not_sent_after_them(town, robot, assignment):
    channel = opened(town, robot)
    told()
    mark_read(person_id=town.person("东市局", Role.HANDLER).pk)
    assert gather(channel_id=channel.pk) is None


def test_where_the_authority_lets_no_titles_out_only_a_number_is_said(town, robot, assignment):
    Setting.objects.create(unit=town.unit("省厅"), key="message.titles_outside", value=0)
    channel = opened(town, robot)
    told()
    said = said_by(gather(channel_id=channel.pk))
    assert said.as_text() == "督查督办：1 条消息\nhttps://ducha.example.cn/notices/"


def test_many_are_told_of_in_one_message(town, robot, assignment):
    channel = opened(town, robot, unit="东市局", takes="digest")
    for n in range(14):
        register_item(
            actor=town.actor("省厅"),
            kind="instruction",
            title=f"第{n}件",
            due_at=clock.end_of(MORNING.date() + timedelta(days=9)),
            lead_ids=[town.unit("东市局").pk],
        )
    deliver(entry_ids=list(Entry.objects.filter(verb__endswith=".dispatched").values_list("pk", flat=True)))
    send(gather(channel_id=channel.pk).pk)
    (text,) = texts(robot)
    assert (text.splitlines()[0], len(text.splitlines())) == ("督查督办：15 条消息", 13)


def test_mail_goes_to_the_mailbox(town, robot, assignment):
    channel = opened(town, robot, kind=Kind.MAIL, address="ducha@edu.example.cn")
    told()
    send(gather(channel_id=channel.pk).pk)
    (sent,) = mail.outbox
    assert (sent.to, TITLE in sent.body) == (["ducha@edu.example.cn"], True)


# --- failures -------------------------------------------------------------------------------------------------


def test_a_refusal_is_tried_again_five_times_then_shown_and_can_be_sent_again(
    client, town, robot, assignment
):
    channel = opened(town, robot)
    told()
    delivery = gather(channel_id=channel.pk)
    robot.answer = b'{"errcode": 93000}'
    for attempt in range(1, 6):
        if attempt < 5:
            with pytest.raises(NotTaken):
                send_job(delivery_id=delivery.pk)
        else:
            send_job(delivery_id=delivery.pk)
        delivery.refresh_from_db()
        assert delivery.attempts == attempt
    assert (delivery.state, delivery.error) == ("failed", "code_93000")
    send_job(delivery_id=delivery.pk)
    assert len(robot.heard) == 5
    client.force_login(town.person("东市局", Role.HANDLER))
    assert b'data-fails="yes"' in client.get(reverse("channels")).content
    assert "对方拒绝（93000）" in client.get(reverse("channel", args=[channel.pk])).content.decode()
    assert "有消息没送达" in client.get(reverse("notices")).content.decode()
    client.post(reverse("delivery-resend", args=[delivery.pk]))
    robot.answer = b'{"errcode": 0}'
    send_job(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    with pytest.raises(Refused):
        resend_delivery(delivery_id=delivery.pk, actor=town.actor("东市局", Role.HANDLER))


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [(500, b"", "http_500"), (302, b"", "redirect"), (200, b"??", "unreadable")],
)
def test_whatever_the_other_end_answers_is_kept_as_a_code(town, robot, assignment, status, answer, error):
    channel = opened(town, robot)
    robot.status, robot.answer, robot.headers = status, answer, {"Location": "http://169.254.169.254/"}
    delivery = try_channel(channel_id=channel.pk, actor=town.actor("东市局", Role.HANDLER))
    send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("failed", error)


def test_an_end_that_is_gone_and_a_key_that_changed_are_told_apart(town, robot, assignment, settings):
    gone = opened(town, robot, address=f"{robot.place}/x")
    actor = town.actor("东市局", Role.HANDLER)
    robot.server_close()
    robot.shutdown()
    first = try_channel(channel_id=gone.pk, actor=actor)
    send(first.pk)
    settings.SECRET_KEY = "another"
    second = try_channel(channel_id=gone.pk, actor=actor)
    send(second.pk)
    assert list(Delivery.objects.order_by("pk").values_list("error", flat=True)) == ["unreachable", "sealed"]


def test_an_end_that_does_not_speak_http_is_kept_as_a_code(town, settings):
    with socket.create_server(("127.0.0.1", 0)) as end:
        settings.CHANNEL_HOSTS = [place := f"http://127.0.0.1:{end.getsockname()[1]}"]

        def answer():
            caller, _address = end.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

        Thread(target=answer, daemon=True).start()
        actor = town.actor("东市局", Role.HANDLER)
        channel = open_channel(actor=actor, name="群", kind=Kind.WECOM, address=f"{place}/x")
        delivery = try_channel(channel_id=channel.pk, actor=actor)
        send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("failed", "unreachable")


def test_a_name_on_two_lines_stands_on_one_in_the_heading_of_a_mail(town, mailoutbox):
    actor = town.actor("东市局", Role.HANDLER)
    channel = open_channel(actor=actor, name="群\nBcc: x@example.cn", kind=Kind.MAIL, address="a@example.cn")
    send(try_channel(channel_id=channel.pk, actor=actor).pk)
    assert "群 Bcc: x@example.cn" in mailoutbox[0].subject
    assert mailoutbox[0].recipients() == ["a@example.cn"]


def test_a_message_whose_channel_was_removed_meanwhile_is_not_tried_again(town):
    actor = town.actor("东市局", Role.HANDLER)
    channel = open_channel(actor=actor, name="群", kind=Kind.MAIL, address="a@example.cn")
    delivery = try_channel(channel_id=channel.pk, actor=actor)
    remove_channel(channel_id=channel.pk, actor=actor)
    assert note_failed(delivery_id=delivery.pk, error="unreachable") is False


# --- settling them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"address": "https://evil.cn/x"}, "address"),
        ({"address": "猫"}, "address"),
        ({"address": ""}, "address"),
        ({"kind": Kind.MAIL, "address": "nobody"}, "address"),
        ({"kind": "sms"}, "kind"),
        ({"takes": "all"}, "takes"),
    ],
)
def test_a_channel_that_cannot_work_is_refused_at_its_field(town, robot, words, field):
    town.unit("东市局")
    with pytest.raises(Refused) as refusal:
        opened(town, robot, **words)
    assert refusal.value.field == field
    assert not Channel.objects.exists()


def test_only_the_units_supervisor_opens_one_for_all_and_it_is_on_record(town, robot):
    with pytest.raises(Refused):
        open_channel(
            actor=town.actor("东市局", Role.HANDLER),
            name="群",
            kind=Kind.WECOM,
            address=f"{robot.place}/x",
            shared=True,
        )
    channel = opened(town, robot, unit="东市局")
    supervisor = town.actor("东市局")
    edit_channel(channel_id=channel.pk, actor=supervisor, name="新群", takes="digest")
    channel.refresh_from_db()
    assert (channel.name, unseal(channel.sealed_address)[-4:]) == ("新群", "9876")
    switch_channel(channel_id=channel.pk, actor=town.actor("东市局"), on=False)
    with pytest.raises(Channel.DoesNotExist):
        remove_channel(channel_id=channel.pk, actor=town.actor("西市局"))
    trail = list(Entry.objects.of(channel).values_list("verb", flat=True))
    assert [verb.rpartition(".")[2] for verb in trail] == ["opened", "edited", "switched"]
    assert "9876" not in str(list(Entry.objects.of(channel).values_list("facts", flat=True)))
    own = opened(town, robot)
    assert not Entry.objects.of(own).exists()


def test_a_channel_at_rest_says_nothing_and_makes_up_for_nothing(town, robot, assignment):
    channel = opened(town, robot)
    told()
    actor = town.actor("东市局", Role.HANDLER)
    switch_channel(channel_id=channel.pk, actor=actor, on=False)
    assert gather(channel_id=channel.pk) is None
    decline_assignment(assignment_id=assignment.pk, actor=actor, reason="不归我管")
    switch_channel(channel_id=channel.pk, actor=town.actor("东市局", Role.HANDLER), on=True)
    assert gather(channel_id=channel.pk) is None


def test_the_pages_open_test_change_and_remove_and_never_show_the_address(client, town, robot, assignment):
    client.force_login(town.person("东市局", Role.SUPERVISOR))
    words = {
        "name": "督查群",
        "kind": "wecom",
        "takes": "pressing",
        "address": f"{robot.place}/x?key=geheim-1234",
    }
    wrong = client.post(reverse("channels"), {**words, "address": "https://evil.cn/x"})
    assert wrong.status_code == 409
    assert client.post(reverse("channels"), {**words, "name": ""}).status_code == 422
    client.post(reverse("channels"), {**words, "shared": "on", "secret": "SEC"})
    channel = Channel.objects.get()
    page = client.post(reverse("channel-test", args=[channel.pk]), follow=True).content.decode()
    assert "测试消息已送达" in page
    assert texts(robot)[0].startswith("督查督办测试消息")
    robot.answer = b'{"errcode": 45009}'
    page = client.post(reverse("channel-test", args=[channel.pk]), follow=True).content.decode()
    assert "对方拒绝（45009）" in page
    for shown in (page, client.get(reverse("channels")).content.decode()):
        assert "geheim" not in shown
        assert "SEC" not in shown
    changed = {"name": "新名", "takes": "digest", "seen_version": channel.version}
    assert client.post(reverse("channel", args=[channel.pk]), changed).status_code == 302
    stale = client.post(reverse("channel", args=[channel.pk]), changed)
    assert stale.status_code == 409
    client.post(reverse("channel-switch", args=[channel.pk]), {"on": "0"})
    channel.refresh_from_db()
    assert (channel.name, channel.is_on, channel.unit.name) == ("新名", False, "东市局")
    client.post(reverse("channel-remove", args=[channel.pk]))
    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("unit", "role", "answer"),
    [
        ("东市局", Role.SUPERVISOR, 200),
        ("东市局", Role.HANDLER, 404),
        ("东市局", Role.LEADER, 404),
        ("省厅", Role.SUPERVISOR, 404),
        ("西市局", Role.SUPERVISOR, 404),
        ("省厅", Role.SYSTEM_ADMIN, 404),
    ],
)
def test_who_may_open_a_units_channel(client, town, robot, unit, role, answer):
    channel = opened(town, robot, unit="东市局")
    Delivery.objects.create(channel=channel, created_at=MORNING, state="failed")
    client.force_login(town.person(unit, role))
    assert client.get(reverse("channel", args=[channel.pk])).status_code == answer
    for name in ("channel-test", "channel-switch", "channel-remove"):
        said = client.post(reverse(name, args=[channel.pk])).status_code
        assert said == (302 if answer == 200 else 404)
        if answer == 200:
            break
    assert client.get(reverse("channels")).status_code == 200


def test_nobody_sees_anothers_own_channel(client, town, robot):
    own = opened(town, robot)
    client.force_login(town.person("东市局", Role.SUPERVISOR))
    assert client.get(reverse("channel", args=[own.pk])).status_code == 404


def test_the_list_takes_a_few_queries(client, town, robot, django_assert_max_num_queries):
    town.unit("东市局")
    for _each in range(8):
        opened(town, robot)
    client.force_login(town.person("东市局", Role.HANDLER))
    client.get(reverse("channels"))
    with django_assert_max_num_queries(16):
        client.get(reverse("channels"))


# --- scope is asked again at sending --------------------------------------------------------------------------


def test_what_is_queued_is_not_sent_to_who_has_left_the_post(client, town, robot, assignment):
    channel = opened(town, robot)
    told()
    delivery = gather(channel_id=channel.pk)
    channel.person.appointments.update(ends_on=clock.today() - timedelta(days=1))
    town.post("东市局", Role.HANDLER, "继任者")
    assert send(delivery.pk) == ""
    assert robot.heard == []
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error, delivery.told) == ("unsent", "not_theirs", 1)
    assert said_of(delivery.error)
    assert not Telling.objects.exists()


def test_what_still_concerns_the_owner_is_sent_and_the_rest_left_out(town, robot, assignment):
    channel = opened(town, robot)
    other = register_item(
        actor=town.actor("省厅"),
        kind="instruction",
        title="转走的事",
        due_at=clock.end_of(MORNING.date() + timedelta(days=9)),
        lead_ids=[town.unit("东市局").pk],
    ).assignments.get()
    deliver(entry_ids=list(Entry.objects.filter(verb__endswith=".dispatched").values_list("pk", flat=True)))
    delivery = gather(channel_id=channel.pk)
    town.unit("西市局")
    type(other).objects.filter(pk=other.pk).update(unit=town.unit("西市局"))
    send(delivery.pk)
    (text,) = texts(robot)
    assert TITLE in text
    assert "转走的事" not in text
    delivery.refresh_from_db()
    assert (delivery.state, delivery.told) == ("sent", 1)


def test_a_units_channel_does_not_tell_of_what_went_elsewhere(town, robot, assignment):
    shared = opened(town, robot, unit="东市局")
    told()
    delivery = gather(channel_id=shared.pk)
    type(assignment).objects.update(unit=town.unit("西市局"))
    send(delivery.pk)
    assert robot.heard == []
    assert Delivery.objects.get().state == "unsent"


def test_mail_is_not_sent_after_who_has_left_the_post(town, assignment):
    person = town.person("东市局", Role.HANDLER)
    type(person).objects.filter(pk=person.pk).update(email="a@edu.cn")
    told()
    person.appointments.update(ends_on=clock.today() - timedelta(days=1))
    town.post("东市局", Role.HANDLER, "继任者")
    assert mail_digest(person_id=person.pk) == 0
    assert mail.outbox == []


def test_the_doctor_says_which_channels_cannot_send(town, robot, assignment, settings):
    assert doctor.channels().state == "ok"
    channel = opened(town, robot)
    assert (doctor.channels().state, "1 in use" in doctor.channels().text) == ("ok", True)
    settings.CHANNEL_HOSTS = []
    assert "BIHUAN_CHANNEL_HOSTS does not name" in doctor.channels().text
    settings.CHANNEL_HOSTS = [robot.place]
    Delivery.objects.create(channel=channel, state="failed", error="unreachable", created_at=clock.now())
    assert doctor.channels().state == "warning"
    assert "unreachable" in doctor.channels().text
    settings.SECRET_KEY = "another"
    assert "another BIHUAN_SECRET_KEY" in doctor.channels().text
