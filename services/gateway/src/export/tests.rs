use ::parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};
use api::common::v1::Completeness;
use chrono::DateTime;

use super::*;
use crate::figures::{Cell, Column};

fn figures(rows: impl IntoIterator<Item = [Cell; 5]>) -> Figures {
    let columns = [
        Column::text("school", "School"),
        Column::count("agreed_count", "Agreed"),
        Column::share("revisited", "Revisited"),
        Column::number("median_days", "Median days"),
        Column::date("last_on", "Last"),
    ];
    let mut table = Table::new("schools", "By school", columns);
    for row in rows {
        table.push(row);
    }
    Figures {
        title: "Link report".into(),
        filters: vec![("Year".into(), "2025/26".into())],
        moment: DateTime::UNIX_EPOCH,
        completeness: vec![Completeness {
            source: "appraisal".into(),
            reporting: false,
            ..Completeness::default()
        }],
        tables: vec![table],
    }
}

fn two_schools() -> Figures {
    let share = Cell::Share {
        numerator: 3,
        denominator: 4,
    };
    let on = Cell::date("2025-11-02");
    figures([
        [
            Cell::link("=HYPERLINK(\"x\")", "/reports/link?urn=1"),
            Cell::Count(4),
            share,
            Cell::Number(12.5, 1),
            on,
        ],
        [
            Cell::text("Small, School"),
            Cell::Symbol("c"),
            Cell::Symbol("c"),
            Cell::Symbol("z"),
            Cell::Absent("none"),
        ],
    ])
}

fn csv_of(figures: &Figures) -> String {
    let content = csv::written(figures, &Flat::of(&figures.tables[0])).unwrap();
    String::from_utf8(content).unwrap()
}

#[test]
fn a_csv_is_one_tidy_table_whose_rows_say_when_of_what_and_how_complete() {
    let text = csv_of(&two_schools());
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(
        lines[0],
        "school,agreed_count,revisited_numerator,revisited_denominator,revisited_ratio,median_days,last_on,as_at,filters,\
         complete_until"
    );
    assert_eq!(
        lines[1],
        "\"'=HYPERLINK(\"\"x\"\")\",4,3,4,0.75,12.5,2025-11-02,1970-01-01T00:00:00Z,Year: 2025/26,appraisal: not reporting"
    );
    assert!(lines[2].starts_with("\"Small, School\",c,c,c,c,z,none,"));
}

#[test]
fn what_begins_like_a_formula_is_defused_and_numbers_are_not() {
    for formula in [
        "=1+1",
        "+SUM(A1)",
        "-2+3",
        "@import",
        "\tx",
        "\rx",
        "＝1",
        " =1",
        "-inf",
        "+44 20 7946",
    ] {
        let defused = csv::defused(formula);
        assert!(defused.starts_with('\''), "{formula:?}");
    }
    for harmless in ["-5", "+0.5", "12", "Questioning", "a=b", "", "–", "e-mail"] {
        assert_eq!(csv::defused(harmless), harmless);
    }
}

#[test]
fn columns_are_the_same_whatever_was_found() {
    let none = Flat::of(&figures([]).tables[0]).columns;
    assert_eq!(none, Flat::of(&two_schools().tables[0]).columns);
}

#[test]
fn what_is_suppressed_is_null_in_parquet_and_says_why() {
    let figures = two_schools();
    let content = parquet::written(&figures, &figures.tables[0]).unwrap();
    let reader = SerializedFileReader::new(bytes(content)).unwrap();
    let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| {
        metadata
            .iter()
            .find(|pair| pair.key == key)
            .unwrap()
            .value
            .clone()
            .unwrap()
    };
    assert_eq!(value("throughline.filters"), r#"{"Year":"2025/26"}"#);
    assert_eq!(value("throughline.as_at"), "1970-01-01T00:00:00Z");
    assert!(value("throughline.completeness").contains("not reporting"));
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let field = |row: usize, name: &str| {
        let mut columns = rows[row].get_column_iter();
        columns.find(|(known, _)| *known == name).unwrap().1.clone()
    };
    assert_eq!(field(0, "agreed_count"), Field::Long(4));
    assert_eq!(field(0, "revisited_ratio"), Field::Double(0.75));
    assert_eq!(field(0, "agreed_count_symbol"), Field::Null);
    assert_eq!(field(0, "school"), Field::Str("=HYPERLINK(\"x\")".into()));
    assert_eq!(field(1, "agreed_count"), Field::Null);
    assert_eq!(field(1, "agreed_count_symbol"), Field::Str("c".into()));
    assert_eq!(field(1, "revisited_numerator"), Field::Null);
    assert_eq!(field(1, "last_on_symbol"), Field::Str("none".into()));
}

#[test]
fn a_table_without_rows_is_a_file_all_the_same() {
    let figures = figures([]);
    assert!(parquet::written(&figures, &figures.tables[0]).is_ok());
    assert!(xlsx::written(&figures).is_ok());
    assert_eq!(csv_of(&figures).lines().count(), 1);
}

#[test]
fn too_many_rows_are_refused_with_a_reason() {
    let mut figures = two_schools();
    let row = figures.tables[0].rows[0].clone();
    figures.tables[0].rows = vec![row; ROWS_MAX + 1];
    let Err(Fault::Refused(error)) = answer(Format::Xlsx, &figures) else {
        panic!("it must be refused");
    };
    assert_eq!(error.code(), Code::ResourceExhausted);
}

#[test]
fn files_keep_what_was_asked_for() {
    let files = Files::of(&Uri::from_static("/reports/link?urn=1&table=x"), &two_schools());
    assert_eq!(files.xlsx, "/reports/link.xlsx?urn=1");
    assert_eq!(files.tables[0].csv, "/reports/link.csv?urn=1&table=schools");
    let plain = Files::of(&Uri::from_static("/reports/link"), &two_schools());
    assert_eq!(plain.xlsx, "/reports/link.xlsx");
}

#[test]
fn files_are_named_for_what_they_hold() {
    let figures = two_schools();
    assert_eq!(
        file_name(&figures, Some("schools"), "csv"),
        "link-report-schools-1970-01-01.csv"
    );
    assert_eq!(file_name(&figures, None, "xlsx"), "link-report-1970-01-01.xlsx");
}

fn bytes(content: Vec<u8>) -> axum::body::Bytes {
    content.into()
}
