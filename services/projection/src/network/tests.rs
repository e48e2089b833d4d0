//! What a release shows, and what follows from it.

use std::collections::BTreeMap;

use api::{
    common::v1::{Purpose, RoleGroup},
    directory::v1::Phase,
    projection::v1::{FigureMark, FigureRate, NetworkBreakdown, NetworkLine, NetworkRelease, Step, ThreadState},
};
use disclosure::Symbol;
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    Cohort,
    base::{Adding, Base, Count, Line},
    plan::{self, Place},
};
use crate::{
    definitions::{Facts, Ground, Reporting, STEPS},
    documents::FollowUp,
    rows::Thread,
};

const TEACHERS: RoleGroup = RoleGroup::ClassroomTeacher;
const ASSISTANTS: RoleGroup = RoleGroup::TeachingAssistant;
const THRESHOLD: u32 = 10;

fn trust(number: u32) -> Uuid {
    Uuid::from_u128(0x100 + u128::from(number))
}

fn place(urn: u32, of_trust: u32, phase: Phase) -> Place {
    Place {
        urn,
        trust: trust(of_trust),
        phase,
        name: format!("School {urn}"),
        trust_name: format!("Trust {of_trust}"),
    }
}

/// Follow-ups of a role group at a school, each of somebody else, and how many of them reached every step.
fn counted(urn: u32, group: RoleGroup, agreed: i64, reached: i64) -> Vec<Line> {
    let count = |count: i64| Count { count, people: count };
    let line = |step: Step| {
        let reached = if step == Step::Agreed { agreed } else { reached };
        Line {
            urn,
            role_group: group.into(),
            step: step.into(),
            sides: vec![count(reached), count(agreed - reached), count(0)],
        }
    };
    STEPS.into_iter().map(line).collect()
}

fn bases(lines: impl IntoIterator<Item = (u32, Vec<Line>)>) -> BTreeMap<Uuid, Base> {
    let mut bases: BTreeMap<Uuid, Base> = BTreeMap::new();
    for (of_trust, lines) in lines {
        bases.entry(trust(of_trust)).or_default().lines.extend(lines);
    }
    bases
}

fn rate(lines: &[NetworkLine], step: Step, of: impl Fn(&NetworkLine) -> bool) -> FigureRate {
    let line = lines.iter().find(|line| of(line)).unwrap();
    let figure = line.figures.iter().find(|figure| figure.step() == step).unwrap();
    figure.rate.clone().unwrap()
}

fn numbers(rate: &FigureRate) -> Option<(f64, f64)> {
    let (numerator, denominator) = (rate.numerator.as_ref().unwrap(), rate.denominator.as_ref().unwrap());
    let is_number = |figure: &api::projection::v1::Figure| figure.mark() == FigureMark::Unspecified;
    assert_eq!(is_number(numerator), is_number(denominator), "withheld together");
    is_number(numerator).then_some((numerator.value, denominator.value))
}

fn whole(line: &NetworkLine) -> bool {
    line.breakdown() == NetworkBreakdown::Network
}

fn school(urn: u32) -> impl Fn(&NetworkLine) -> bool {
    move |line| line.breakdown() == NetworkBreakdown::School && line.urn == urn.to_string()
}

fn group(group: RoleGroup) -> impl Fn(&NetworkLine) -> bool {
    move |line| line.breakdown() == NetworkBreakdown::RoleGroup && line.role_group() == group
}

/// Three trusts with two schools each; the second school is small.
fn six_schools() -> (Vec<Place>, BTreeMap<Uuid, Base>) {
    let places = vec![
        place(100_001, 1, Phase::Primary),
        place(100_002, 1, Phase::Primary),
        place(100_003, 2, Phase::Primary),
        place(100_004, 2, Phase::Secondary),
        place(100_005, 3, Phase::Secondary),
        place(100_006, 3, Phase::Secondary),
    ];
    let agreed = [40, 4, 40, 40, 40, 40];
    let lines = places.iter().zip(agreed).map(|(place, agreed)| {
        let number = u32::try_from(place.trust.as_u128() - 0x100).unwrap();
        (number, counted(place.urn, TEACHERS, agreed, agreed / 2))
    });
    let bases = bases(lines.collect::<Vec<_>>());
    (places, bases)
}

