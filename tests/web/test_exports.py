"""Files of the reports read back equal, whatever reads them: Python's own CSV, pyarrow and openpyxl."""

import csv
import datetime
import io
import json

import openpyxl
import pyarrow.csv
import pyarrow.parquet
import pytest

REPORTS = ["priorities", "entitlement", "time", "coaching", "talent", "scorecard", "workload"]
# Why and when, at the end of every row of a CSV.
LAST = ["as_at", "filters", "complete_until"]
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@pytest.fixture(scope="module")
def leader(product, browser):
    """Somebody who may read every report of the trust, signed in; the year is one with something in it."""
    context = browser.new_context()
    page = context.new_page()
    product.sign_in(page, "trust-leader")
    page.close()
    yield context.request
    context.close()


def year() -> int:
    """The academic year before the running one, by its first calendar year."""
    today = datetime.date.today()
    return today.year - 1 if today.month >= 9 else today.year - 2


# What was fetched already: most tests look at the same files.
FETCHED: dict[str, bytes] = {}


def fetched(leader, product, report: str, ending: str, table: str | None = None) -> bytes:
    query = f"cycle={year()}" + (f"&table={table}" if table else "")
    url = f"{product.url}/reports/{report}.{ending}?{query}"
    if url not in FETCHED:
        answer = leader.get(url)
        assert answer.status == 200, f"{report}.{ending}: {answer.status}"
        assert "attachment" in answer.headers["content-disposition"]
        FETCHED[url] = answer.body()
    return FETCHED[url]


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "Excel guesses without it"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def about(leader, product, report: str) -> dict[str, list[tuple[str, str]]]:
    told: dict[str, list[tuple[str, str]]] = {}
    for row in rows_of(fetched(leader, product, report, "csv", "about")):
        told.setdefault(row["what"], []).append((row["name"], row["value"]))
    return told


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def undefused(text: str) -> str:
    """What stood there before a spreadsheet was kept from working it out."""
    return text[1:] if text.startswith("'") and text[1:].lstrip().startswith(BEGINNINGS) else text


def same(text: str, value) -> bool:
    """Whether a cell of a CSV says what a typed column holds."""
    match value:
        case None:
            return text == ""
        case str():
            return undefused(text) == value
        case datetime.date():
            return text == value.isoformat()
        case _:
            return float(text) == value


@pytest.mark.parametrize("report", REPORTS)
def test_about_names_filters_moment_completeness_and_symbols(leader, product, report):
    told = about(leader, product, report)
    assert dict(told["filter"])["Academic year"] == f"{year()}/{(year() + 1) % 100:02}"
    (_, moment), *_ = told["as at"]
    assert datetime.datetime.fromisoformat(moment).tzinfo
    assert {source for source, _ in told["complete until"]} >= {"observations", "appraisal", "catalogue"}
    assert [symbol for symbol, _ in told["symbol"]] == ["c", "z", "x", "low"]


@pytest.mark.parametrize("report", REPORTS)
def test_csv_and_parquet_say_the_same(leader, product, report):
    for table, _ in about(leader, product, report)["table"]:
        content = fetched(leader, product, report, "csv", table)
        rows = rows_of(content)
        parquet = pyarrow.parquet.read_table(io.BytesIO(fetched(leader, product, report, "parquet", table)))
        typed = parquet.to_pylist()
        symbols = {name for name in parquet.column_names if name.endswith("_symbol")}
        names = [name for name in parquet.column_names if name not in symbols]
        arrow = pyarrow.csv.read_csv(io.BytesIO(content))
        assert arrow.column_names == names + LAST, "the byte order mark is no part of the first name"
        assert len(rows) == len(typed) == arrow.num_rows, table
        for row, values in zip(rows, typed, strict=True):
            for name in names:
                expected = values.get(f"{name}_symbol") or values[name]
                assert same(row[name], expected), (table, name, row[name], expected)
            for name in LAST:
                assert row[name], (table, name)
        for row in rows:
            for cell in row.values():
                assert is_number(cell) or not cell.lstrip(" ").startswith(BEGINNINGS), cell


@pytest.mark.parametrize("report", REPORTS)
def test_parquet_says_what_it_is_about(leader, product, report):
    for table, caption in about(leader, product, report)["table"]:
        content = fetched(leader, product, report, "parquet", table)
        metadata = pyarrow.parquet.read_schema(io.BytesIO(content)).metadata
        said = {name.removeprefix(b"throughline.").decode(): value.decode() for name, value in metadata.items()}
        assert said["table"] == table and said["caption"] == caption
        assert "Academic year" in json.loads(said["filters"])
        assert datetime.datetime.fromisoformat(said["as_at"]).tzinfo
        assert all(source["complete_until"] for source in json.loads(said["completeness"]))


@pytest.mark.parametrize("report", REPORTS)
def test_xlsx_holds_every_table_with_numbers_as_numbers(leader, product, report):
    book = openpyxl.load_workbook(io.BytesIO(fetched(leader, product, report, "xlsx")))
    told = about(leader, product, report)
    tables = [table for table, _ in told["table"]]
    assert [name.lower() for name in book.sheetnames] == ["about", *tables]
    labels = dict(told["column"])
    for table in tables:
        sheet = book[table[0].upper() + table[1:]]
        assert sheet.freeze_panes == "B2"
        head, *lines = sheet.iter_rows()
        rows = rows_of(fetched(leader, product, report, "csv", table))
        names = [name for name in (rows[0] if rows else {}) if name not in LAST]
        if names:
            assert [cell.value for cell in head] == [labels[f"{table}.{name}"] for name in names]
        assert len(lines) == len(rows), table
        for row, cells in zip(rows, lines, strict=True):
            for name, cell in zip(names, cells, strict=True):
                assert cell.data_type != "f", f"{cell.value} would be worked out"
                value = cell.value.date() if isinstance(cell.value, datetime.datetime) else cell.value
                assert same(row[name], value), (table, name, row[name], value)


def test_there_is_no_file_of_a_table_that_is_not_there(leader, product):
    answer = leader.get(f"{product.url}/reports/time.csv?table=nothing")
    assert answer.status == 404


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_files_are_for_whoever_may_see_the_page(product, browser, ending):
    context = browser.new_context()
    page = context.new_page()
    product.sign_in(page, "teacher")
    answer = context.request.get(f"{product.url}/reports/workload.{ending}?cycle={year()}")
    assert answer.status == 403
    context.close()
