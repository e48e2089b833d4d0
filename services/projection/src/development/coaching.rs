//! Coaching and capacity: partnerships, coaches and their load, people coached who now coach, and gaps in expertise.

mod expertise;
pub(crate) mod partnerships;

use std::collections::{BTreeMap, BTreeSet};

use api::{
    coaching::v1::{
        CoachingAskEvent, EnquiryEvent, PartnershipKind, coaching_ask_event as ask, enquiry_event as enquiry,
    },
    ids::{PersonId, Urn},
    projection::v1::{
        CoachLoad, CoachingReport, CoachingRow, GetCoachingReportRequest, GetCoachingReportResponse, PartnershipCount,
        PartnershipStanding, PersonRef, capacity_service_server::CapacityService,
    },
};
use identity::{Actor, Kind, Policy, Record};
use prost::DecodeError;
use service::Error;
use uuid::Uuid;

use self::partnerships::Partnership;
use super::{Ask, Ground, count, ledger::Kinds, median, needs::offers, people::People, sentences, took_part::id};
use crate::{
    compact::{self, Day},
    link_report::Scope,
    views::{Views, school},
};

crate::grpc::queries! { CapacityService:
    get_coaching_report(GetCoachingReportRequest) -> GetCoachingReportResponse;
    get_talent_report(GetTalentReportRequest) -> GetTalentReportResponse;
}

/// Kinds of event about enquiries and asks.
const OTHERS: [&str; 8] = [
    "enquiry.framed",
    "enquiry.joined",
    "enquiry.left",
    "enquiry.closed",
    "coaching_ask.opened",
    "coaching_ask.provided",
    "coaching_ask.withdrawn",
    "coaching_ask.moved",
];

/// Coaches shown one by one.
const COACHES: usize = 200;

impl Views {
    /// Shows partnerships, coaches and their load, people coached who now coach, and gaps in expertise.
    pub(crate) async fn get_coaching_report(
        &self,
        actor: &Actor,
        request: GetCoachingReportRequest,
    ) -> Result<GetCoachingReportResponse, Error> {
        let GetCoachingReportRequest {
            trust_id,
            urn,
            cycle,
            phase,
            known_at,
            at_least,
        } = request;
        let scope = Scope::parse(&trust_id, &urn, cycle, phase, "", 0)?;
        let ask = Ask::parse(scope, known_at.as_ref(), "")?;
        let kinds = Kinds::lasting(&[&partnerships::LASTING, &OTHERS, &offers::EXPERTISE, &offers::FATES]);
        let (ground, completeness) = self.ground(actor, ask, &at_least, vec![kinds]).await?;
        let people = self.roster(|register| People::of(register, ground.trust()));
        let coaching = Coaching::of(&ground).map_err(Error::internal)?;
        let policies = self.policies(&ground);
        let load_max = |urn: Option<Urn>| {
            let policy = policies.get(&urn).cloned().unwrap_or_else(Policy::national);
            i32::try_from(policy.coaching_load_max).unwrap_or(i32::MAX)
        };
        let loads = coaching.loads(&ground, &people, load_max);
        let expertise = expertise::gaps(&ground, &coaching).map_err(Error::internal)?;
        let report = CoachingReport {
            coaches: self.named_coaches(actor, &ground, &loads).await?,
            expertise,
            ..coaching.report(&ground, &loads)
        };
        Ok(GetCoachingReportResponse {
            report: Some(report),
            completeness,
        })
    }

    /// Coaches by name, as far as the reader may see somebody's coaching: dates and minutes, never content.
    async fn named_coaches(
        &self,
        actor: &Actor,
        ground: &Ground,
        loads: &BTreeMap<Uuid, CoachLoad>,
    ) -> Result<Vec<CoachLoad>, Error> {
        let record = |coach: Uuid, load: &CoachLoad| {
            Record::new(Kind::CoachingActivity, ground.trust())
                .at(school(compact::urn(&load.urn)))
                .about(PersonId(coach))
        };
        let mut shown: Vec<(Uuid, &CoachLoad)> = loads
            .iter()
            .map(|(coach, load)| (*coach, load))
            .filter(|(coach, load)| self.may_read(actor, &record(*coach, load)))
            .collect();
        shown.sort_by_key(|(coach, load)| (std::cmp::Reverse(load.open_count), *coach));
        shown.truncate(COACHES);
        let records: Vec<Record> = shown.iter().map(|(coach, load)| record(*coach, load)).collect();
        self.gate.record_reads(actor, &records).await?;
        let trust = Uuid::from(ground.trust());
        let mut tx = self.read(trust).await?;
        let names = self
            .names(&mut tx, trust, shown.iter().map(|(coach, _)| *coach))
            .await?;
        let named = |(coach, load): (Uuid, &CoachLoad)| CoachLoad {
            coach: Some(names.of(coach)),
            ..load.clone()
        };
        Ok(shown.into_iter().map(named).collect())
    }
}

