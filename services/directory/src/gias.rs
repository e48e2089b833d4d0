//! Reads the establishment download of Get Information About Schools (GIAS), the national register of England.
//!
//! The download is ISO-8859-1, changes the case and order of its columns without notice, and leaves unknown cells
//! blank: columns are found by name, others are passed over, and blank stays unknown. A row that cannot be understood
//! is reported with its row and column, all of them at once, and then nothing is read.

use std::{borrow::Cow, fmt};

use api::{
    directory::v1::{ImportRow, Phase, SchoolDetails},
    ids::Urn,
};
use chrono::NaiveDate;
use csv::StringRecord;

/// Columns without which a file is no such download.
const REQUIRED: [Column; 2] = [Column::Urn, Column::Name];

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the file has no column {}: is it the establishment download?", list(.0))]
    MissingColumns(Vec<Column>),
    #[error("{} rows cannot be read; the first: {}", .0.len(), .0[0])]
    Flaws(Vec<Flaw>),
    #[error("the file is not comma-separated text")]
    NotCsv(#[from] csv::Error),
}

/// A cell that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line in the file; the header is line 1.
    pub row: u64,
    pub column: Column,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {} {}", self.row, self.column, self.problem)
    }
}

macro_rules! columns {
    ($($column:ident = $name:literal),* $(,)?) => {
        /// A column that is read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Column {
            $(#[doc = $name] $column),*
        }

        impl Column {
            const ALL: &'static [Self] = &[$(Self::$column),*];

            /// As the download names it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$column => $name),* }
            }
        }
    };
}

