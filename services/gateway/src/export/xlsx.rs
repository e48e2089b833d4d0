//! Every table as a sheet of a workbook, after one that says what they are about.

use rust_xlsxwriter::{
    ColNum, DocProperties, ExcelDateTime, Format, FormatBorder, RowNum, Workbook, Worksheet, XlsxError,
};

use super::{
    about,
    flat::{Flat, Holds, Value},
};
use crate::figures::Figures;

/// The longest text that a cell of Excel holds.
const TEXT_MAX: usize = 32_767;
/// The longest name of a sheet.
const NAME_MAX: usize = 31;
/// The widest column, in letters.
const WIDTH_MAX: usize = 60;

pub(super) fn written(figures: &Figures) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made_at = ExcelDateTime::from_timestamp(figures.moment.timestamp())?;
    book.set_properties(
        &DocProperties::new()
            .set_title(&figures.title)
            .set_subject(about::filters(figures))
            .set_comment(format!("As at {}", about::moment(figures)))
            .set_creation_datetime(&made_at),
    );
    let formats = Formats::new();
    let about = about::table(figures);
    fill(book.add_worksheet().set_name("About")?, &Flat::of(&about), &formats)?;
    for table in &figures.tables {
        let sheet = book.add_worksheet().set_name(sheet_name(table.name))?;
        fill(sheet, &Flat::of(table), &formats)?;
    }
    book.save_to_buffer()
}

/// How cells look.
struct Formats {
    head: Format,
    count: Format,
    number: Format,
    ratio: Format,
    date: Format,
    mark: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            head: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_border_bottom(FormatBorder::Thin),
            count: Format::new().set_num_format("#,##0"),
            number: Format::new().set_num_format("#,##0.##"),
            ratio: Format::new().set_num_format("0.0%"),
            date: Format::new().set_num_format("d mmm yyyy"),
            mark: Format::new()
                .set_align(rust_xlsxwriter::FormatAlign::Right)
                .set_italic(),
        }
    }
}

fn fill(sheet: &mut Worksheet, table: &Flat, formats: &Formats) -> Result<(), XlsxError> {
    let columns = table.columns.iter().enumerate();
    for (index, column) in columns {
        let at = place(index)?;
        sheet.write_string_with_format(0, at, &column.label, &formats.head)?;
        let longest = table.rows.iter().filter_map(|row| row.get(index)).map(width).max();
        let wanted = longest.unwrap_or_default().max(column.label.chars().count().min(24));
        sheet.set_column_width(at, u16::try_from(wanted.min(WIDTH_MAX) + 2).unwrap_or(u16::MAX))?;
    }
    sheet.set_freeze_panes(1, 1)?;
    for (index, row) in table.rows.iter().enumerate() {
        let line = RowNum::try_from(index + 1).map_err(|_| XlsxError::RowColumnLimitError)?;
        for (index, (value, column)) in row.iter().zip(&table.columns).enumerate() {
            write(sheet, (line, place(index)?), value, column.holds, formats)?;
        }
    }
    Ok(())
}

/// Text stays text whatever it begins with: only numbers are written as numbers, and formulas never.
fn write(
    sheet: &mut Worksheet,
    (line, at): (RowNum, ColNum),
    value: &Value,
    holds: Holds,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match value {
        Value::Text(text) => sheet.write_string(line, at, shortened(text))?,
        Value::Mark(why) if holds == Holds::Text => sheet.write_string(line, at, why)?,
        Value::Mark(why) => sheet.write_string_with_format(line, at, why, &formats.mark)?,
        Value::Count(count) => match i32::try_from(*count) {
            Ok(count) => sheet.write_number_with_format(line, at, count, &formats.count)?,
            Err(_) => sheet.write_string(line, at, count.to_string())?,
        },
        Value::Number(number) if holds == Holds::Ratio => {
            sheet.write_number_with_format(line, at, *number, &formats.ratio)?
        }
        Value::Number(number) => sheet.write_number_with_format(line, at, *number, &formats.number)?,
        Value::Date(on) => {
            let on = ExcelDateTime::parse_from_str(&on.to_string())?;
            sheet.write_datetime_with_format(line, at, &on, &formats.date)?
        }
        Value::Nothing => sheet,
    };
    Ok(())
}

fn place(index: usize) -> Result<ColNum, XlsxError> {
    ColNum::try_from(index).map_err(|_| XlsxError::RowColumnLimitError)
}

/// Letters that a value takes, about.
fn width(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Mark(text) => text.chars().count(),
        Value::Count(count) => count.to_string().len() + 2,
        Value::Number(_) => 9,
        Value::Date(_) => 12,
        Value::Nothing => 0,
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

/// "Half-terms" for `half-terms`. Table names hold nothing that the name of a sheet must not.
fn sheet_name(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).take(NAME_MAX).collect()
}
