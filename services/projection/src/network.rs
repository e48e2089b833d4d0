//! The network report: how far what was agreed went across the consenting schools of several trusts.
//!
//! Nothing small can be worked out from it, whatever else is known of it:
//!
//! - **A release is made once.** It is kept beside the views ([`kept`]), where no rebuild, late entry, erasure or change of
//!   consent touches it. What is asked for with a filter are lines of the one release.
//! - **Each follow-up is in one release only**: that of the half-term in which it was agreed, as it stood one half-term
//!   later. So no two releases of a network can be set against each other, whichever schools joined or left in between.
//!   Half-terms are those customary in England, the same for all schools.
//! - **Networks that overlap share their counts.** What a trust's follow-ups of a half-term add up to ([`base`]) is frozen
//!   when the first network releases it, and each later network's lines are planned together with all that were released
//!   of the same half-term ([`plan`]).
//! - **Counts are of people**, and safe from schools and trusts that know their own ([`disclosure`]).
//!
//! A release waits until every source has reported past the day on which it settles: it is never made from half the facts.

mod base;
mod kept;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use api::{
    ids::{NetworkId, TrustId, Urn},
    projection::v1::{
        Absence, GetNetworkReportRequest, GetNetworkReportResponse, NetworkBreakdown, NetworkMeasure, NetworkRelease,
        NetworkReport,
    },
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use identity::{Action, Actor, Kind, Record};
use service::{Error, Violations};
use uuid::Uuid;

pub(crate) use kept::Releases;

use crate::{
    compact,
    definitions::{self, STEPS},
    figures, half_terms,
    network::{base::Base, plan::Place},
    views::Views,
};

/// Every service whose word a release needs.
const SOURCES: [&str; 6] = [
    "directory",
    "observations",
    "appraisal",
    "catalogue",
    "coaching",
    "evaluation",
];

/// The follow-ups of one half-term, and the day by whose end they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cohort {
    pub(crate) cycle: i32,
    /// 1 to 6.
    pub(crate) half_term: i32,
    pub(crate) from: NaiveDate,
    pub(crate) until: NaiveDate,
    pub(crate) settled_on: NaiveDate,
}

impl Cohort {
    /// The six of an academic year.
    fn of_cycle(cycle: i32) -> Vec<Self> {
        let starts = [half_terms::customary(cycle), half_terms::customary(cycle + 1)].concat();
        let starts: Vec<NaiveDate> = starts.into_iter().filter_map(compact::date).collect();
        let before = |day: NaiveDate| day - Days::new(1);
        let cohort = |(half_term, starts): (i32, &[NaiveDate])| Self {
            cycle,
            half_term,
            from: starts[0],
            until: before(starts[1]),
            settled_on: before(starts[2]),
        };
        (1..=6).zip(starts.windows(3)).map(cohort).collect()
    }

    /// The first day on which it may be released: consent is asked for as of then.
    fn due_on(&self) -> NaiveDate {
        self.settled_on + Days::new(1)
    }

    fn blank(&self) -> NetworkRelease {
        NetworkRelease {
            half_term: self.half_term,
            agreed_from: self.from.to_string(),
            agreed_until: self.until.to_string(),
            settled_on: self.settled_on.to_string(),
            ..NetworkRelease::default()
        }
    }
}

/// What is asked for.
struct Asked {
    network: NetworkId,
    cycle: i32,
    half_term: Option<i32>,
    breakdown: Option<NetworkBreakdown>,
}

impl Asked {
    fn parse(request: &GetNetworkReportRequest) -> Result<Self, Error> {
        let mut violations = Violations::new();
        let network = violations.id::<NetworkId>("network_id", &request.network_id);
        let breakdown = violations.optional_choice::<NetworkBreakdown>("breakdown", request.breakdown);
        violations.check((2000..=2100).contains(&request.cycle), "cycle", || {
            "must be a year such as 2025 for 2025/26".into()
        });
        violations.check((0..=6).contains(&request.half_term), "half_term", || {
            "must be 1 to 6, or 0 for all".into()
        });
        let (network, breakdown) = violations.all((network, breakdown))?;
        Ok(Self {
            network,
            cycle: request.cycle,
            half_term: Some(request.half_term).filter(|half_term| *half_term != 0),
            breakdown,
        })
    }
}

impl Views {
    /// Shows how far what was agreed went across a network's consenting schools.
    pub(crate) async fn get_network_report(
        &self,
        actor: &Actor,
        request: GetNetworkReportRequest,
    ) -> Result<GetNetworkReportResponse, Error> {
        let asked = Asked::parse(&request)?;
        let record = Record::new(Kind::NetworkView, TrustId(Uuid::nil())).of_network(asked.network);
        self.gate.authorise(actor, Action::Read, &record).await?;
        self.reach(&request.at_least).await?;
        let name = self.roster(|register| register.network(asked.network).map(|network| network.name.clone()));
        let name = name.ok_or_else(|| Error::not_found("network", asked.network))?;
        let today = identity::context::today();
        let mut kept = self.releases.of_network(asked.network.0, asked.cycle).await?;
        let mut releases = Vec::new();
        for cohort in Cohort::of_cycle(asked.cycle) {
            if asked.half_term.is_some_and(|wanted| wanted != cohort.half_term) {
                continue;
            }
            let mut release = match kept.remove(&cohort.half_term) {
                Some(kept) => kept,
                None => self.release(asked.network, &cohort, today).await?,
            };
            if let Some(breakdown) = asked.breakdown {
                release.lines.retain(|line| line.breakdown() == breakdown);
            }
            releases.push(release);
        }
        let report = NetworkReport {
            network_id: asked.network.to_string(),
            network_name: name,
            cycle: asked.cycle,
            releases,
            symbols: figures::symbols(),
            measures: STEPS
                .into_iter()
                .map(|step| NetworkMeasure {
                    step: step.into(),
                    definition: definitions::sentence(step).to_owned(),
                })
                .collect(),
            definition_version: definitions::version().to_owned(),
        };
        Ok(GetNetworkReportResponse {
            report: Some(report),
            completeness: self.completeness(Uuid::nil()),
        })
    }

