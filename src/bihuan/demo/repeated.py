"""Two counties report the same words and one photograph (雷同): what a look-alike hint is about."""

import io
import random
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

from bihuan.alike.jobs import examine_job
from bihuan.demo.history import Script, office_hour
from bihuan.demo.scripts import Duty, ago
from bihuan.demo.world import World
from bihuan.documents.uploads import receive_with_form
from bihuan.kernel import clock
from bihuan.ledger.models import Entry
from bihuan.org.roles import Role
from bihuan.supervision.actions import dispatching, handling
from bihuan.supervision.models import Assignment

TITLE = "排查农村幼儿园冬季取暖安全"
BUREAU = "酒泉市教育局"
FIRST, SECOND = "敦煌市教育局", "玉门市教育局"
TOLD = (
    "{day}起，抽调安全股和后勤股干部6名，会同住建、消防部门分两组走遍全部{n}所农村幼儿园，逐室核对烟道、报警器和值班记录，"
    "查出烟道接口松动、报警器电池失效、夜间值班脱岗等问题{m}处。对其中3所园使用超期煤炉的，当天停用并调配电暖器，孩子合并到"
    "向阳一侧的教室上课；其余问题由园长签字领回，三日内换件改完，复查时全部合格。又在家长群里讲解了一氧化碳中毒的辨认和急救办法，"
    "收回家长签字回执{k}份。目前仍有两个教学点电容量不足，已与供电所商定月底前增容。"
)


def repeated(world: World) -> Script:
    """Both hand in and declare it done; the second one's words are the first one's with other numbers."""
    yield office_hour(ago(16), 10)
    item = dispatching.register_item(
        actor=world.actor(BUREAU, Role.SUPERVISOR),
        kind="meeting",
        title=TITLE,
        text="对取暖设施、报警装置和夜间值班逐园检查，问题当场整改，建立清单。",
        lead_ids=[world.unit(place).pk for place in (FIRST, SECOND)],
        due_at=clock.end_of(clock.today() + timedelta(days=35)),
        criteria=["全部农村幼儿园检查一遍，问题清单逐条销号"],
    )
    picture = _photograph()
    duties = {
        place: Duty(world, item.assignments.get(unit=world.unit(place)), place, BUREAU)
        for place in (FIRST, SECOND)
    }
    yield office_hour(ago(15), 9)
    for duty in duties.values():
        duty.sign()
    for place, days, numbers, shown in (
        (FIRST, 8, (27, 41, 1260), picture),
        (SECOND, 4, (19, 33, 870), picture.crop((90, 60, 1200, 900))),
    ):
        duty = duties[place]
        yield office_hour(ago(days), 15)
        actor = duty.handler()
        kept = io.BytesIO()
        shown.save(kept, "JPEG", quality=80)
        upload = SimpleUploadedFile("取暖设施检查现场.jpg", kept.getvalue())
        told = TOLD.format(day=f"{ago(days + 5):%-m月%-d日}", n=numbers[0], m=numbers[1], k=numbers[2])
        handling.submit_completion(
            assignment_id=duty.pk,
            actor=actor,
            text=told,
            file_ids=[file.pk for file in receive_with_form(actor, [upload])],
        )
        if duty.fresh().stage == "working":
            duty.sign_off()


def compare() -> None:
    """Compare these two now. The reports drawn by lot are not: a dozen sentences would be found again everywhere."""
    told = Assignment.objects.filter(item__title=TITLE)
    for one in told.order_by("pk"):
        entries = Entry.objects.of(one).filter(verb="supervision.assignment.completed")
        examine_job(entry_ids=list(entries.values_list("pk", flat=True)))


def _photograph() -> Image.Image:
    """A boiler room as a telephone would take it; drawn, since nobody's photograph belongs into the program."""
    hand = random.Random(41)
    picture = (
        Image.linear_gradient("L").resize((1280, 960)).point(lambda value: 90 + value // 3).convert("RGB")
    )
    draw = ImageDraw.Draw(picture)
    for row in range(12):
        for column in range(14):
            x, y = column * 96 - (row % 2) * 48, row * 52
            shade = hand.randint(150, 190)
            draw.rectangle((x, y, x + 92, y + 48), fill=(shade, shade - 22, shade - 40))
    draw.rectangle((0, 620, 1280, 960), fill=(118, 116, 112))
    draw.rounded_rectangle((180, 260, 560, 800), 40, fill=(70, 88, 104), outline=(40, 48, 58), width=10)
    draw.rectangle((230, 560, 510, 720), fill=(36, 38, 42))
    draw.ellipse((320, 330, 430, 440), fill=(235, 235, 230), outline=(40, 40, 40), width=8)
    draw.line((375, 385, 405, 350), fill=(190, 30, 30), width=7)
    for x in (300, 420):
        draw.rectangle((x, 40, x + 60, 270), fill=(140, 146, 150), outline=(90, 94, 98), width=4)
    draw.rectangle((420, 90, 1180, 140), fill=(150, 156, 160), outline=(90, 94, 98), width=4)
    draw.rectangle((700, 300, 1100, 520), fill=(240, 240, 234), outline=(120, 90, 60), width=14)
    for line in range(7):
        draw.rectangle(
            (730, 330 + line * 26, 730 + hand.randint(160, 330), 340 + line * 26), fill=(70, 70, 80)
        )
    for _one in range(9):
        x, y = hand.randint(600, 1220), hand.randint(660, 900)
        draw.ellipse((x, y, x + hand.randint(30, 80), y + hand.randint(20, 50)), fill=(50, 48, 46))
    draw.rounded_rectangle((880, 560, 1020, 900), 26, fill=(196, 44, 40))
    grain = Image.frombytes("L", (640, 480), hand.randbytes(640 * 480)).resize((1280, 960)).convert("RGB")
    return Image.blend(picture.filter(ImageFilter.GaussianBlur(1.2)), grain, 0.07)
