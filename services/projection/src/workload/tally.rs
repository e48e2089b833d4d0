//! Entries by school and role group, and which of the counts may be shown.

use std::collections::{BTreeMap, BTreeSet};

use api::projection::v1::{EntryKind, WorkloadLine, WorkloadProcess};
use disclosure::{Margins, Rule, Side, Symbol, margins};
use uuid::Uuid;

use super::{Spot, counts::Count, kinds};
use crate::figures::{self, mark};

/// A part of the staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// 0 for the central team.
    School(u32),
    RoleGroup(i32),
}

/// What is counted of each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Measure {
    Staff,
    Anything,
    Typed,
    Forms,
    Meetings,
}

const MEASURES: [Measure; 5] = [
    Measure::Staff,
    Measure::Anything,
    Measure::Typed,
    Measure::Forms,
    Measure::Meetings,
];

/// One kind of event, by what it asked.
type Process = (EntryKind, String, String);

/// Counts of a trust's year.
#[derive(Default)]
pub(crate) struct Tally {
    /// Entries, and who made them.
    cells: BTreeMap<(Measure, u32, i32), (i64, BTreeSet<Uuid>)>,
    staff: BTreeMap<(u32, i32), i64>,
    processes: BTreeMap<Process, (i64, BTreeSet<Uuid>)>,
}

impl Tally {
    /// Somebody works there.
    pub(crate) fn take_staff(&mut self, spot: Spot) {
        *self.staff.entry((spot.urn, spot.role_group.into())).or_default() += 1;
    }

    /// Somebody there, or the product itself, recorded events of a kind.
    pub(crate) fn take(&mut self, actor: Uuid, spot: Spot, entry: EntryKind, count: &Count) {
        let process = (entry, count.source.clone(), count.kind.clone());
        let (events, people) = self.processes.entry(process).or_default();
        *events += count.event_count;
        people.insert(actor);
        let measure = match entry {
            EntryKind::Typed => Measure::Typed,
            EntryKind::Form => Measure::Forms,
            EntryKind::Meeting => Measure::Meetings,
            EntryKind::Saved | EntryKind::Imported | EntryKind::Unspecified => return,
        };
        for measure in [Measure::Anything, measure] {
            let (entries, people) = self
                .cells
                .entry((measure, spot.urn, spot.role_group.into()))
                .or_default();
            *entries += count.event_count;
            people.insert(actor);
        }
    }

    /// What may be shown by school and by role group.
    pub(crate) fn release(&self, rule: Rule) -> Released {
        let of_cells = self.cells.keys().map(|(_, urn, group)| (*urn, *group));
        let spots: BTreeSet<(u32, i32)> = of_cells.chain(self.staff.keys().copied()).collect();
        let schools: BTreeSet<u32> = spots.iter().map(|(urn, _)| *urn).collect();
        let groups: BTreeSet<i32> = spots.iter().map(|(_, group)| *group).collect();
        let side = |measure: Measure, urn: u32, group: i32| {
            if measure == Measure::Staff {
                let people = self.staff.get(&(urn, group)).copied().unwrap_or_default();
                return Side { count: people, people };
            }
            let cell = self.cells.get(&(measure, urn, group));
            cell.map_or_else(Side::default, |(count, people)| Side {
                count: *count,
                people: i64::try_from(people.len()).unwrap_or(i64::MAX),
            })
        };
        let plan = |measure: Measure| {
            let row = |urn: &u32| groups.iter().map(|group| side(measure, *urn, *group)).collect();
            let table: Vec<Vec<Side>> = schools.iter().map(row).collect();
            (measure, margins(&table, rule))
        };
        let margins = MEASURES.into_iter().map(plan).collect();
        Released {
            schools: schools.into_iter().collect(),
            groups: groups.into_iter().collect(),
            margins,
        }
    }

