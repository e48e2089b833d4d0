//! Talent and succession: strengths seen, people coached who now lead, aims that their owners chose to share, readiness.
//!
//! What is developmental is not turned against anybody: strengths are counted over people, never told of one, and counts
//! of few are hidden from everybody. People are named only where they chose to share an aim with the reader, and then
//! only what others may know of them in any case. Journals, logs, career plans and survey answers are not even read.

mod aims;
mod strengths;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use api::{
    catalogue::v1::ActivityKind,
    coaching::v1::{CareerAim, EnquiryEvent, enquiry_event as enquiry},
    common::v1::{CareerStage, RoleGroup},
    directory::v1::Role,
    ids::PersonId,
    projection::v1::{AimCount, GetTalentReportRequest, GetTalentReportResponse, Rate, SharedAim, TalentReport},
};
use chrono::{Months, NaiveDate};
use identity::{Actor, Kind, Record, roster::Scope as Place};
use prost::DecodeError;
use service::Error;
use uuid::Uuid;

use self::aims::Shared;
use super::{
    Ask, Ground,
    coaching::partnerships::{self, Partnership},
    count,
    ledger::Kinds,
    people::People,
    sentences,
    took_part::{self, id},
};
use crate::{
    compact,
    link_report::Scope,
    suppression::Suppression,
    views::{Views, school},
};

/// Years before the one asked for in which a qualification still counts.
const YEARS: i32 = 5;

/// Aims told one by one.
const NAMED: usize = 200;

impl Views {
    /// Shows strengths seen, people coached who now lead, aims shared with the reader, and readiness for roles.
    pub(crate) async fn get_talent_report(
        &self,
        actor: &Actor,
        request: GetTalentReportRequest,
    ) -> Result<GetTalentReportResponse, Error> {
        let GetTalentReportRequest {
            trust_id,
            urn,
            cycle,
            known_at,
            at_least,
        } = request;
        let scope = Scope::parse(&trust_id, &urn, cycle, 0, "", 0)?;
        let ask = Ask::parse(scope, known_at.as_ref(), "")?;
        let since = NaiveDate::from_ymd_opt(cycle - YEARS, 9, 1).unwrap_or(ask.scope.from);
        let kinds = vec![
            Kinds::lasting(&[&aims::LASTING, &partnerships::LASTING, &["enquiry.framed"]]),
            Kinds::since(since, &[&strengths::FOLLOWED, &took_part::CREDITS]),
            Kinds::since(
                ask.scope.from - Months::new(12),
                &[&strengths::LOOKED, &took_part::MEETINGS],
            ),
        ];
        let (ground, completeness) = self.ground(actor, ask, &at_least, kinds).await?;
        let people = self.roster(|register| People::of(register, ground.trust()));
        let shared = aims::shared(&ground, &people).map_err(Error::internal)?;
        let of_trust = self.may_read(actor, &Record::new(Kind::TrustView, ground.trust()));
        let of_school = |urn: u32| {
            let record = Record::new(Kind::SchoolView, ground.trust()).at(school(urn));
            urn != 0 && self.may_read(actor, &record)
        };
        let mine: Vec<Shared> = shared
            .into_iter()
            .filter(|shared| of_trust && shared.with_trust || of_school(shared.urn))
            .collect();
        let preparation = Preparation::of(&ground).map_err(Error::internal)?;
        let hide = self.hide_few(&ground);
        let report = TalentReport {
            trust_id: ground.trust().to_string(),
            trust_name: ground.places.trust_name.clone(),
            cycle,
            strengths: strengths::seen(&ground, hide).map_err(Error::internal)?,
            coached_now_lead: Some(coached_now_lead(&ground, &people, &preparation.partnerships, hide)),
            aims: aim_counts(&ground, &people, &mine, &preparation),
            shared_with_reader: self.named_aims(actor, &ground, &mine, &preparation).await?,
            bounds: sentences::TALENT.to_owned(),
            definition_version: sentences::version().to_owned(),
        };
        Ok(GetTalentReportResponse {
            report: Some(report),
            completeness,
        })
    }

    /// What is developmental feeds counts of enough people alone, whoever reads.
    fn hide_few(&self, ground: &Ground) -> Suppression {
        let on = compact::date(ground.ask.on).unwrap_or(ground.ask.scope.from);
        let policy = self.gate.roster().policy_at(ground.trust(), ground.ask.scope.urn, on);
        Suppression::below(policy.suppression_threshold)
    }

    /// Aims with who shared them. That they were read is recorded, and shown to whoever shared them.
    async fn named_aims(
        &self,
        actor: &Actor,
        ground: &Ground,
        mine: &[Shared],
        preparation: &Preparation,
    ) -> Result<Vec<SharedAim>, Error> {
        let mine = &mine[..mine.len().min(NAMED)];
        let record = |shared: &Shared| {
            Record::new(Kind::CareerPlan, ground.trust())
                .at(school(shared.urn))
                .about(PersonId(shared.person))
        };
        let records: Vec<Record> = mine.iter().map(record).collect();
        self.gate.record_reads(actor, &records).await?;
        let trust = Uuid::from(ground.trust());
        let mut tx = self.read(trust).await?;
        let names = self
            .names(&mut tx, trust, mine.iter().map(|shared| shared.person))
            .await?;
        let named = |shared: &Shared| SharedAim {
            person: Some(names.of(shared.person)),
            urn: compact::urn_text(shared.urn),
            aim: shared.aim.into(),
            horizon: shared.horizon,
            shared_on: compact::iso(Some(shared.on)),
            qualified: preparation.qualified.contains(&shared.person),
            led_others: preparation.led_others.contains(&shared.person),
            developed: preparation.developed.contains(&shared.person),
        };
        Ok(mine.iter().map(named).collect())
    }
}

