//! A design profile, drawn: what can be said of how an activity is built.
//!
//! Two drawings, so that both can be read on a phone: the six marks (yes, partly, no), and the fourteen mechanisms in
//! their four groups. A mark says what it says by its shape and in words, never by colour alone.

use api::{
    catalogue::v1::{Design, DesignProfile},
    directory::v1::ReferenceItem,
};
use askama::{Template, filters::HtmlSafe};

use crate::figures::{Cell, Column, Table};

/// Widest line of a label, in letters.
const LETTERS: usize = 40;
/// Heights in units of the drawing.
const LINE: usize = 18;
const GAP: usize = 8;
const TOP: usize = 20;

/// How far something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Yes,
    Partly,
    No,
}

impl Mark {
    fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::No => "no",
        }
    }
}

/// Lines with marks, some under headings.
#[derive(Template)]
#[template(path = "catalogue/design.svg")]
pub(crate) struct Drawing {
    /// Unique on the page.
    id: &'static str,
    title: &'static str,
    description: String,
    height: usize,
    headings: Vec<Heading>,
    rows: Vec<Row>,
    table: Table,
}

impl HtmlSafe for Drawing {}

struct Heading {
    y: usize,
    text: String,
}

struct Row {
    y: usize,
    mark: Mark,
    /// The label, in lines.
    lines: Vec<Line>,
    answer: String,
}

struct Line {
    y: usize,
    text: String,
}

impl Drawing {
    /// The same as a table.
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    /// The six marks of a design that is likely to change practice.
    pub(crate) fn marks(design: &Design, profile: &DesignProfile) -> Self {
        let weeks = match design.weeks {
            1 => "one week".to_owned(),
            weeks => format!("{weeks} weeks"),
        };
        let sustained = match (profile.sustained, design.weeks > 0) {
            (true, _) => (Mark::Yes, weeks),
            (false, true) => (Mark::Partly, weeks),
            (false, false) => (Mark::No, "one occasion".into()),
        };
        let percent = format!("{} %", profile.classroom_percent);
        let classrooms = match (profile.half_in_classrooms, profile.classroom_percent > 0) {
            (true, _) => (Mark::Yes, percent),
            (false, true) => (Mark::Partly, percent),
            (false, false) => (Mark::No, "no".into()),
        };
        let plain = |yes| (Mark::of(yes), Mark::of(yes).word().to_owned());
        let marks = [
            ("Goes on for at least half a term", sustained),
            ("At least half of the time in classrooms", classrooms),
            ("Done with at least one colleague", plain(profile.with_colleague)),
            ("A specialist contributes", plain(profile.specialist_input)),
            ("What follows it is planned", plain(profile.follow_up_planned)),
            ("Its evaluation is planned", plain(profile.evaluation_planned)),
        ];
        let mut table = Table::new(
            "design-marks",
            "Six marks of its design",
            [
                Column::text("mark", "Mark"),
                Column::text("holds", "Holds"),
                Column::text("value", "As stated"),
            ],
        );
        let holds = |mark: Mark| marks.iter().filter(|(_, (one, _))| *one == mark).count();
        let description = format!(
            "{} of six hold, {} partly, {} not.",
            holds(Mark::Yes),
            holds(Mark::Partly),
            holds(Mark::No)
        );
        let mut sheet = Sheet::default();
        for (label, (mark, answer)) in &marks {
            table.push([Cell::text(*label), Cell::text(mark.word()), Cell::text(answer)]);
            sheet.row(label, *mark, answer);
        }
        sheet.draw("design-marks-drawing", "Six marks of its design", description, table)
    }