    /// Each kind of event, most frequent first. What few people did is withheld; and so is as much more of the same entry as
    /// is needed for the rest not to be about few people either.
    pub(crate) fn processes(&self, rule: Rule) -> Vec<WorkloadProcess> {
        let mut shown = Vec::new();
        for entry in [
            EntryKind::Typed,
            EntryKind::Form,
            EntryKind::Meeting,
            EntryKind::Saved,
            EntryKind::Imported,
        ] {
            let mut of_entry: Vec<(&Process, &(i64, BTreeSet<Uuid>))> =
                self.processes.iter().filter(|((of, ..), _)| *of == entry).collect();
            // The product's own entries are about those whose they would have been: as many at most.
            let by_people = !matches!(entry, EntryKind::Saved | EntryKind::Imported);
            let weight = |(count, people): &(i64, BTreeSet<Uuid>)| {
                if by_people {
                    i64::try_from(people.len()).unwrap_or(i64::MAX)
                } else {
                    *count
                }
            };
            of_entry.sort_by_key(|(process, counted)| (weight(counted), *process));
            let withheld = withheld(
                &of_entry.iter().map(|(_, counted)| *counted).collect::<Vec<_>>(),
                weight,
                by_people,
                rule,
            );
            for (at, ((entry, source, kind), (count, _))) in of_entry.into_iter().enumerate() {
                shown.push((
                    *count,
                    WorkloadProcess {
                        source: source.clone(),
                        kind: kind.clone(),
                        entry: (*entry).into(),
                        event_count: Some(if at < withheld {
                            mark(Symbol::Confidential)
                        } else {
                            figures::count(*count)
                        }),
                        saved_by: match entry {
                            EntryKind::Saved => kinds::saved_by(kind).unwrap_or_default().to_owned(),
                            _ => String::new(),
                        },
                    },
                ));
            }
        }
        // Those withheld come last, by name: their order would tell of their counts.
        let hidden = |process: &WorkloadProcess| {
            process
                .event_count
                .as_ref()
                .is_some_and(|count| !count.symbol.is_empty())
        };
        shown.sort_by(|(count, a), (other, b)| {
            let key = |count: &i64, process: &WorkloadProcess| if hidden(process) { 0 } else { -count };
            (hidden(a), key(count, a), &a.kind).cmp(&(hidden(b), key(other, b), &b.kind))
        });
        shown.into_iter().map(|(_, process)| process).collect()
    }
}

/// How many of these, from the fewest on, are withheld.
fn withheld(
    counted: &[&(i64, BTreeSet<Uuid>)],
    weight: impl Fn(&(i64, BTreeSet<Uuid>)) -> i64,
    by_people: bool,
    rule: Rule,
) -> usize {
    let mut withheld = counted.iter().take_while(|of| weight(of) < rule.threshold()).count();
    if withheld == 0 {
        return 0;
    }
    let together = |withheld: usize| -> i64 {
        let of = counted.iter().take(withheld);
        if by_people {
            let people: BTreeSet<Uuid> = of.flat_map(|(_, people)| people.iter().copied()).collect();
            i64::try_from(people.len()).unwrap_or(i64::MAX)
        } else {
            of.map(|(count, _)| count).sum()
        }
    };
    while withheld < counted.len() && (withheld < 2 || together(withheld) < rule.threshold()) {
        withheld += 1;
    }
    withheld
}

/// What may be shown.
pub(crate) struct Released {
    schools: Vec<u32>,
    groups: Vec<i32>,
    margins: BTreeMap<Measure, Margins>,
}

impl Released {
    /// Each school where somebody works or entered anything.
    pub(crate) fn schools(&self) -> impl Iterator<Item = Part> {
        self.schools.iter().copied().map(Part::School)
    }

    /// Each role group.
    pub(crate) fn role_groups(&self) -> impl Iterator<Item = Part> {
        self.groups.iter().copied().map(Part::RoleGroup)
    }

    /// The counts of a part.
    pub(crate) fn line(&self, part: Part) -> WorkloadLine {
        let count = |measure| {
            let side = self.side(measure, part);
            side.map_or_else(|| mark(Symbol::Confidential), |side| figures::count(side.count))
        };
        let people = self.side(Measure::Anything, part);
        // Of numbers that are shown, and of nothing else.
        let entries = [Measure::Typed, Measure::Forms, Measure::Meetings].map(|measure| self.side(measure, part));
        let entries: Option<i64> = entries.into_iter().map(|side| Some(side?.count)).sum();
        let per_person = match (entries, self.side(Measure::Staff, part)) {
            (Some(entries), Some(staff)) => figures::quotient(figures::to_f64(entries), figures::to_f64(staff.count)),
            _ => mark(Symbol::Confidential),
        };
        WorkloadLine {
            people_count: Some(people.map_or_else(|| mark(Symbol::Confidential), |side| figures::count(side.people))),
            staff_count: Some(count(Measure::Staff)),
            typed_count: Some(count(Measure::Typed)),
            form_count: Some(count(Measure::Forms)),
            meeting_count: Some(count(Measure::Meetings)),
            entries_per_person: Some(per_person),
            ..part.labelled()
        }
    }

