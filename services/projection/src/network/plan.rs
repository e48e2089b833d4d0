//! From frozen counts to the lines of a release: what is shown, in a fixed order, and what is withheld.
//!
//! For each step there are two plans: of places (the network, its phases, trusts and schools) and of role groups (in the
//! network and in its phases). They share the totals of network and phases, and nothing else, as [`disclosure`] asks. What
//! a step is taken of is planned first: where the number of agreed follow-ups is withheld, so is every share of them.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    common::v1::RoleGroup,
    directory::v1::Phase,
    projection::v1::{FigureMark, FigureRate, NetworkBreakdown, NetworkFigure, NetworkLine, NetworkRelease, Step},
};
use disclosure::{Leaf, Plan, Rule, Shown, Side, Symbol};
use uuid::Uuid;

use super::base::Base;
use crate::{compact, definitions::STEPS, figures};

const ROLE_GROUPS: [RoleGroup; 7] = [
    RoleGroup::Leadership,
    RoleGroup::ClassroomTeacher,
    RoleGroup::EarlyCareerTeacher,
    RoleGroup::TeachingAssistant,
    RoleGroup::OtherSupport,
    RoleGroup::Governor,
    RoleGroup::Unspecified,
];

/// A school in a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) urn: u32,
    pub(crate) trust: Uuid,
    pub(crate) phase: Phase,
    pub(crate) name: String,
    pub(crate) trust_name: String,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Network,
    Phase(Phase),
    Trust(Uuid),
    School(u32),
    RoleGroup(RoleGroup),
    PhaseAndRoleGroup(Phase, RoleGroup),
}

impl Cell {
    fn breakdown(self) -> NetworkBreakdown {
        match self {
            Self::Network => NetworkBreakdown::Network,
            Self::Phase(_) => NetworkBreakdown::Phase,
            Self::Trust(_) => NetworkBreakdown::Trust,
            Self::School(_) => NetworkBreakdown::School,
            Self::RoleGroup(_) => NetworkBreakdown::RoleGroup,
            Self::PhaseAndRoleGroup(..) => NetworkBreakdown::PhaseAndRoleGroup,
        }
    }

    /// As an earlier release shows it.
    fn of(line: &NetworkLine) -> Option<Self> {
        Some(match line.breakdown() {
            NetworkBreakdown::Network => Self::Network,
            NetworkBreakdown::Phase => Self::Phase(line.phase()),
            NetworkBreakdown::Trust => Self::Trust(line.trust_id.parse().ok()?),
            NetworkBreakdown::School => Self::School(compact::urn(&line.urn)),
            NetworkBreakdown::RoleGroup => Self::RoleGroup(line.role_group()),
            NetworkBreakdown::PhaseAndRoleGroup => Self::PhaseAndRoleGroup(line.phase(), line.role_group()),
            NetworkBreakdown::Unspecified => return None,
        })
    }

    fn role_group(self) -> Option<RoleGroup> {
        match self {
            Self::RoleGroup(group) | Self::PhaseAndRoleGroup(_, group) => Some(group),
            _ => None,
        }
    }

    /// Whether it is planned with the role groups: their cells, and the totals shared with the places.
    fn is_of_roles(self) -> bool {
        self.role_group().is_some() || matches!(self, Self::Network | Self::Phase(_))
    }

    fn is_of_places(self) -> bool {
        self.role_group().is_none()
    }

    fn covers(self, place: &Place) -> bool {
        match self {
            Self::Network | Self::RoleGroup(_) => true,
            Self::Phase(phase) | Self::PhaseAndRoleGroup(phase, _) => place.phase == phase,
            Self::Trust(trust) => place.trust == trust,
            Self::School(urn) => place.urn == urn,
        }
    }

    fn line(self, places: &[Place]) -> NetworkLine {
        let (mut line, place) = (NetworkLine::default(), places.iter().find(|place| self.covers(place)));
        line.breakdown = self.breakdown().into();
        line.role_group = self.role_group().unwrap_or_default().into();
        match self {
            Self::Phase(phase) | Self::PhaseAndRoleGroup(phase, _) => line.phase = phase.into(),
            Self::Trust(trust) => {
                line.trust_id = trust.to_string();
                line.name = place.map(|place| place.trust_name.clone()).unwrap_or_default();
            }
            Self::School(urn) => {
                line.urn = compact::urn_text(urn);
                line.trust_id = place.map(|place| place.trust.to_string()).unwrap_or_default();
                line.name = place.map(|place| place.name.clone()).unwrap_or_default();
                line.phase = place.map(|place| place.phase).unwrap_or_default().into();
            }
            Self::Network | Self::RoleGroup(_) => {}
        }
        line
    }
}