fn released(lines: Vec<NetworkLine>) -> NetworkRelease {
    NetworkRelease {
        lines,
        ..NetworkRelease::default()
    }
}

#[test]
fn the_whole_is_shown_and_a_small_school_is_not() {
    let (places, bases) = six_schools();
    let lines = plan::lines(&places, &bases, &[], THRESHOLD);
    assert_eq!(numbers(&rate(&lines, Step::Agreed, whole)), Some((204.0, 204.0)));
    assert_eq!(numbers(&rate(&lines, Step::Revisited, whole)), Some((102.0, 204.0)));
    let small = rate(&lines, Step::Agreed, school(100_002));
    assert_eq!(numbers(&small), None);
    assert_eq!(small.numerator.unwrap().symbol, Symbol::Confidential.code());
    let hidden = lines
        .iter()
        .filter(|line| line.breakdown() == NetworkBreakdown::School)
        .filter(|line| numbers(&rate(&lines, Step::Agreed, school(line.urn.parse().unwrap()))).is_none())
        .count();
    assert!(hidden >= 2, "one alone would follow from the rest");
    assert_eq!(
        numbers(&rate(&lines, Step::Agreed, school(100_006))),
        Some((40.0, 40.0))
    );
}

#[test]
fn a_share_is_withheld_where_what_it_is_taken_of_is() {
    let (places, bases) = six_schools();
    let lines = plan::lines(&places, &bases, &[], THRESHOLD);
    for line in &lines {
        let of = |step| {
            let figure = line.figures.iter().find(|figure| figure.step() == step).unwrap();
            numbers(figure.rate.as_ref().unwrap())
        };
        assert!(
            of(Step::Agreed).is_some() || STEPS.into_iter().all(|step| of(step).is_none()),
            "{line:?}"
        );
    }
}

#[test]
fn few_who_did_not_are_few() {
    let places = vec![place(100_001, 1, Phase::Primary), place(100_002, 2, Phase::Primary)];
    let bases = bases([
        (1, counted(100_001, TEACHERS, 40, 37)),
        (2, counted(100_002, TEACHERS, 40, 38)),
    ]);
    let lines = plan::lines(&places, &bases, &[], THRESHOLD);
    assert_eq!(numbers(&rate(&lines, Step::Agreed, whole)), Some((80.0, 80.0)));
    assert_eq!(numbers(&rate(&lines, Step::Revisited, whole)), None);
}

#[test]
fn role_groups_are_planned_with_the_same_care() {
    let places = vec![place(100_001, 1, Phase::Primary), place(100_002, 2, Phase::Secondary)];
    let bases = bases([
        (
            1,
            [counted(100_001, TEACHERS, 40, 20), counted(100_001, ASSISTANTS, 3, 1)].concat(),
        ),
        (
            2,
            [counted(100_002, TEACHERS, 40, 20), counted(100_002, ASSISTANTS, 30, 15)].concat(),
        ),
    ]);
    let lines = plan::lines(&places, &bases, &[], THRESHOLD);
    assert_eq!(numbers(&rate(&lines, Step::Agreed, whole)), Some((113.0, 113.0)));
    let in_phase = |phase: Phase, group: RoleGroup| {
        move |line: &NetworkLine| {
            line.breakdown() == NetworkBreakdown::PhaseAndRoleGroup
                && line.phase() == phase
                && line.role_group() == group
        }
    };
    assert_eq!(
        numbers(&rate(&lines, Step::Agreed, in_phase(Phase::Primary, ASSISTANTS))),
        None
    );
    assert_eq!(
        numbers(&rate(&lines, Step::Agreed, group(RoleGroup::Governor))),
        None,
        "nought is not told from few"
    );
}

