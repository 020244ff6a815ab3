"""Takes the pictures of the README from a running demonstration: `make serve`, then `python tools/pictures.py`."""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.chromium import ARGUMENTS, find_chromium

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SHOTS = [
    # name, account, link to follow from the first page (address or text), width
    ("workbench", "sz09-cb", "/", 1280),
    ("plan", "gx15-dc1", "2026年作风建设提质增效行动方案", 1280),
    ("assignment", "sz09-cb", "学前教育减免保教费管理使用专项核查", 1280),
    ("board", "st-ld", "/board/", 1280),
    ("phone", "sz09-cb", "/", 390),
]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--site", default="http://127.0.0.1:8000")
    arguments.add_argument("--password", default="Bihuan-2026")
    given = arguments.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for name, account, goal, width in SHOTS:
            take(browser, given.site, given.password, name, account, goal, width)


def take(browser: Browser, site: str, password: str, name: str, account: str, goal: str, width: int) -> None:
    page = browser.new_context(viewport={"width": width, "height": 860}, locale="zh-CN").new_page()
    page.goto(f"{site}/sign-in/")
    page.fill("input[name=username]", account)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)
    if goal.startswith("/"):
        page.goto(f"{site}{goal}")
    else:
        page.goto(f"{site}/search/?q={goal}")
        page.get_by_role("link", name=goal).first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    main()