/// An ask for coaching, or for watching a colleague.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Waiting {
    urn: u32,
    opened_on: Day,
    focus_areas: Vec<String>,
    provided: bool,
    withdrawn: bool,
}

/// An enquiry and who is of it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Group {
    urn: u32,
    framed_on: Day,
    closed_on: Option<Day>,
    members: BTreeMap<Uuid, (u32, Option<Day>)>,
}

/// What is known of coaching by the end of the period.
pub(crate) struct Coaching {
    pub(crate) partnerships: BTreeMap<Uuid, Partnership>,
    enquiries: BTreeMap<Uuid, Group>,
    pub(crate) asks: BTreeMap<Uuid, Waiting>,
}

impl Coaching {
    fn of(ground: &Ground) -> Result<Self, DecodeError> {
        Ok(Self {
            partnerships: partnerships::all(&ground.ledger, ground.ask.on)?,
            enquiries: enquiries(ground)?,
            asks: asks(ground)?,
        })
    }

    /// What each coach of the schools counted holds, and did in the year. Without names.
    fn loads(
        &self,
        ground: &Ground,
        people: &People,
        load_max: impl Fn(Option<Urn>) -> i32,
    ) -> BTreeMap<Uuid, CoachLoad> {
        let on = compact::date(ground.ask.on).unwrap_or(ground.ask.scope.from);
        let mut loads: BTreeMap<Uuid, CoachLoad> = BTreeMap::new();
        let mut of_coach = |coach: Uuid, change: &dyn Fn(&mut CoachLoad)| {
            let urn = people.school(coach, on);
            if ground.covers(urn) {
                let load = loads.entry(coach).or_insert_with(|| CoachLoad {
                    coach: Some(PersonRef::default()),
                    urn: compact::urn_text(urn),
                    load_max: load_max(school(urn)),
                    ..CoachLoad::default()
                });
                change(load);
            }
        };
        for partnership in self.partnerships.values() {
            for coach in partnership.coaches().filter(|_| partnership.weighs()) {
                of_coach(coach, &|load| load.open_count += 1);
            }
            for held in partnership.sessions.iter().filter(|held| ground.counts(held.on)) {
                of_coach(held.coach, &|load| {
                    load.session_count += 1;
                    load.minutes += held.minutes;
                });
            }
        }
        loads
    }

    fn report(&self, ground: &Ground, loads: &BTreeMap<Uuid, CoachLoad>) -> CoachingReport {
        let places: BTreeSet<u32> = self
            .partnerships
            .values()
            .map(|partnership| partnership.urn)
            .chain(self.enquiries.values().map(|group| group.urn))
            .chain(self.asks.values().map(|ask| ask.urn))
            .chain(loads.values().map(|load| compact::urn(&load.urn)))
            .filter(|urn| ground.covers(*urn))
            .collect();
        let mut schools: Vec<CoachingRow> = places
            .iter()
            .map(|urn| CoachingRow {
                urn: compact::urn_text(*urn),
                school_name: ground.places.name(*urn),
                ..self.row(ground, loads, |of| of == *urn)
            })
            .collect();
        schools.sort_by(|a, b| (&a.school_name, &a.urn).cmp(&(&b.school_name, &b.urn)));
        CoachingReport {
            trust_id: ground.trust().to_string(),
            trust_name: ground.places.trust_name.clone(),
            cycle: ground.ask.scope.cycle,
            total: Some(self.row(ground, loads, |urn| ground.covers(urn))),
            schools,
            definition_version: sentences::version().to_owned(),
            ..CoachingReport::default()
        }
    }

