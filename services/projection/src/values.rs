//! Values and practice: how far each principle of effective professional development is in line with what staff value, and
//! how far it is what actually happens; by school, by staff group, and from wave to wave.
//!
//! Only closed waves are shown, whose answers are fixed. Who answers in a wave is a table of schools and staff groups, of
//! which totals are shown; what is left out is decided for the whole table once ([`disclosure::margins`]), by the threshold
//! fixed at its closing: whoever asks with which filter sees lines of the same release.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    ids::{TrustId, Urn},
    projection::v1::{
        Absence, Figure, GetValuesReportRequest, GetValuesReportResponse, ValuesLine, ValuesPrinciple, ValuesReport,
        ValuesWave,
    },
};
use disclosure::{Rule, Side, Symbol};
use identity::Actor;
use service::{Error, Violations};
use uuid::Uuid;

use crate::{
    compact,
    documents::{
        AuditWave,
        audit_wave::{AuditGroup, AuditSums},
    },
    figures::{self, mark, number},
    shelf::{self, Wanted},
    views::Views,
};

const DEFINITION: &str = "Means of all answers of a closed wave, each score from 1 to 5: how far a principle is in line with \
     our values, and how far it is what actually happens. The gap is values less practice; a change is measured from the \
     wave before. Shown where enough people answered for nobody to be recognised.";

impl Views {
    /// Shows, by wave, the two lines of the audit for each principle.
    pub(crate) async fn get_values_report(
        &self,
        actor: &Actor,
        request: GetValuesReportRequest,
    ) -> Result<GetValuesReportResponse, Error> {
        let mut violations = Violations::new();
        let trust = violations.id::<TrustId>("trust_id", &request.trust_id);
        let urn = violations.optional_id::<Urn>("urn", &request.urn);
        let wave = violations.optional_id::<Uuid>("wave_id", &request.wave_id);
        let (trust, urn, wave) = violations.all((trust, urn, wave))?;
        self.authorise_counts(actor, trust, urn).await?;
        self.reach(&request.at_least).await?;
        let completeness = self.completeness(trust.into());
        let mut tx = self.read(trust.into()).await?;
        let waves: HashMap<Uuid, AuditWave> = shelf::of_trust(&mut tx, trust.into(), Wanted::ALL)
            .await?
            .into_iter()
            .collect();
        drop(tx);
        let mut shown: Vec<(Uuid, &AuditWave)> = waves
            .iter()
            .filter(|(id, document)| document.closed_on.is_some() && wave.is_none_or(|wanted| wanted == **id))
            .map(|(id, document)| (*id, document))
            .collect();
        shown.sort_by_key(|(id, document)| (std::cmp::Reverse(document.closed_on), *id));
        let reporting = completeness
            .iter()
            .any(|source| source.source == "evaluation" && source.reporting);
        let absence = match (shown.is_empty(), reporting) {
            (false, _) => Absence::Unspecified,
            (true, true) => Absence::NotYet,
            (true, false) => Absence::SourceNotReporting,
        };
        let report = ValuesReport {
            trust_id: trust.to_string(),
            waves: shown
                .into_iter()
                .map(|(id, document)| self.wave(id, document, &waves, urn))
                .collect(),
            absence: absence.into(),
            symbols: figures::symbols(),
            definition: DEFINITION.to_owned(),
            definition_version: figures::version_of("1", &[DEFINITION]),
        };
        Ok(GetValuesReportResponse {
            report: Some(report),
            completeness,
        })
    }

    fn wave(&self, id: Uuid, wave: &AuditWave, waves: &HashMap<Uuid, AuditWave>, urn: Option<Urn>) -> ValuesWave {
        let released = Released::of(wave);
        let before = compact::id(&wave.previous_wave_id)
            .and_then(|before| waves.get(&before))
            .filter(|before| before.closed_on.is_some())
            .map(|before| (before, Released::of(before)));
        let line = |part: Part| {
            let earlier = before
                .as_ref()
                .and_then(|(before, released)| Some((*before, released.sums(part)?)));
            let mut line = line(released.sums(part), wave, earlier);
            match part {
                Part::Whole => {}
                Part::School(urn) => {
                    line.urn = compact::urn_text(urn);
                    line.school_name = self.school_name(urn);
                }
                Part::StaffGroup(group) => line.staff_group = group,
            }
            line
        };
        let asked = |part: &Part| urn.is_none_or(|urn| *part == Part::School(urn.number()));
        let mut schools: Vec<ValuesLine> = released.schools().filter(asked).map(line).collect();
        schools.sort_by(|a, b| (&a.school_name, &a.urn).cmp(&(&b.school_name, &b.urn)));
        let groups = released.staff_groups().filter(|_| urn.is_none());
        ValuesWave {
            wave_id: id.to_string(),
            title: wave.title.clone(),
            opened_on: compact::iso(wave.opened_on),
            closed_on: compact::iso(wave.closed_on),
            threshold: wave.threshold,
            compared_with_id: compact::id_text(&wave.previous_wave_id),
            whole: Some(line(Part::Whole)),
            schools,
            staff_groups: groups.map(line).collect(),
        }
    }
}

