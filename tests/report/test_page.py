"""The HTML and the SVG report: what is in them, and that nothing from outside becomes markup."""

import dataclasses
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from script import snapshot
from sweeps import Results, asked, made, slower_by_scan

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.formatting.table import Cell, Column, Table
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report import axes
from queue_fairness.report.drawing.draw import draw
from queue_fairness.report.model import Figure, Labelled, Literal, Report, Section, Sentences
from queue_fairness.report.pictures import Bar, Chart, Curve, Map, Ranking
from queue_fairness.report.render_html import render_html
from queue_fairness.report.render_svg import render_svg
from queue_fairness.report.results import render, report_of

LOAD = Plan(partitions=20, tasks_per_partition=5, workers=4)
SCAN, TURNS = (
    snapshot(dataclasses.replace(LOAD, strategy=each)) for each in ("scan", "round-robin")
)
COMPARISON = Comparison(plan=LOAD, strategies=("scan", "round-robin"), runs=(SCAN, TURNS))
RESULTS = Results(
    {
        "run": lambda: SCAN,
        "one partition": lambda: snapshot(Plan(partitions=1, tasks_per_partition=1, workers=1)),
        "goes on": lambda: snapshot(dataclasses.replace(LOAD, load=1.2, duration=5.0)),
        "stopped": lambda: snapshot(LOAD, Phase.STOPPED, 0.3),
        "not begun": lambda: dataclasses.replace(
            snapshot(LOAD, Phase.STOPPED, 0.0), assessment=None
        ),
        "comparison": lambda: COMPARISON,
        "comparison of nothing": lambda: dataclasses.replace(COMPARISON, runs=()),
        "sweep": lambda: made(asked(), slower_by_scan),
        "sweep of nothing": asked,
    }
)
SVG = "{http://www.w3.org/2000/svg}"