    /// One school's coaching, or that of several.
    fn row(&self, ground: &Ground, loads: &BTreeMap<Uuid, CoachLoad>, here: impl Fn(u32) -> bool) -> CoachingRow {
        let hide = ground.suppression;
        let first = compact::day_of(ground.ask.scope.from);
        let in_year: BTreeMap<Uuid, &Partnership> = self
            .partnerships
            .iter()
            .filter(|(_, partnership)| here(partnership.urn) && partnership.open_since(first))
            .map(|(id, partnership)| (*id, partnership))
            .collect();
        let held: Vec<_> = in_year
            .values()
            .flat_map(|partnership| &partnership.sessions)
            .filter(|held| ground.counts(held.on))
            .collect();
        let coached: BTreeSet<Uuid> = held.iter().map(|held| held.coached).collect();
        let agreed = || in_year.values().filter(|partnership| partnership.agreed_on.is_some());
        let coaches: BTreeSet<Uuid> = agreed().flat_map(|partnership| partnership.coaches()).collect();
        let standings: Vec<PartnershipStanding> = in_year.values().map(|partnership| partnership.standing()).collect();
        let stand =
            |wanted: PartnershipStanding| count(standings.iter().filter(|standing| **standing == wanted).count());
        let completed = stand(PartnershipStanding::Completed);
        let open: Vec<&CoachLoad> = loads
            .values()
            .filter(|load| load.open_count > 0 && here(compact::urn(&load.urn)))
            .collect();
        let at_load = count(open.iter().filter(|load| load.open_count >= load.load_max).count());
        let mut open_counts: Vec<f64> = open.iter().map(|load| f64::from(load.open_count)).collect();
        let days_to_first = |partnership: &&&Partnership| {
            let first = partnership.sessions.iter().map(|held| held.on).min()?;
            Some(f64::from(first - partnership.proposed_on))
        };
        let mut to_first: Vec<f64> = in_year
            .values()
            .filter_map(|partnership| days_to_first(&partnership))
            .collect();
        let ever_coached: BTreeMap<Uuid, (Uuid, Day)> = partnerships::first_coached(&self.partnerships)
            .into_iter()
            .filter(|(_, (partnership, _))| {
                self.partnerships
                    .get(partnership)
                    .is_some_and(|partnership| here(partnership.urn))
            })
            .collect();
        let now_coach = partnerships::now_coach(&self.partnerships, &ever_coached);
        let (enquiry_count, members) = self.enquiries_here(first, &here);
        let (provided, asked) = self.asks_here(ground, &here);
        let (coach_count, few_coaches) = hide.count(count(coaches.len()));
        let (coached_count, few_coached) = hide.count(count(coached.len()));
        let (enquiry_member_count, few_members) = hide.count(members);
        let rates = [
            hide.rate(completed, completed + stand(PartnershipStanding::EndedEarly)),
            hide.rate(at_load, count(open.len())),
            hide.rate(count(now_coach.len()), count(ever_coached.len())),
            hide.rate(provided, asked),
        ];
        let few = few_coaches || few_coached || few_members || rates.iter().any(|rate| rate.suppressed);
        let [completed, coaches_at_load, now_coach, asks_provided] = rates;
        CoachingRow {
            partnerships: kinds_and_standings(&in_year, hide),
            completed: Some(completed),
            coach_count,
            coached_count,
            median_load: median(&mut open_counts).filter(|_| !coaches_at_load.suppressed),
            coaches_at_load: Some(coaches_at_load),
            session_count: count(held.len()),
            session_minutes: held.iter().map(|held| held.minutes).sum(),
            median_days_to_first: median(&mut to_first).filter(|_| !few_coached),
            now_coach: Some(now_coach),
            enquiry_count,
            enquiry_member_count,
            asks_provided: Some(asks_provided),
            suppressed: few,
            ..CoachingRow::default()
        }
    }

    /// Enquiries open in the year, and how many people were of them.
    fn enquiries_here(&self, first: Day, here: &impl Fn(u32) -> bool) -> (i32, i32) {
        let open: Vec<&Group> = self
            .enquiries
            .values()
            .filter(|group| group.closed_on.is_none_or(|on| on >= first))
            .collect();
        let members: BTreeSet<Uuid> = open
            .iter()
            .flat_map(|group| &group.members)
            .filter(|(_, (urn, left))| here(*urn) && left.is_none_or(|on| on >= first))
            .map(|(person, _)| *person)
            .collect();
        let led_here = open.iter().filter(|group| here(group.urn)).count();
        (count(led_here), count(members.len()))
    }