/// The cells of a release, from the whole to its parts. The order depends on names alone, never on counts.
fn cells(places: &[Place]) -> Vec<Cell> {
    let phases: BTreeSet<Phase> = places.iter().map(|place| place.phase).collect();
    let trusts: BTreeSet<Uuid> = places.iter().map(|place| place.trust).collect();
    let in_phase = |phase: Phase| ROLE_GROUPS.map(|group| Cell::PhaseAndRoleGroup(phase, group));
    let mut cells = vec![Cell::Network];
    cells.extend(phases.iter().copied().map(Cell::Phase));
    cells.extend(trusts.into_iter().map(Cell::Trust));
    cells.extend(places.iter().map(|place| Cell::School(place.urn)));
    cells.extend(ROLE_GROUPS.map(Cell::RoleGroup));
    cells.extend(phases.into_iter().flat_map(in_phase));
    cells
}

/// The trusts whose schools a release shows.
pub(crate) fn trusts(release: &NetworkRelease) -> BTreeSet<Uuid> {
    places_of(release).into_iter().map(|place| place.trust).collect()
}

/// The schools that a release was made of: each has a line, shown or not.
fn places_of(release: &NetworkRelease) -> Vec<Place> {
    let place = |line: &NetworkLine| {
        Some(Place {
            urn: compact::urn(&line.urn),
            trust: line.trust_id.parse().ok()?,
            phase: line.phase(),
            name: line.name.clone(),
            trust_name: String::new(),
        })
    };
    let schools = release
        .lines
        .iter()
        .filter(|line| line.breakdown() == NetworkBreakdown::School);
    schools.filter_map(place).collect()
}

/// A leaf of a table: a school, or one role group of it.
struct Spot {
    place: Place,
    role_group: Option<RoleGroup>,
}

/// What is known of one step at each spot.
struct Table {
    spots: Vec<Spot>,
    leaves: Vec<Leaf>,
}

impl Table {
    fn new(universe: &BTreeMap<u32, Place>, bases: &BTreeMap<Uuid, Base>, step: Step, by_role: bool) -> Self {
        let groups: &[Option<RoleGroup>] = if by_role { &ROLE_GROUPS.map(Some) } else { &[None] };
        let mut counts: BTreeMap<(u32, Option<RoleGroup>), Vec<Side>> = BTreeMap::new();
        for line in bases
            .values()
            .flat_map(|base| &base.lines)
            .filter(|line| line.step() == step)
        {
            let group = by_role.then(|| RoleGroup::try_from(line.role_group).unwrap_or_default());
            let sides = counts.entry((line.urn, group)).or_default();
            let more = line.planned();
            sides.resize(more.len(), Side::default());
            for (side, more) in sides.iter_mut().zip(more) {
                side.count += more.count;
                side.people += more.people;
            }
        }
        let width = if step == Step::Agreed { 1 } else { 3 };
        let mut table = Self {
            spots: Vec::new(),
            leaves: Vec::new(),
        };
        for place in universe.values() {
            for group in groups {
                let sides = counts.remove(&(place.urn, *group));
                table.leaves.push(Leaf {
                    known_to: vec![u64::from(place.urn), insider(place.trust)],
                    sides: sides.unwrap_or_else(|| vec![Side::default(); width]),
                });
                table.spots.push(Spot {
                    place: place.clone(),
                    role_group: *group,
                });
            }
        }
        table
    }
}

/// A number for a trust beyond those of schools, which have six digits.
fn insider(trust: Uuid) -> u64 {
    trust.as_u64_pair().0 ^ trust.as_u64_pair().1 | 1 << 63
}

/// Whether a spot counts in a cell of a network with these schools.
fn counts(spot: &Spot, cell: Cell, schools: &BTreeSet<u32>) -> bool {
    schools.contains(&spot.place.urn)
        && cell.covers(&spot.place)
        && (cell.role_group().is_none() || spot.role_group == cell.role_group())
}

/// One of the two plans of a step, over its table, with all that was released before.
struct Half<'a> {
    table: &'a Table,
    plan: Plan<'a>,
    schools: &'a BTreeSet<u32>,
}

impl<'a> Half<'a> {
    fn new(
        table: &'a Table,
        step: Step,
        prior: &[NetworkRelease],
        schools: &'a BTreeSet<u32>,
        rule: Rule,
        roles: bool,
    ) -> Self {
        let mut plan = Plan::new(&table.leaves, rule);
        for release in prior {
            let theirs: BTreeSet<u32> = places_of(release).into_iter().map(|place| place.urn).collect();
            for line in release.lines.iter().filter(|line| shows(line, step)) {
                let cell = Cell::of(line).filter(|cell| if roles { cell.is_of_roles() } else { cell.is_of_places() });
                if let Some(cell) = cell {
                    plan.already_shown(|at| counts(&table.spots[at], cell, &theirs));
                }
            }
        }
        Self { table, plan, schools }
    }