columns! {
    Urn = "URN",
    LaCode = "LA (code)",
    Number = "EstablishmentNumber",
    Name = "EstablishmentName",
    Type = "TypeOfEstablishment (name)",
    TypeGroup = "EstablishmentTypeGroup (name)",
    Status = "EstablishmentStatus (name)",
    OpenedOn = "OpenDate",
    ClosedOn = "CloseDate",
    Phase = "PhaseOfEducation (name)",
    Pupils = "NumberOfPupils",
    TrustUid = "Trusts (code)",
    TrustName = "Trusts (name)",
    ChangedOn = "LastChangedDate",
    Town = "Town",
    Postcode = "Postcode",
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a download: one row a school, in the order of the file. Schools that have yet to open are left out.
pub fn read(bytes: &[u8]) -> Result<Vec<ImportRow>, Error> {
    let text = decode(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = Header::of(reader.headers()?)?;
    let mut rows = Vec::new();
    let mut flaws = Vec::new();
    for record in reader.records() {
        let record = record?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut row = Row {
            header: &header,
            record: &record,
            flaws: &mut flaws,
        };
        rows.extend(row.read());
    }
    if flaws.is_empty() {
        Ok(rows)
    } else {
        Err(Error::Flaws(flaws))
    }
}

/// UTF-8 if it is that, else ISO-8859-1, which any bytes are.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // The web's ISO-8859-1 is Windows-1252, which has letters where the older has control characters.
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Where each column is.
struct Header {
    places: Vec<Option<usize>>,
}

impl Header {
    fn of(names: &StringRecord) -> Result<Self, Error> {
        let place = |column: &Column| {
            names
                .iter()
                .position(|name| name.trim().eq_ignore_ascii_case(column.name()))
        };
        let header = Self {
            places: Column::ALL.iter().map(place).collect(),
        };
        let missing: Vec<_> = REQUIRED
            .into_iter()
            .filter(|column| header.place(*column).is_none())
            .collect();
        if missing.is_empty() {
            Ok(header)
        } else {
            Err(Error::MissingColumns(missing))
        }
    }

    fn place(&self, column: Column) -> Option<usize> {
        let index = Column::ALL.iter().position(|known| *known == column)?;
        self.places[index]
    }
}

struct Row<'a> {
    header: &'a Header,
    record: &'a StringRecord,
    flaws: &'a mut Vec<Flaw>,
}

impl Row<'_> {
    fn read(&mut self) -> Option<ImportRow> {
        let status = self.cell(Column::Status).to_lowercase();
        if status == "proposed to open" {
            return None;
        }
        let urn = self.urn();
        let name = self.cell(Column::Name).to_owned();
        if name.is_empty() {
            self.flaw(Column::Name, "is blank");
        }
        let details = SchoolDetails {
            name,
            phase: self.phase().into(),
            la_code: self.digits(Column::LaCode, 3),
            establishment_number: self.digits(Column::Number, 4),
            pupils: self.pupils(),
            town: self.cell(Column::Town).to_owned(),
            postcode: self.cell(Column::Postcode).to_uppercase(),
            opened_on: iso(self.date(Column::OpenedOn)),
        };
        let closed_on = if status == "closed" { self.closed_on() } else { None };
        let trust_uid = self.cell(Column::TrustUid).to_owned();
        if !trust_uid.bytes().all(|byte| byte.is_ascii_digit()) {
            self.flaw(Column::TrustUid, format!("is `{trust_uid}`: not a number"));
        }
        Some(ImportRow {
            row: i32::try_from(self.number()).unwrap_or(i32::MAX),
            urn,
            details: Some(details),
            trust_name: self.cell(Column::TrustName).to_owned(),
            trust_uid,
            joined_on: String::new(),
            closed_on: iso(closed_on),
        })
    }

    fn urn(&mut self) -> String {
        let text = self.cell(Column::Urn).to_owned();
        if text.parse::<Urn>().is_err() {
            self.flaw(
                Column::Urn,
                if text.is_empty() {
                    "is blank".into()
                } else {
                    format!("is `{text}`: not six digits")
                },
            );
        }
        text
    }

    /// Special schools and alternative provision have no phase; their type says what they are.
    fn phase(&mut self) -> Phase {
        let phase = self.cell(Column::Phase).to_lowercase();
        let known = match phase.as_str() {
            "nursery" => Some(Phase::Nursery),
            "primary" => Some(Phase::Primary),
            "middle deemed primary" | "middle deemed secondary" | "middle" => Some(Phase::Middle),
            "secondary" => Some(Phase::Secondary),
            "all-through" | "all through" => Some(Phase::AllThrough),
            "16 plus" | "sixteen plus" => Some(Phase::SixteenPlus),
            "" | "not applicable" => None,
            other => {
                let problem = format!("is `{other}`: not a phase of education");
                self.flaw(Column::Phase, problem);
                None
            }
        };
        known.unwrap_or_else(|| {
            let kind = format!("{} {}", self.cell(Column::Type), self.cell(Column::TypeGroup)).to_lowercase();
            if kind.contains("alternative provision") || kind.contains("pupil referral") {
                Phase::AlternativeProvision
            } else if kind.contains("special") {
                Phase::Special
            } else if kind.contains("16 to 19") || kind.contains("16-19") || kind.contains("sixth form") {
                Phase::SixteenPlus
            } else if kind.contains("nursery") {
                Phase::Nursery
            } else {
                Phase::Unspecified
            }
        })
    }

    fn pupils(&mut self) -> Option<i32> {
        let text = self.cell(Column::Pupils).to_owned();
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok().filter(|number| (0..=20_000).contains(number));
        if number.is_none() {
            self.flaw(Column::Pupils, format!("is `{text}`: not a number of pupils"));
        }
        number
    }

    /// Schools that closed long ago may have no date; the last change of their entry is then the closest known.
    fn closed_on(&mut self) -> Option<NaiveDate> {
        let date = self.date(Column::ClosedOn).or_else(|| self.date(Column::ChangedOn));
        if date.is_none() && self.cell(Column::ClosedOn).is_empty() {
            self.flaw(Column::ClosedOn, "is blank for a closed school");
        }
        date
    }

    fn date(&mut self, column: Column) -> Option<NaiveDate> {
        let text = self.cell(column).to_owned();
        if text.is_empty() {
            return None;
        }
        let date = NaiveDate::parse_from_str(&text, "%d-%m-%Y")
            .ok()
            .filter(|_| text.len() == 10);
        if date.is_none() {
            self.flaw(column, format!("is `{text}`: not a date such as 31-08-2025"));
        }
        date
    }

    /// Codes whose leading zeros spreadsheets drop.
    fn digits(&mut self, column: Column, count: usize) -> String {
        let text = self.cell(column).to_owned();
        if text.is_empty() {
            return text;
        }
        if text.len() > count || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.flaw(column, format!("is `{text}`: not {count} digits"));
        }
        format!("{text:0>count$}")
    }

    /// A cell without surrounding space; empty if blank, or if the file does not have the column.
    fn cell(&self, column: Column) -> &str {
        self.header
            .place(column)
            .and_then(|place| self.record.get(place))
            .map_or("", str::trim)
    }

    fn flaw(&mut self, column: Column, problem: impl Into<String>) {
        self.flaws.push(Flaw {
            row: self.number(),
            column,
            problem: problem.into(),
        });
    }

    fn number(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }
}

