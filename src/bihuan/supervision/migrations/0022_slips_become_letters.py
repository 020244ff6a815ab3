from django.db import migrations

KEYS = ("matter", "basis", "state", "demand", "reply")


def carry(apps, schema_editor):
    """A slip was a document with one assignment: now it is a letter with one matter and one addressee."""
    letter, matter, addressee = (
        apps.get_model("supervision", name) for name in ("Letter", "Matter", "Addressee")
    )
    for slip in (
        apps.get_model("supervision", "Slip").objects.select_related("paper", "assignment").order_by("pk")
    ):
        made = letter.objects.create(paper=slip.paper, reply_by=slip.reply_by)
        matter.objects.create(letter=made, assignment=slip.assignment)
        addressee.objects.create(letter=made, unit_id=slip.assignment.unit_id)
        paper = slip.paper
        if paper.stage != "issued" and len(paper.sections) == len(KEYS):  # what was issued is never touched
            paper.sections = [{**part, "key": key} for part, key in zip(paper.sections, KEYS, strict=True)]
            paper.save(update_fields=["sections"])


class Migration(migrations.Migration):
    dependencies = [("supervision", "0021_letters")]

    operations = [migrations.RunPython(carry, migrations.RunPython.noop)]