    /// The mechanisms that it uses, in their groups.
    pub(crate) fn mechanisms(profile: &DesignProfile, all: &[ReferenceItem]) -> Self {
        let mut table = Table::new(
            "design-mechanisms",
            "Mechanisms by group",
            [
                Column::text("mechanism", "Mechanism"),
                Column::text("group", "Group"),
                Column::text("used", "Used"),
            ],
        );
        let mut sheet = Sheet::default();
        let mut shares = Vec::new();
        for group in &profile.mechanism_groups {
            sheet.heading(format!(
                "{} ({} of {})",
                group.group,
                group.used.len(),
                group.mechanism_count
            ));
            shares.push(format!(
                "{} {} of {}",
                group.group,
                group.used.len(),
                group.mechanism_count
            ));
            for item in all.iter().filter(|item| item.group == group.group) {
                let mark = Mark::of(group.used.contains(&item.code));
                let answer = if mark == Mark::Yes { "used" } else { "" };
                sheet.row(&item.label, mark, answer);
                table.push([
                    Cell::text(&item.label),
                    Cell::text(&group.group),
                    Cell::text(mark.word()),
                ]);
            }
        }
        let description = format!(
            "{} mechanisms are used: {}.",
            profile.mechanism_count,
            shares.join(", ")
        );
        sheet.draw(
            "design-mechanisms-drawing",
            "Mechanisms that it uses",
            description,
            table,
        )
    }
}

/// Where the next line goes.
#[derive(Default)]
struct Sheet {
    y: usize,
    headings: Vec<Heading>,
    rows: Vec<Row>,
}

impl Sheet {
    fn heading(&mut self, text: String) {
        let y = self.y + TOP;
        self.headings.push(Heading { y, text });
        self.y = y + GAP;
    }

    fn row(&mut self, label: &str, mark: Mark, answer: &str) {
        let first = self.y + TOP;
        let lines: Vec<Line> = wrapped(label)
            .into_iter()
            .enumerate()
            .map(|(index, text)| Line {
                y: first + index * LINE,
                text,
            })
            .collect();
        self.y = first + lines.len().saturating_sub(1) * LINE + GAP;
        self.rows.push(Row {
            y: first,
            mark,
            lines,
            answer: answer.to_owned(),
        });
    }

    fn draw(self, id: &'static str, title: &'static str, description: String, table: Table) -> Drawing {
        Drawing {
            id,
            title,
            description,
            height: self.y + GAP,
            headings: self.headings,
            rows: self.rows,
            table,
        }
    }
}

/// A label in lines that fit, broken between words.
fn wrapped(label: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in label.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LETTERS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use api::catalogue::v1::MechanismGroup;

    use super::*;

    fn profile() -> DesignProfile {
        DesignProfile {
            sustained: false,
            classroom_percent: 30,
            with_colleague: true,
            mechanism_count: 1,
            mechanism_groups: vec![MechanismGroup {
                group: "Build knowledge".into(),
                used: vec!["one".into()],
                mechanism_count: 2,
            }],
            ..DesignProfile::default()
        }
    }

    fn item(code: &str, label: &str) -> ReferenceItem {
        ReferenceItem {
            code: code.into(),
            label: label.into(),
            group: "Build knowledge".into(),
            ..ReferenceItem::default()
        }
    }

    #[test]
    fn what_is_short_of_a_mark_is_partly_so() {
        let design = Design {
            weeks: 3,
            ..Design::default()
        };
        let drawing = Drawing::marks(&design, &profile());
        let marks: Vec<Mark> = drawing.rows.iter().map(|row| row.mark).collect();
        assert_eq!(
            marks,
            [Mark::Partly, Mark::Partly, Mark::Yes, Mark::No, Mark::No, Mark::No]
        );
        assert_eq!(drawing.description, "1 of six hold, 2 partly, 3 not.");
        assert_eq!(drawing.table.rows.len(), 6);
    }

    #[test]
    fn a_single_occasion_is_said_to_be_one() {
        let drawing = Drawing::marks(&Design::default(), &profile());
        assert_eq!(drawing.rows[0].mark, Mark::No);
        assert_eq!(drawing.rows[0].answer, "one occasion");
    }

    #[test]
    fn mechanisms_stand_under_their_group_and_nothing_overlaps() {
        let long = "Providing affirmation and reinforcement after progress";
        let all = [item("one", long), item("two", "Short")];
        let drawing = Drawing::mechanisms(&profile(), &all);
        assert_eq!(drawing.headings[0].text, "Build knowledge (1 of 2)");
        assert_eq!(drawing.rows[0].lines.len(), 2);
        assert!(drawing.rows[1].y > drawing.rows[0].lines[1].y);
        assert!(drawing.height > drawing.rows[1].y);
        let svg = drawing.render().unwrap();
        assert!(svg.contains("role=\"img\"") && svg.contains("aria-labelledby"));
        assert!(!svg.contains("style="));
    }
}