/// A part of those who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Whole,
    School(u32),
    StaffGroup(i32),
}

impl Part {
    fn holds(self, group: &AuditGroup) -> bool {
        match self {
            Self::Whole => true,
            Self::School(urn) => group.urn == urn,
            Self::StaffGroup(of) => group.staff_group == of,
        }
    }
}

/// What may be shown of a wave: sums by part; none where they are withheld.
struct Released {
    sums: BTreeMap<Part, Option<(i32, Vec<AuditSums>)>>,
}

impl Released {
    fn of(wave: &AuditWave) -> Self {
        // In the order of the evaluation service, whose own results must withhold the same.
        let schools = &wave.urns;
        let staff_groups: BTreeSet<i32> = wave.groups.iter().map(|group| group.staff_group).collect();
        let answers = |urn: u32, staff_group: i32| {
            let found = wave
                .groups
                .iter()
                .find(|group| (group.urn, group.staff_group) == (urn, staff_group));
            let count = found.map_or(0, |group| i64::from(group.answer_count));
            Side { count, people: count }
        };
        let table: Vec<Vec<Side>> = schools
            .iter()
            .map(|urn| staff_groups.iter().map(|group| answers(*urn, *group)).collect())
            .collect();
        let margins = disclosure::margins(&table, Rule::below(u32::try_from(wave.threshold).unwrap_or(u32::MAX)));
        let mut sums = BTreeMap::new();
        let mut release = |part: Part, shown: Option<Side>| {
            let shown = shown.filter(|side| side.count > 0);
            sums.insert(part, shown.map(|_| added(wave, part)));
        };
        release(Part::Whole, margins.whole);
        for (urn, shown) in schools.iter().zip(margins.rows) {
            release(Part::School(*urn), shown);
        }
        for (group, shown) in staff_groups.iter().zip(margins.columns) {
            release(Part::StaffGroup(*group), shown);
        }
        Self { sums }
    }

    fn sums(&self, part: Part) -> Option<&(i32, Vec<AuditSums>)> {
        self.sums.get(&part)?.as_ref()
    }

    fn schools(&self) -> impl Iterator<Item = Part> {
        self.sums.keys().copied().filter(|part| matches!(part, Part::School(_)))
    }

    fn staff_groups(&self) -> impl Iterator<Item = Part> {
        self.sums
            .keys()
            .copied()
            .filter(|part| matches!(part, Part::StaffGroup(_)))
    }
}

fn added(wave: &AuditWave, part: Part) -> (i32, Vec<AuditSums>) {
    let mut answer_count = 0;
    let mut sums = vec![AuditSums::default(); wave.principles.len()];
    for group in wave.groups.iter().filter(|group| part.holds(group)) {
        answer_count += group.answer_count;
        for (sum, more) in sums.iter_mut().zip(&group.sums) {
            sum.add(more);
        }
    }
    (answer_count, sums)
}

fn line(
    sums: Option<&(i32, Vec<AuditSums>)>,
    wave: &AuditWave,
    earlier: Option<(&AuditWave, &(i32, Vec<AuditSums>))>,
) -> ValuesLine {
    let principle = |(at, code): (usize, &String)| {
        let now = sums.and_then(|(_, sums)| means(sums.get(at)?));
        let before = earlier.and_then(|(wave, (_, sums))| {
            let at = wave.principles.iter().position(|known| known == code)?;
            means(sums.get(at)?)
        });
        let figure = |of: fn((f64, f64)) -> f64| now.map_or_else(|| mark(Symbol::Confidential), |now| number(of(now)));
        let change = |of: fn((f64, f64)) -> f64| -> Figure {
            match (now, before) {
                (Some(now), Some(before)) => number(of(now) - of(before)),
                (None, _) => mark(Symbol::Confidential),
                (Some(_), None) if wave.previous_wave_id.is_empty() => mark(Symbol::NotApplicable),
                (Some(_), None) => mark(Symbol::NotAvailable),
            }
        };
        ValuesPrinciple {
            principle: code.clone(),
            values: Some(figure(|(values, _)| values)),
            practice: Some(figure(|(_, practice)| practice)),
            gap: Some(figure(|(values, practice)| values - practice)),
            values_change: Some(change(|(values, _)| values)),
            practice_change: Some(change(|(_, practice)| practice)),
            gap_change: Some(change(|(values, practice)| values - practice)),
        }
    };
    let answers = sums.map(|(answers, _)| figures::count(i64::from(*answers)));
    ValuesLine {
        answer_count: Some(answers.unwrap_or_else(|| mark(Symbol::Confidential))),
        principles: wave.principles.iter().enumerate().map(principle).collect(),
        ..ValuesLine::default()
    }
}