    /// Makes a release if its time has come, or says why there is none.
    async fn release(&self, network: NetworkId, cohort: &Cohort, today: NaiveDate) -> Result<NetworkRelease, Error> {
        let blank = cohort.blank();
        if today < cohort.due_on() {
            return Ok(NetworkRelease {
                absence: Absence::NotYet.into(),
                ..blank
            });
        }
        let missing_sources = self.not_reported_until(cohort.due_on());
        if !missing_sources.is_empty() {
            return Ok(NetworkRelease {
                absence: Absence::SourceNotReporting.into(),
                missing_sources,
                ..blank
            });
        }
        let (places, taking_part) = self.places(network, cohort.due_on());
        if places.is_empty() {
            return Ok(NetworkRelease {
                absence: Absence::NotPermitted.into(),
                taking_part_count: taking_part,
                ..blank
            });
        }
        let threshold = self.strictest_threshold(&places, cohort.due_on());
        let mut making = self.releases.begin(cohort).await?;
        if let Some(release) = making.of_network(network.0).await? {
            // Somebody else was faster.
            return Ok(release);
        }
        let prior = making.all().await?;
        let mut bases: BTreeMap<Uuid, Base> = BTreeMap::new();
        let of_prior = prior.iter().flat_map(plan::trusts);
        for trust in places.iter().map(|place| place.trust).chain(of_prior) {
            if bases.contains_key(&trust) {
                continue;
            }
            let base = match making.base(trust).await? {
                Some(base) => base,
                None => {
                    let base = self.base(TrustId(trust), cohort).await?;
                    making.freeze(trust, &base).await?;
                    base
                }
            };
            bases.insert(trust, base);
        }
        let release = NetworkRelease {
            released_at: Some(compact::timestamp(Utc::now())),
            threshold: i32::try_from(threshold).unwrap_or(i32::MAX),
            consenting_count: i32::try_from(places.len()).unwrap_or(i32::MAX),
            taking_part_count: taking_part,
            definition_version: definitions::version().to_owned(),
            lines: plan::lines(&places, &bases, &prior, threshold),
            ..blank
        };
        making.keep(network.0, &release).await?;
        Ok(release)
    }

    /// The sources that have not been heard of since that day began.
    fn not_reported_until(&self, day: NaiveDate) -> Vec<String> {
        let moment: DateTime<Utc> = day.and_time(NaiveTime::MIN).and_utc();
        let checkpoints = self.handle.checkpoints();
        let reported = |source: &str| {
            checkpoints
                .iter()
                .any(|known| known.source == source && known.complete_up_to.is_some_and(|heard| heard >= moment))
        };
        SOURCES
            .into_iter()
            .filter(|source| !reported(source))
            .map(str::to_owned)
            .collect()
    }

    /// The schools of a network whose trusts consent on a day, in order of their numbers, and how many take part at all.
    fn places(&self, network: NetworkId, day: NaiveDate) -> (Vec<Place>, i32) {
        self.roster(|register| {
            let Some(network) = register.network(network) else {
                return (Vec::new(), 0);
            };
            let taking_part: Vec<Urn> = network.schools_on(day).collect();
            let place = |urn: &Urn| {
                let school = register.school(*urn)?;
                let trust = school.trust_on(day)?;
                let of_trust = register.trust(trust).map(|trust| trust.name.clone());
                network.has_consent(*urn, trust, day).then(|| Place {
                    urn: urn.number(),
                    trust: trust.0,
                    phase: school.phase,
                    name: school.name.clone(),
                    trust_name: of_trust.unwrap_or_default(),
                })
            };
            let mut places: Vec<Place> = taking_part.iter().filter_map(place).collect();
            places.sort_by_key(|place| place.urn);
            (places, i32::try_from(taking_part.len()).unwrap_or(i32::MAX))
        })
    }

    /// Every trust's threshold is kept: the highest holds for all.
    fn strictest_threshold(&self, places: &[Place], day: NaiveDate) -> u32 {
        let of_place = |place: &Place| {
            let policy = self.gate.roster().policy_at(TrustId(place.trust), None, day);
            policy.network_suppression_threshold
        };
        places.iter().map(of_place).max().unwrap_or_default()
    }
}

crate::grpc::queries! { api::projection::v1::network_report_service_server::NetworkReportService:
    get_network_report(GetNetworkReportRequest) -> GetNetworkReportResponse;
}