    /// Asks made in the year and not withdrawn: how many were provided, of how many.
    fn asks_here(&self, ground: &Ground, here: &impl Fn(u32) -> bool) -> (i32, i32) {
        let made: Vec<&Waiting> = self
            .asks
            .values()
            .filter(|ask| here(ask.urn) && ground.counts(ask.opened_on) && !ask.withdrawn)
            .collect();
        (count(made.iter().filter(|ask| ask.provided).count()), count(made.len()))
    }
}

/// How many partnerships of each kind stand how.
fn kinds_and_standings(
    partnerships: &BTreeMap<Uuid, &Partnership>,
    hide: crate::suppression::Suppression,
) -> Vec<PartnershipCount> {
    let mut counts: BTreeMap<(PartnershipKind, PartnershipStanding), i32> = BTreeMap::new();
    for partnership in partnerships.values() {
        *counts.entry((partnership.kind, partnership.standing())).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((kind, state), counted)| {
            let (count, suppressed) = hide.count(counted);
            PartnershipCount {
                kind: kind.into(),
                state: state.into(),
                count,
                suppressed,
            }
        })
        .collect()
}

fn enquiries(ground: &Ground) -> Result<BTreeMap<Uuid, Group>, DecodeError> {
    let mut groups: BTreeMap<Uuid, Group> = BTreeMap::new();
    let by = ground.ask.on;
    ground.ledger.each(|at, EnquiryEvent { event }| {
        let day = |text: &str| compact::day(text).unwrap_or(at.on);
        match event {
            Some(enquiry::Event::Framed(framed)) => {
                let group = Group {
                    urn: compact::urn(&framed.urn),
                    framed_on: at.on,
                    ..Group::default()
                };
                groups.insert(at.stream, group);
            }
            Some(enquiry::Event::Joined(joined)) if day(&joined.on) <= by => {
                if let (Some(group), Some(person)) = (groups.get_mut(&at.stream), id(&joined.person_id)) {
                    group.framed_on = group.framed_on.min(day(&joined.on));
                    group.members.insert(person, (compact::urn(&joined.urn), None));
                }
            }
            Some(enquiry::Event::Left(left)) if day(&left.on) <= by => {
                let member = groups.get_mut(&at.stream).zip(id(&left.person_id));
                if let Some((_, left_on)) = member.and_then(|(group, person)| group.members.get_mut(&person)) {
                    *left_on = Some(day(&left.on));
                }
            }
            Some(enquiry::Event::Closed(closed)) if day(&closed.on) <= by => {
                if let Some(group) = groups.get_mut(&at.stream) {
                    group.closed_on = Some(day(&closed.on));
                }
            }
            _ => {}
        }
    })?;
    groups.retain(|_, group| group.framed_on <= by);
    Ok(groups)
}

fn asks(ground: &Ground) -> Result<BTreeMap<Uuid, Waiting>, DecodeError> {
    let mut asks: BTreeMap<Uuid, Waiting> = BTreeMap::new();
    let by = ground.ask.on;
    ground.ledger.each(|at, CoachingAskEvent { event }| {
        let day = |text: &str| compact::day(text).unwrap_or(at.on);
        match event {
            Some(ask::Event::Opened(opened)) if day(&opened.on) <= by => {
                let waiting = Waiting {
                    urn: compact::urn(&opened.urn),
                    opened_on: day(&opened.on),
                    focus_areas: opened.focus_areas,
                    ..Waiting::default()
                };
                asks.insert(at.stream, waiting);
            }
            Some(ask::Event::Provided(provided)) if day(&provided.on) <= by => {
                if let Some(ask) = asks.get_mut(&at.stream) {
                    ask.provided = true;
                }
            }
            Some(ask::Event::Withdrawn(withdrawn)) if day(&withdrawn.on) <= by => {
                if let Some(ask) = asks.get_mut(&at.stream) {
                    ask.withdrawn = true;
                }
            }
            Some(ask::Event::Moved(moved)) if day(&moved.on) <= by => {
                if let Some(ask) = asks.get_mut(&at.stream) {
                    ask.urn = compact::urn(&moved.to_urn);
                }
            }
            _ => {}
        }
    })?;
    Ok(asks)
}

#[cfg(test)]
mod tests;
