"""The HTML report in a real browser: nothing is asked of the network, nothing overlaps."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import browser
import pytest
from script import snapshot
from sweeps import Results, asked, made, slower_by_scan

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.plan import Plan
from queue_fairness.report.render_html import render_html
from queue_fairness.report.results import Result, render, report_of

pytestmark = pytest.mark.skipif(browser.PROGRAM is None, reason=browser.MISSING)

LOAD = Plan(partitions=40, tasks_per_partition=6, workers=4)
GOES_ON = dataclasses.replace(LOAD, load=1.2, duration=6.0, strategy="round-robin")
LONG = "package.module_with_a_long_name:AndAClassWithALongName<script>alert(1)</script>"


def _run(strategy: str) -> Result:
    return snapshot(dataclasses.replace(LOAD, strategy=strategy))


def _named(strategy: str) -> Result:
    plan = dataclasses.replace(LOAD)
    object.__setattr__(plan, "strategy", strategy)
    return dataclasses.replace(snapshot(LOAD), plan=plan)


def _comparison() -> Result:
    runs = tuple(
        snapshot(dataclasses.replace(LOAD, strategy=each)) for each in ("scan", "round-robin") * 2
    )
    return Comparison(plan=LOAD, strategies=("scan", "round-robin"), repeats=2, runs=runs)


RESULTS = Results(
    {
        "run": lambda: _run("scan"),
        "load that goes on": lambda: snapshot(GOES_ON),
        "hostile name": lambda: _named(LONG),
        "comparison": _comparison,
        "sweep": lambda: made(asked(), slower_by_scan),
    }
)

OVERLAPS = """
(() => {
  const clip = (node, box) => {
    for (let at = node; at && at !== document.documentElement; at = at.parentElement) {
      if (at.localName === "svg") break;
      if (/auto|hidden/.test(getComputedStyle(at).overflowX)) {
        const edge = at.getBoundingClientRect();
        box = {left: Math.max(box.left, edge.left), right: Math.min(box.right, edge.right),
               top: box.top, bottom: box.bottom};
      }
    }
    return box;
  };
  const texts = [];
  const root = document.body || document.documentElement;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const cut = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || node.parentElement.closest("style,desc")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = clip(node.parentElement, rect);
      const frame = node.parentElement.ownerSVGElement?.getBoundingClientRect();
      if (frame && (rect.left < frame.left - 1 || rect.right > frame.right + 1))
        cut.push(node.data);
      if (box.right - box.left > 1) texts.push([node, box]);
    }
  }
  const found = [];
  for (let i = 0; i < texts.length; i++) for (let j = i + 1; j < texts.length; j++) {
    const [one, a] = texts[i], [other, b] = texts[j];
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (one !== other && wide > 2 && tall > 6) found.push([one.data, other.data]);
  }
  const outside = texts.filter(([, box]) => box.left < 0 || box.right > innerWidth + 0.5);
  return {cut, texts: texts.length, found, outside: outside.map(([node]) => node.data),
          page: document.documentElement.scrollWidth - innerWidth};
})()
"""


CONTRASTS = """
(() => {
  const light = (color) => {
    const parts = color.match(/[0-9.]+/g).slice(0, 3).map((each) => each / 255)
      .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const paper = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (color !== "rgba(0, 0, 0, 0)") return color;
    }
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("style")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [element.closest("svg") ? style.fill : style.color, paper(element)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push([ratio, walker.currentNode.data]);
  }
  return weak;
})()
"""
"""Texts whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3)."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    with browser.browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(params=RESULTS)
def report(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    limits = ["✓ fail if verdict < UNFAIR   measured: UNFAIR"]
    path.write_text(render_html(report_of(RESULTS[request.param]), limits), encoding="utf-8")
    return path


def test_page_asks_for_nothing_and_does_not_complain(page: browser.Page, report: Path) -> None:
    page.requests.clear()
    page.errors.clear()
    page.open(report)

    assert set(page.requests) == {report.as_uri()}
    assert page.errors == []
    assert page.evaluate("document.scripts.length") == 0
    assert page.evaluate("document.querySelectorAll('figure svg').length") >= 2


def test_nothing_overlaps_or_leaves_the_page(page: browser.Page, report: Path) -> None:
    page.open(report)

    for width in (360, 768, 1440):
        page.resize(width)
        seen = page.evaluate(OVERLAPS)

        assert seen["texts"] > 40
        assert seen["found"] == [], width
        assert seen["outside"] == [], width
        assert seen["cut"] == [], width
        assert seen["page"] <= 0, width


def test_dark_is_dark_and_light_is_light(page: browser.Page, report: Path) -> None:
    seen = {}
    page.open(report)
    for scheme in ("light", "dark"):
        page.resize(1440, scheme=scheme)
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert page.evaluate(CONTRASTS) == [], scheme
        seen[scheme] = sum(map(int, re.findall(r"\d+", color)))

    assert seen["light"] > 3 * 200
    assert seen["dark"] < 3 * 50


def test_page_can_be_printed(page: browser.Page, report: Path) -> None:
    page.open(report)

    printed = page.pdf()

    assert printed.startswith(b"%PDF-")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8


def test_picture_is_shown_by_itself(page: browser.Page, tmp_path: Path) -> None:
    for name, result in RESULTS.items():
        path = tmp_path / f"{name}.svg"
        path.write_text(render(result, "svg"), encoding="utf-8")
        page.requests.clear()
        page.open(path)

        assert page.requests == [path.as_uri()]
        assert page.evaluate("document.documentElement.tagName") == "svg"
        assert page.evaluate("document.documentElement.getBBox().width") > 900
        page.resize(1000)
        seen = page.evaluate(OVERLAPS)
        assert (seen["found"], seen["cut"]) == ([], []), name
        assert seen["texts"] > 20