    fn offer(&mut self, cell: Cell) -> Option<Vec<Side>> {
        let (spots, schools) = (&self.table.spots, self.schools);
        match self.plan.offer(|at| counts(&spots[at], cell, schools)) {
            Shown::Counts(sides) => Some(sides),
            Shown::Withheld | Shown::Nothing => None,
        }
    }
}

/// Whether a line of an earlier release shows a step.
fn shows(line: &NetworkLine, step: Step) -> bool {
    let figure = line.figures.iter().find(|figure| figure.step() == step);
    let denominator = figure.and_then(|figure| figure.rate.as_ref()?.denominator.as_ref());
    denominator.is_some_and(|figure| figure.mark() != FigureMark::Confidential)
}

/// The lines of a release of these schools, beside those that are out already.
pub(crate) fn lines(
    places: &[Place],
    bases: &BTreeMap<Uuid, Base>,
    prior: &[NetworkRelease],
    threshold: u32,
) -> Vec<NetworkLine> {
    let schools: BTreeSet<u32> = places.iter().map(|place| place.urn).collect();
    let of_prior = prior.iter().flat_map(places_of);
    let universe: BTreeMap<u32, Place> = of_prior
        .chain(places.iter().cloned())
        .map(|place| (place.urn, place))
        .collect();
    let cells = cells(places);
    let rule = Rule::below(threshold);
    let mut lines: Vec<NetworkLine> = cells.iter().map(|cell| cell.line(places)).collect();
    let mut agreed: BTreeSet<Cell> = cells.iter().copied().collect();
    for step in STEPS {
        let (by_place, by_role) = (
            Table::new(&universe, bases, step, false),
            Table::new(&universe, bases, step, true),
        );
        let mut of_places = Half::new(&by_place, step, prior, &schools, rule, false);
        let mut of_roles = Half::new(&by_role, step, prior, &schools, rule, true);
        let mut shown: BTreeMap<Cell, Vec<Side>> = BTreeMap::new();
        for cell in &cells {
            if let Some(sides) = offer(*cell, &agreed, &shown, &mut of_places, &mut of_roles) {
                shown.insert(*cell, sides);
            }
        }
        for (line, cell) in lines.iter_mut().zip(&cells) {
            line.figures.push(NetworkFigure {
                step: step.into(),
                rate: Some(rate(shown.get(cell), step)),
            });
        }
        if step == Step::Agreed {
            agreed = shown.into_keys().collect();
        }
    }
    lines
}

/// Shows a cell where all of which it is a part is shown, and what it is taken of.
fn offer(
    cell: Cell,
    agreed: &BTreeSet<Cell>,
    shown: &BTreeMap<Cell, Vec<Side>>,
    of_places: &mut Half<'_>,
    of_roles: &mut Half<'_>,
) -> Option<Vec<Side>> {
    let whole = match cell {
        Cell::Network => None,
        Cell::PhaseAndRoleGroup(phase, _) => Some(Cell::Phase(phase)),
        _ => Some(Cell::Network),
    };
    if !agreed.contains(&cell) || whole.is_some_and(|whole| !shown.contains_key(&whole)) {
        return None;
    }
    match cell {
        // Shared by both plans.
        Cell::Network | Cell::Phase(_) => {
            let mut in_roles = of_roles.plan.clone();
            let (spots, schools) = (&of_roles.table.spots, of_roles.schools);
            let Shown::Counts(_) = in_roles.offer(|at| counts(&spots[at], cell, schools)) else {
                return None;
            };
            let sides = of_places.offer(cell)?;
            of_roles.plan = in_roles;
            Some(sides)
        }
        Cell::Trust(_) | Cell::School(_) => of_places.offer(cell),
        Cell::RoleGroup(_) | Cell::PhaseAndRoleGroup(..) => of_roles.offer(cell),
    }
}

/// A share, or that it is withheld.
fn rate(sides: Option<&Vec<Side>>, step: Step) -> FigureRate {
    let Some(sides) = sides else {
        return figures::no_rate(Symbol::Confidential);
    };
    let of = |side: usize| sides.get(side).map(|side| side.count).unwrap_or_default();
    let missed = if step == Step::Agreed { 0 } else { of(1) };
    figures::rate(of(0), of(0) + missed)
}