#[test]
fn a_school_that_joins_another_network_cannot_be_had_by_subtraction() {
    let (places, bases) = six_schools();
    let without_small: Vec<Place> = places.iter().filter(|place| place.urn != 100_002).cloned().collect();
    let first = plan::lines(&without_small, &bases, &[], THRESHOLD);
    assert_eq!(numbers(&rate(&first, Step::Agreed, whole)), Some((200.0, 200.0)));
    let second = plan::lines(&places, &bases, &[released(first)], THRESHOLD);
    assert_eq!(numbers(&rate(&second, Step::Agreed, whole)), None);
    // Nor one that knows its own counts of the two by which they differ.
    let half: Vec<Place> = places[2..].to_vec();
    let first = plan::lines(&half, &bases, &[], THRESHOLD);
    let second = plan::lines(&places, &bases, &[released(first)], THRESHOLD);
    assert_eq!(numbers(&rate(&second, Step::Agreed, whole)), None);
}

#[test]
fn nothing_is_shown_of_a_small_network() {
    let places = vec![place(100_001, 1, Phase::Primary)];
    let bases = bases([(1, counted(100_001, TEACHERS, 9, 0))]);
    let lines = plan::lines(&places, &bases, &[], THRESHOLD);
    let shown = lines.iter().flat_map(|line| &line.figures);
    assert!(
        shown
            .into_iter()
            .all(|figure| numbers(figure.rate.as_ref().unwrap()).is_none())
    );
}

#[test]
fn each_follow_up_falls_in_one_release() {
    let cohorts = Cohort::of_cycle(2025);
    assert_eq!(cohorts.len(), 6);
    assert_eq!(cohorts[0].from.to_string(), "2025-09-01");
    assert_eq!(cohorts[0].until.to_string(), "2025-10-31");
    assert_eq!(cohorts[0].settled_on.to_string(), "2025-12-31");
    assert_eq!(cohorts[5].until.to_string(), "2026-08-31");
    assert_eq!(cohorts[5].settled_on.to_string(), "2026-10-31");
    for (one, next) in cohorts.iter().zip(&cohorts[1..]) {
        assert_eq!(one.until.succ_opt(), Some(next.from));
    }
}

#[test]
fn somebody_with_many_follow_ups_is_one_person() {
    let ground = Ground {
        on: 800_000,
        reaches: &|_| false,
        review_days: &[],
        owner_left: false,
        reporting: Reporting::ALL,
    };
    let follow_up = FollowUp {
        agreed_on: Some(739_500),
        person_id: vec![7; 16],
        ..FollowUp::default()
    };
    let thread = Thread {
        follow_up,
        ..Thread::default()
    };
    let mut facts = Facts::of(&thread).unwrap();
    facts.role_group = TEACHERS;
    facts.purpose = Purpose::Developmental;
    let mut adding = Adding::default();
    for urn in [100_001, 100_001, 100_002] {
        adding.take(urn, &facts, &ground);
    }
    facts.state = ThreadState::Withdrawn;
    adding.take(100_003, &facts, &ground);
    let base = adding.base();
    let agreed = |urn: u32| {
        let line = base
            .lines
            .iter()
            .find(|line| line.urn == urn && line.step() == Step::Agreed);
        line.map(|line| (line.planned()[0].count, line.planned()[0].people))
    };
    assert_eq!(agreed(100_001), Some((2, 1)));
    assert_eq!(agreed(100_002), Some((1, 0)), "counted where they came first");
    assert_eq!(agreed(100_003), None, "withdrawn");
}