class _Tags(HTMLParser):
    """Every tag with its attributes, and the text of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.tags}


@pytest.mark.parametrize("name", RESULTS)
def test_page_needs_no_other_file_and_no_script(name: str) -> None:
    page = _Tags(render(RESULTS[name], "html"))

    assert not page.names & {"script", "link", "img", "iframe", "object", "a", "base"}
    assert not any(
        key.startswith("on") or key in ("src", "href") for _, kv in page.tags for key in kv
    )
    assert "url(" not in render(RESULTS[name], "html")
    policies = [kv["content"] for tag, kv in page.tags if kv.get("http-equiv")]
    assert policies
    assert "default-src 'none'" in (policies[0] or "")


@pytest.mark.parametrize("name", RESULTS)
def test_svg_is_xml_of_texts_shapes_and_one_sheet(name: str) -> None:
    root = ElementTree.fromstring(render(RESULTS[name], "svg"))

    kinds = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert kinds <= {"svg", "style", "desc", "g", "path", "line", "circle", "text"}
    numbers = [each.get(key, "0") for each in root.iter() for key in ("x", "y", "cx", "cy", "d")]
    assert not any("nan" in each or "inf" in each for each in numbers)


def test_page_says_the_verdict_in_words_that_need_no_glossary() -> None:
    text = " ".join(_Tags(render(SCAN, "html")).texts)

    assert "✗ UNFAIR" in text
    assert "The last of 20 tenants got its first task after " in text
    assert "times as long as by strict turns" in text
    assert "partitions" in text
    assert "Parameters and environment" in text


def test_comparison_marks_what_is_advised_in_a_picture() -> None:
    root = ElementTree.fromstring(render(COMPARISON, "svg"))
    texts = [each.text for each in root.iter(f"{SVG}text")]

    assert "→ round-robin" in texts
    assert "scan" in texts
    assert any("✗ UNFAIR" in (each or "") for each in texts)


def test_comparison_has_its_figures_beside_the_worst() -> None:
    figures = report_of(COMPARISON).figures

    assert figures[0].value == "1 of 2"
    assert [each.beside.partition(":")[0] for each in figures[1:]] == ["scan", "scan"]
    assert report_of(RESULTS["comparison of nothing"]).figures == ()


def test_page_has_the_limits() -> None:
    line = "✗ fail if lost > 0   measured: 1 & <2>"

    assert line in _Tags(render_html(report_of(SCAN), [line])).texts


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
HOSTILE = "</style></svg><script>alert('x')</script>\"' onload=x &amp; <img src=x>"


def _full_of(text: str) -> Report:
    """A report that has this text wherever one can stand."""
    axis = dataclasses.replace(axes.linear(text, 3.0), ticks=((0.0, text), (2.0, text)))
    table = Table(
        title=text,
        columns=(Column(head=text, is_label=True), Column(title=text, is_name=True)),
        rows=((Cell(text=text, is_name=True), Cell(text=text, rank="best", spread=f"{text}2")),),
        note=text,
    )
    pictures = (
        Chart(title=text, note=text, x=axis, y=axis, curves=(Curve(name=text, points=((0, 1),)),),
              marks=((1.0, text),)),
        Map(title=text, x=axis, rows=((None, 0.5),), weights=(1,), first=text, last=text),
        Ranking(title=text, x=axis, bars=(Bar(name=text, value=1.0, text=text, label=text,
                                              tone="bad", is_advised=True),)),
    )  # fmt: skip
    return Report(
        sentence=text,
        badge=text,
        plain=text,
        figures=(Figure(label=text, value=text, beside=text),),
        pictures=pictures,
        reasons=(Labelled(label=text, sentences=(text,)),),
        headline=(text,),
        warnings=(text,),
        sections=(
            Section(title=text, blocks=(Sentences((text,)), Literal((text,)), table)),
            Section(title=text, blocks=(table,), is_appendix=True),
        ),
        notes=(text,),
        command=text,
    )


PLAIN = _Tags(render_html(_full_of("a"), ["a"]))


@settings(max_examples=20, deadline=None)
@given(TEXT | st.just(HOSTILE))
def test_no_text_becomes_markup(text: str) -> None:
    report = _full_of(text)
    page = _Tags(render_html(report, [text]))
    ElementTree.fromstring(render_svg(report))

    assert _shapes(page) <= _shapes(PLAIN) | {("p", frozenset({"class"}))}


def _shapes(page: _Tags) -> set[tuple[str, frozenset[str]]]:
    """Which tags there are, with which attributes."""
    return {(name, frozenset(attributes)) for name, attributes in page.tags}


def test_hostile_text_is_shown_as_it_is() -> None:
    page = render_html(_full_of(HOSTILE))

    assert page.count("<script") == 0
    assert HOSTILE in unescape(page)


def test_unknown_is_no_zero_in_pictures() -> None:
    x = axes.linear("rounds", 3.0)
    bars = tuple(
        Bar(name=name, value=value, text="–" if value is None else "0", label="", tone="plain")
        for name, value in (("none", None), ("zero", 0.0))
    )

    drawn = draw(Ranking(title="", x=x, bars=bars)).shapes

    assert drawn.count("rank-plain") == 1, "of zero alone there is a bar"


@pytest.mark.parametrize("high", [1e-9, 0.3, 1.0, 7.1, 9.99, 123_456.0, 1e12])
def test_axis_reaches_its_end_by_round_steps(high: float) -> None:
    axis = axes.linear("", high)
    steps = {
        round((b[0] - a[0]) / axis.high, 9)
        for a, b in zip(axis.ticks, axis.ticks[1:], strict=False)
    }

    assert axis.high >= high * (1 - 1e-9)
    assert axis.high <= 2.5 * high
    assert len(steps) == 1
    assert 2 <= len(axis.ticks) <= 12


def test_axis_of_far_apart_values_is_logarithmic() -> None:
    axis = axes.fitting("", [0.5, 3000.0])

    assert axis.is_log
    assert (axis.low, axis.high) == (0.1, 10_000.0)
    assert not axes.fitting("", [0.0, 3000.0]).is_log


def test_an_unfinished_round_is_not_drawn_as_starved() -> None:
    half = snapshot(dataclasses.replace(LOAD, strategy="round-robin"), Phase.STOPPED, 0.5)
    found = next(each for each in report_of(half).pictures if isinstance(each, Map))

    assert all(share == 1.0 for row in found.rows for share in row)


def test_only_these_formats_load_the_template_engine() -> None:
    program = (
        "import sys, queue_fairness.report.results, queue_fairness.cli.output\n"
        "assert 'jinja2' not in sys.modules, 'not before a page is made'"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