/// How people prepared, as others may know in any case: no word of what was said or seen.
#[derive(Debug, Default)]
struct Preparation {
    partnerships: BTreeMap<Uuid, Partnership>,
    qualified: HashSet<Uuid>,
    led_others: HashSet<Uuid>,
    developed: HashSet<Uuid>,
}

impl Preparation {
    fn of(ground: &Ground) -> Result<Self, DecodeError> {
        let mut preparation = Self {
            partnerships: partnerships::all(&ground.ledger, ground.ask.on)?,
            ..Self::default()
        };
        took_part::each(&ground.ledger, |took_part| {
            if took_part.on <= ground.ask.on && took_part.kind == ActivityKind::Qualification {
                preparation.qualified.insert(took_part.person);
            }
            if ground.counts(took_part.on) {
                preparation.developed.insert(took_part.person);
            }
        })?;
        let held = preparation
            .partnerships
            .values()
            .flat_map(|partnership| &partnership.sessions);
        preparation.led_others.extend(held.map(|held| held.coach));
        ground.ledger.each(|_, EnquiryEvent { event }| {
            if let Some(enquiry::Event::Framed(framed)) = event {
                preparation.led_others.extend(id(&framed.lead_id));
            }
        })?;
        Ok(preparation)
    }

    fn ready(&self, person: Uuid) -> bool {
        self.qualified.contains(&person) && self.led_others.contains(&person) && self.developed.contains(&person)
    }
}

/// People coached who did not lead on the day of their first session, and are still there: how many lead now.
fn coached_now_lead(ground: &Ground, people: &People, all: &BTreeMap<Uuid, Partnership>, hide: Suppression) -> Rate {
    let Some(today) = compact::date(ground.ask.on) else {
        return Rate::default();
    };
    let leads = |person: &identity::roster::Person, on: NaiveDate| {
        person.posts_on(on).any(|post| post.role_group == RoleGroup::Leadership)
    };
    let (mut now, mut then) = (0, 0);
    for (person, (_, on)) in partnerships::first_coached(all) {
        let (Some(person), Some(on)) = (people.get(person), compact::date(on)) else {
            continue;
        };
        let here = ground.covers(people.school(person.id.0, today));
        if here && person.main_post(today).is_some() && !leads(person, on) {
            then += 1;
            now += i32::from(leads(person, today));
        }
    }
    hide.rate(now, then)
}

/// The aims that the reader may know, with how ready whoever shared them is.
fn aim_counts(ground: &Ground, people: &People, mine: &[Shared], preparation: &Preparation) -> Vec<AimCount> {
    let mut by_aim: BTreeMap<CareerAim, BTreeSet<Uuid>> = BTreeMap::new();
    for shared in mine {
        by_aim.entry(shared.aim).or_default().insert(shared.person);
    }
    let counted = |aim: CareerAim, sharing: BTreeSet<Uuid>| {
        let all = count(sharing.len());
        let rate = |is: &dyn Fn(Uuid) -> bool| {
            let number = count(sharing.iter().filter(|person| is(**person)).count());
            Some(Suppression::none().rate(number, all))
        };
        AimCount {
            aim: aim.into(),
            person_count: all,
            ready: rate(&|person| preparation.ready(person)),
            qualified: rate(&|person| preparation.qualified.contains(&person)),
            led_others: rate(&|person| preparation.led_others.contains(&person)),
            developed: rate(&|person| preparation.developed.contains(&person)),
            holder_count: holders(ground, people, aim),
            suppressed: false,
        }
    };
    by_aim.into_iter().map(|(aim, sharing)| counted(aim, sharing)).collect()
}

/// People who hold such a role now; 0 where the aim names none that the directory knows.
fn holders(ground: &Ground, people: &People, aim: CareerAim) -> i32 {
    let Some(today) = compact::date(ground.ask.on) else {
        return 0;
    };
    let trust = Place::Trust(ground.trust());
    let holds = |person: &identity::roster::Person| match aim {
        CareerAim::Headship => person
            .duties
            .iter()
            .any(|duty| duty.role == Role::Head && duty.on(today)),
        CareerAim::TrustLeadership => {
            person.has(Role::TrustLeader, trust, today) || person.has(Role::TrustCpdLead, trust, today)
        }
        CareerAim::SeniorLeadership => person.career_stage == CareerStage::SeniorLeader,
        _ => false,
    };
    let here = people.iter().filter(|person| {
        person.main_post(today).is_some() && ground.covers(people.school(person.id.0, today)) && holds(person)
    });
    count(here.count())
}

#[cfg(test)]
mod tests;