    fn side(&self, measure: Measure, part: Part) -> Option<Side> {
        let margins = self.margins.get(&measure)?;
        match part {
            Part::Whole => margins.whole,
            Part::School(urn) => margins.rows[self.schools.iter().position(|known| *known == urn)?],
            Part::RoleGroup(group) => margins.columns[self.groups.iter().position(|known| *known == group)?],
        }
    }
}

#[cfg(test)]
mod tests {
    use api::common::v1::RoleGroup;

    use super::*;

    const SMALL: u32 = 100_001;
    const LARGE: u32 = 100_002;
    const OTHER: u32 = 100_003;

    fn teacher(urn: u32) -> Spot {
        Spot {
            urn,
            role_group: RoleGroup::ClassroomTeacher,
        }
    }

    fn count(kind: &str, event_count: i64) -> Count {
        Count {
            source: "observations".into(),
            kind: kind.into(),
            event_count,
        }
    }

    /// So many people at a school, each with two forms.
    fn forms(tally: &mut Tally, urn: u32, people: u128) {
        for person in 0..people {
            tally.take_staff(teacher(urn));
            let actor = Uuid::from_u128(u128::from(urn) << 32 | person);
            tally.take(actor, teacher(urn), EntryKind::Form, &count("observation.conducted", 2));
        }
    }

    fn value(figure: Option<api::projection::v1::Figure>) -> Result<f64, String> {
        let figure = figure.unwrap();
        if figure.symbol.is_empty() {
            Ok(figure.value)
        } else {
            Err(figure.symbol)
        }
    }

    #[test]
    fn entries_are_added_up_and_shared_out() {
        let mut tally = Tally::default();
        forms(&mut tally, LARGE, 8);
        tally.take_staff(teacher(LARGE));
        tally.take_staff(teacher(LARGE));
        let line = tally.release(Rule::below(5)).line(Part::Whole);
        assert_eq!(value(line.form_count), Ok(16.0));
        assert_eq!(value(line.people_count), Ok(8.0));
        assert_eq!(value(line.entries_per_person), Ok(1.6));
        assert_eq!(
            value(line.typed_count),
            Ok(0.0),
            "nobody typed anything in the whole trust"
        );
    }

    #[test]
    fn what_few_people_did_is_withheld_from_everybody() {
        let mut tally = Tally::default();
        forms(&mut tally, SMALL, 2);
        forms(&mut tally, LARGE, 8);
        forms(&mut tally, OTHER, 8);
        let released = tally.release(Rule::below(5));
        assert_eq!(value(released.line(Part::Whole).form_count), Ok(36.0));
        assert_eq!(value(released.line(Part::School(SMALL)).form_count), Err("c".into()));
        let hidden = released
            .schools()
            .filter(|part| value(released.line(*part).form_count).is_err())
            .count();
        assert!(hidden >= 2);
    }

    #[test]
    fn a_process_of_few_people_takes_another_with_it() {
        let mut tally = Tally::default();
        for person in 0..9 {
            let actor = Uuid::from_u128(person);
            tally.take(actor, teacher(LARGE), EntryKind::Form, &count("appraisal.concluded", 1));
            if person < 6 {
                tally.take(actor, teacher(LARGE), EntryKind::Form, &count("feedback.given", 1));
            }
        }
        tally.take(
            Uuid::from_u128(1),
            teacher(LARGE),
            EntryKind::Form,
            &count("provider.reviewed", 1),
        );
        let shown: Vec<_> = tally
            .processes(Rule::below(5))
            .into_iter()
            .map(|process| (process.kind, value(process.event_count).ok()))
            .collect();
        assert_eq!(
            shown,
            [
                ("appraisal.concluded".into(), Some(9.0)),
                ("feedback.given".into(), None),
                ("provider.reviewed".into(), None)
            ]
        );
    }

    #[test]
    fn what_was_saved_says_why() {
        let mut tally = Tally::default();
        let system = Uuid::from_u128(99);
        tally.take(
            system,
            Spot::default(),
            EntryKind::Saved,
            &count("learning_record.hours_credited", 40),
        );
        let process = tally.processes(Rule::below(5)).remove(0);
        assert_eq!(process.saved_by, "Attendance was recorded once.");
        assert_eq!(value(process.event_count), Ok(40.0));
        assert_eq!(
            value(tally.release(Rule::below(5)).line(Part::Whole).typed_count),
            Err("c".into()),
            "nobody works there"
        );
    }
}