/// The columns of shown cells, over leaves of school and role group, by step; and whether a set of leaves follows from them
/// by adding and subtracting.
fn follows(cells: &[Vec<f64>], wanted: &[f64]) -> bool {
    let rank = |rows: Vec<Vec<f64>>| {
        let (mut rows, mut rank) = (rows, 0);
        for column in 0..wanted.len() {
            let Some(pivot) =
                (rank..rows.len()).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))
            else {
                break;
            };
            if rows[pivot][column].abs() < 1e-9 {
                continue;
            }
            rows.swap(rank, pivot);
            let (above, below) = rows.split_at_mut(rank + 1);
            let pivot = &above[rank];
            for row in below {
                let factor = row[column] / pivot[column];
                for (value, of_pivot) in row.iter_mut().zip(pivot).skip(column) {
                    *value -= factor * of_pivot;
                }
            }
            rank += 1;
        }
        rank
    };
    let with = cells.iter().cloned().chain([wanted.to_vec()]).collect();
    rank(cells.to_vec()) == rank(with)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However schools are shared out among phases, trusts and two networks: no number of a school, or of two, or of one role
    /// group of a school, follows from all that is shown if it is small.
    #[test]
    fn nothing_small_follows_from_two_releases(
        schools in prop::collection::vec((0i64..30, 0i64..30, 1u32..4, any::<bool>(), 0u8..3), 3..7),
    ) {
        let mut places = [Vec::new(), Vec::new()];
        let mut lines = Vec::new();
        let mut truth = Vec::new();
        for (urn, (teachers, assistants, of_trust, primary, network)) in (100_001u32..).zip(&schools) {
            let phase = if *primary { Phase::Primary } else { Phase::Secondary };
            let place = place(urn, *of_trust, phase);
            if *network != 1 { places[0].push(place.clone()); }
            if *network != 0 { places[1].push(place); }
            lines.push((*of_trust, counted(urn, TEACHERS, *teachers, teachers / 2)));
            lines.push((*of_trust, counted(urn, ASSISTANTS, *assistants, assistants / 3)));
            truth.extend([*teachers, *assistants]);
        }
        let bases = bases(lines);
        let first = plan::lines(&places[0], &bases, &[], THRESHOLD);
        let second = plan::lines(&places[1], &bases, &[released(first.clone())], THRESHOLD);
        let mut cells = Vec::new();
        for (lines, places) in [(&first, &places[0]), (&second, &places[1])] {
            for line in lines {
                let figure = line.figures.iter().find(|figure| figure.step() == Step::Agreed).unwrap();
                let Some((count, _)) = numbers(figure.rate.as_ref().unwrap()) else { continue };
                let covers = |leaf: usize| {
                    let urn = 100_001 + u32::try_from(leaf / 2).unwrap();
                    let role = if leaf.is_multiple_of(2) { TEACHERS } else { ASSISTANTS };
                    places.iter().any(|place| place.urn == urn
                        && (line.phase() == Phase::Unspecified || place.phase == line.phase())
                        && (line.trust_id.is_empty() || place.trust.to_string() == line.trust_id)
                        && (line.urn.is_empty() || line.urn == urn.to_string())
                        && (line.role_group() == RoleGroup::Unspecified || line.role_group() == role))
                };
                let cell: Vec<f64> = (0..truth.len()).map(|leaf| if covers(leaf) { 1.0 } else { 0.0 }).collect();
                if line.breakdown() == NetworkBreakdown::RoleGroup || line.breakdown() == NetworkBreakdown::PhaseAndRoleGroup {
                    prop_assert!(line.role_group() != RoleGroup::Unspecified || count == 0.0);
                    if line.role_group() == RoleGroup::Unspecified { continue; }
                }
                let sum: i64 = truth.iter().zip(&cell).filter(|(_, inside)| **inside > 0.0).map(|(count, _)| count).sum();
                prop_assert_eq!(f64::from(i32::try_from(sum).unwrap()), count);
                cells.push(cell);
            }
        }
        let sets = (0..schools.len()).flat_map(|one| (one..schools.len()).map(move |other| [one, other]));
        let of_schools = sets.map(|pair| {
            (0..truth.len()).map(|leaf| if pair.contains(&(leaf / 2)) { 1.0 } else { 0.0 }).collect::<Vec<f64>>()
        });
        let of_groups = (0..truth.len()).map(|leaf| (0..truth.len()).map(|at| if at == leaf { 1.0 } else { 0.0 }).collect());
        for wanted in of_schools.chain(of_groups) {
            let count: i64 = truth.iter().zip(&wanted).filter(|(_, inside)| **inside > 0.0).map(|(count, _)| count).sum();
            if (1..i64::from(THRESHOLD)).contains(&count) {
                prop_assert!(!follows(&cells, &wanted), "{wanted:?} of {truth:?} follows from {cells:?}");
            }
        }
    }
}
