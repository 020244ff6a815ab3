"""The system's Chromium for browser tests: `page` on a desk, `phone` in a hand, `axe` for accessibility."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = "no Chromium found; install it, on Debian: apt-get install chromium fonts-noto-cjk"
STARTING = """(() => {
  const root = () => document.documentElement;
  const mark = () => root()?.toggleAttribute("data-starting", document.readyState === "loading");
  mark();
  const early = new MutationObserver(() => root() && (mark(), early.disconnect()));
  if (!root()) early.observe(document, { childList: true });
  document.addEventListener("DOMContentLoaded", () => setTimeout(mark));
})()"""  # a page is starting until its deferred scripts have run and its links and forms belong to htmx
SETTLED = """() => Promise.allSettled(
  document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))
"""  # halfway from one colour to the next, or dimmed while its content comes, a place has no contrast to measure
PATIENCE = 30_000  # milliseconds; the first page after a start can take ten seconds on two busy cores
AXE = Path(__file__).resolve().parents[1] / "node_modules/axe-core/axe.min.js"


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(MISSING in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.section(f"{count} BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(MISSING)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    path = find_chromium()
    if path is None:
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright  # not at import: most runs need no browser

    # Playwright keeps an event loop in this thread, in which Django would refuse to use the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser, live_server) -> Iterator[Callable]:
    """Opens a fresh browser window on the live server; fails the test if a page had a script error.

    What the content security policy refused counts as one. Whatever a test does waits until the page has
    started: a link pressed before goes the way without scripts, to a page of its own.
    """
    contexts, problems = [], []

    def open_window(width: int = 1280, height: int = 800, **options):
        context = browser.new_context(
            base_url=live_server.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            **options,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        context.add_init_script(STARTING)
        page = context.new_page()
        page.add_locator_handler(page.locator("html[data-starting]"), lambda: None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if _is_refusal(said) else None)
        return page

    yield open_window
    for context in contexts:
        context.close()
    for thread in threading.enumerate():  # a page's last request still needs the database this test leaves
        if "process_request_thread" in thread.name:
            thread.join(10)
    assert not problems


@pytest.fixture
def page(visit):
    return visit()


@pytest.fixture
def phone(visit):
    return visit(390, 844, is_mobile=True, has_touch=True)


@pytest.fixture
def axe() -> Callable[[object], list[str]]:
    """What axe-core (WCAG 2 A and AA) holds against a page: one line per violation, none if all is well."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; run make setup")
    script = AXE.read_text()

    def violations(page) -> list[str]:
        page.locator("[aria-busy=true]").first.wait_for(state="detached")
        page.evaluate(SETTLED)
        page.evaluate(script)
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
        found = page.evaluate("options => axe.run(document, options)", options)["violations"]
        return [
            f"{item['id']}: {node['target']} {node['html'][:200]}" for item in found for node in item["nodes"]
        ]

    return violations


def _is_refusal(said) -> bool:
    return said.type == "error" and "Content Security Policy" in said.text