fn iso(date: Option<NaiveDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

fn list(columns: &[Column]) -> String {
    columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect::<Vec<_>>()
        .join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> ImportRow {
        let rows = read(text.as_bytes()).unwrap();
        assert_eq!(rows.len(), 1);
        rows[0].clone()
    }

    fn flaws(text: &str) -> Vec<String> {
        match read(text.as_bytes()) {
            Err(Error::Flaws(flaws)) => flaws.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn columns_are_found_by_name_in_any_case_and_order() {
        let row = only(
            "establishmentname,Novel,urn,OPENDATE,Trusts (name)\n Hill School ,x,136789,01-09-2012,THE HILL TRUST \n",
        );
        assert_eq!((row.row, row.urn.as_str()), (2, "136789"));
        let details = row.details.unwrap();
        assert_eq!(
            (details.name.as_str(), details.opened_on.as_str()),
            ("Hill School", "2012-09-01")
        );
        assert_eq!((details.pupils, details.phase()), (None, Phase::Unspecified));
        assert_eq!(row.trust_name, "THE HILL TRUST");
    }

    #[test]
    fn a_file_in_latin_1_is_read() {
        let rows = read(b"URN,EstablishmentName\n136789,Caf\xe9 School\n").unwrap();
        assert_eq!(rows[0].details.as_ref().unwrap().name, "Café School");
        let rows = read("\u{feff}URN,EstablishmentName\n136789,Café School\n".as_bytes()).unwrap();
        assert_eq!(rows[0].details.as_ref().unwrap().name, "Café School");
    }

    #[test]
    fn another_file_is_told_apart() {
        match read(b"name,postcode\na,b\n") {
            Err(error @ Error::MissingColumns(_)) => {
                assert!(error.to_string().contains("\"URN\" and \"EstablishmentName\""))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_flaw_is_told_with_row_and_column() {
        let told = flaws(
            "URN,EstablishmentName,OpenDate,NumberOfPupils\n13678,A,,\n136789,,2012-09-01,many\n\n136790,B,,10\n",
        );
        assert_eq!(
            told,
            [
                "row 2: URN is `13678`: not six digits",
                "row 3: EstablishmentName is blank",
                "row 3: NumberOfPupils is `many`: not a number of pupils",
                "row 3: OpenDate is `2012-09-01`: not a date such as 31-08-2025",
            ]
        );
    }

    #[test]
    fn a_closed_school_has_a_last_day() {
        let header = "URN,EstablishmentName,EstablishmentStatus (name),CloseDate,LastChangedDate\n";
        let closed_on = |row: &str| only(&format!("{header}136789,A,{row}\n")).closed_on;
        assert_eq!(closed_on("Closed,31-08-2014,02-02-2020"), "2014-08-31");
        assert_eq!(closed_on("Closed,,02-02-2020"), "2020-02-02");
        assert_eq!(closed_on("\"Open, but proposed to close\",31-08-2030,"), "");
        assert_eq!(
            flaws(&format!("{header}136789,A,Closed,,\n")),
            ["row 2: CloseDate is blank for a closed school"]
        );
        assert!(
            read(format!("{header}136789,A,Proposed to open,,\n").as_bytes())
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn a_special_school_is_known_by_its_type() {
        let header = "URN,EstablishmentName,PhaseOfEducation (name),TypeOfEstablishment (name)\n";
        let phase = |cells: &str| only(&format!("{header}136789,A,{cells}\n")).details.unwrap().phase();
        assert_eq!(phase("Not applicable,Academy special converter"), Phase::Special);
        assert_eq!(
            phase("Not applicable,Academy alternative provision sponsor led"),
            Phase::AlternativeProvision
        );
        assert_eq!(phase("Middle deemed secondary,Academy converter"), Phase::Middle);
        assert_eq!(phase("16 plus,Further education"), Phase::SixteenPlus);
        assert_eq!(phase("All-through,"), Phase::AllThrough);
        assert_eq!(phase("Not applicable,"), Phase::Unspecified);
    }

    #[test]
    fn the_sample_downloads_are_read() {
        let trusts = read(include_bytes!("../../throughline/data/gias_trusts.csv")).unwrap();
        assert_eq!(trusts.len(), 154);
        assert!(trusts.iter().all(|row| !row.trust_name.is_empty()));
        let east_sussex = read(include_bytes!("../../throughline/data/gias_east_sussex.csv")).unwrap();
        assert_eq!(east_sussex.len(), 128);
    }
}