/// Mean of values and of practice; none if nobody answered.
fn means(sums: &AuditSums) -> Option<(f64, f64)> {
    let answers = f64::from(sums.answer_count);
    (sums.answer_count > 0).then(|| (f64::from(sums.values) / answers, f64::from(sums.practice) / answers))
}

crate::grpc::queries! { api::projection::v1::values_service_server::ValuesService:
    get_values_report(GetValuesReportRequest) -> GetValuesReportResponse;
}

#[cfg(test)]
mod tests {
    use api::common::v1::RoleGroup;

    use super::*;

    const SCHOOLS: [u32; 3] = [100_001, 100_002, 100_003];

    /// Groups of one principle: school, staff group, answers, sum of values, sum of practice.
    fn wave(threshold: i32, groups: &[(usize, RoleGroup, i32, i32, i32)]) -> AuditWave {
        let group = |(school, group, answers, values, practice): &(usize, RoleGroup, i32, i32, i32)| AuditGroup {
            urn: SCHOOLS[*school],
            staff_group: (*group).into(),
            answer_count: *answers,
            sums: vec![AuditSums {
                answer_count: *answers,
                values: *values,
                practice: *practice,
            }],
        };
        AuditWave {
            threshold,
            principles: vec!["needs".into()],
            groups: groups.iter().map(group).collect(),
            urns: SCHOOLS.to_vec(),
            closed_on: Some(1),
            ..AuditWave::default()
        }
    }

    fn shown(figure: Option<&Figure>) -> Result<f64, String> {
        let figure = figure.unwrap();
        if figure.symbol.is_empty() {
            Ok(figure.value)
        } else {
            Err(figure.symbol.clone())
        }
    }

    #[test]
    fn two_lines_and_the_gap_between_them() {
        let wave = wave(5, &[(0, RoleGroup::ClassroomTeacher, 10, 45, 30)]);
        let released = Released::of(&wave);
        let line = line(released.sums(Part::Whole), &wave, None);
        let principle = &line.principles[0];
        assert_eq!(shown(principle.values.as_ref()), Ok(4.5));
        assert_eq!(shown(principle.practice.as_ref()), Ok(3.0));
        assert_eq!(shown(principle.gap.as_ref()), Ok(1.5));
        assert_eq!(shown(principle.gap_change.as_ref()), Err("z".into()), "the first wave");
    }

    #[test]
    fn a_change_is_measured_from_the_wave_before() {
        let before = wave(5, &[(0, RoleGroup::ClassroomTeacher, 10, 40, 20)]);
        let mut now = wave(5, &[(0, RoleGroup::ClassroomTeacher, 20, 80, 60)]);
        now.previous_wave_id = vec![1; 16];
        let (of_before, of_now) = (Released::of(&before), Released::of(&now));
        let earlier = Some((&before, of_before.sums(Part::Whole).unwrap()));
        let line = line(of_now.sums(Part::Whole), &now, earlier);
        assert_eq!(shown(line.principles[0].practice_change.as_ref()), Ok(1.0));
        assert_eq!(shown(line.principles[0].gap_change.as_ref()), Ok(-1.0));
        let unknown = super::line(of_now.sums(Part::Whole), &now, None);
        assert_eq!(shown(unknown.principles[0].gap_change.as_ref()), Err("x".into()));
    }

    #[test]
    fn a_small_school_takes_another_with_it() {
        let teacher = RoleGroup::ClassroomTeacher;
        let wave = wave(
            5,
            &[
                (0, teacher, 20, 80, 60),
                (1, teacher, 3, 15, 3),
                (2, teacher, 9, 36, 27),
            ],
        );
        let released = Released::of(&wave);
        assert!(released.sums(Part::Whole).is_some());
        assert!(released.sums(Part::School(SCHOOLS[1])).is_none());
        let hidden = released.schools().filter(|part| released.sums(*part).is_none()).count();
        assert!(hidden >= 2, "one alone would follow from the whole");
        let line = line(None, &wave, None);
        assert_eq!(shown(line.answer_count.as_ref()), Err("c".into()));
        assert_eq!(shown(line.principles[0].values.as_ref()), Err("c".into()));
    }

    #[test]
    fn nobody_answered() {
        let wave = wave(5, &[]);
        assert!(Released::of(&wave).sums(Part::Whole).is_none());
    }
}
