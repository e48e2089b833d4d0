//! Entitlement and fairness: hours and kinds of development by group, who had none, and the load of observation.

mod members;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use api::{
    catalogue::v1::ActivityKind,
    common::v1::RoleGroup,
    ids::Urn,
    projection::v1::{
        EntitlementReport, EntitlementRow, GetEntitlementReportRequest, GetEntitlementReportResponse, GroupBy,
        KindHours, Rate, entitlement_service_server::EntitlementService,
    },
};
use identity::{Actor, Policy};
use service::Error;

use self::members::Member;
use super::{Ask, Ground, count, hours, ledger::Kinds, median, people::People, release, sentences, took_part};
use crate::{compact, link_report::Scope, policies::Policies, views::Views};

crate::grpc::queries! { EntitlementService:
    get_entitlement_report(GetEntitlementReportRequest) -> GetEntitlementReportResponse;
    get_time_report(GetTimeReportRequest) -> GetTimeReportResponse;
}

/// How people are grouped, in the order in which it is shown.
const GROUPINGS: [GroupBy; 4] = [
    GroupBy::RoleGroup,
    GroupBy::CareerStage,
    GroupBy::WorkingTime,
    GroupBy::School,
];

impl Views {
    /// Shows hours and kinds of development by group, who had none, and the load of observation.
    pub(crate) async fn get_entitlement_report(
        &self,
        actor: &Actor,
        request: GetEntitlementReportRequest,
    ) -> Result<GetEntitlementReportResponse, Error> {
        let GetEntitlementReportRequest {
            trust_id,
            urn,
            cycle,
            on,
            phase,
            known_at,
            at_least,
        } = request;
        let scope = Scope::parse(&trust_id, &urn, cycle, phase, "", 0)?;
        let ask = Ask::parse(scope, known_at.as_ref(), &on)?;
        let since = ask.scope.from - chrono::Months::new(12);
        let kinds = vec![
            Kinds::lasting(&[&took_part::LASTING]),
            Kinds::since(since, &[&members::RECENT, &took_part::RECENT]),
        ];
        let (suppression, completeness) = self.let_in(actor, &ask, &at_least).await?;
        let asked = (ask.clone(), suppression);
        let count = async {
            let ground = self.laid(ask, suppression, kinds).await?;
            let people = self.roster(|register| People::of(register, ground.trust()));
            let days = (compact::day_of(ground.ask.scope.from), ground.ask.on);
            let policies = self.roster(|register| Policies::of(register, ground.trust(), ground.places.urns(), days));
            let members = members::all(&ground, &people, &policies).map_err(Error::internal)?;
            Ok(report(&ground, members))
        };
        let report = self.answer(&self.answers.entitlement, asked, count).await?;
        Ok(GetEntitlementReportResponse {
            report: Some(report),
            completeness,
        })
    }

    /// The policy in force at each school of the trust, and for the central team, on the day of the report.
    pub(crate) fn policies(&self, ground: &Ground) -> HashMap<Option<Urn>, Arc<Policy>> {
        let on = compact::date(ground.ask.on).unwrap_or(ground.ask.scope.from);
        self.roster(|register| {
            let urns = ground.places.urns();
            urns.map(|urn| (urn, register.policy_at(ground.trust(), urn, on)))
                .collect()
        })
    }
}

/// The report: everybody, then every grouping.
fn report(ground: &Ground, members: Vec<Member>) -> EntitlementReport {
    let everybody = Group::of(GroupBy::All, 0, 0, members.iter().collect());
    let mut whole_shown = [true; MEASURES];
    let mut rows = Vec::new();
    let mut fairness_ratio = None;
    for by in GROUPINGS {
        let mut members_of: BTreeMap<(i32, u32), Vec<&Member>> = BTreeMap::new();
        for member in &members {
            members_of.entry(member.group(by)).or_default().push(member);
        }
        let groups: Vec<Group<'_>> = members_of
            .into_iter()
            .map(|((group, urn), members)| Group::of(by, group, urn, members))
            .collect();
        let (wholes, shown) = permitted(ground, &groups);
        for (whole, also) in whole_shown.iter_mut().zip(wholes) {
            *whole &= also;
        }
        if by == GroupBy::RoleGroup {
            fairness_ratio = fairness(&groups, &shown);
        }
        let mut of_grouping: Vec<EntitlementRow> = groups
            .iter()
            .zip(shown)
            .map(|(group, shown)| group.row(ground, shown))
            .collect();
        if by == GroupBy::School {
            of_grouping.sort_by(|a, b| (&a.school_name, &a.urn).cmp(&(&b.school_name, &b.urn)));
        }
        rows.extend(of_grouping);
    }
    rows.insert(0, everybody.row(ground, whole_shown));
    EntitlementReport {
        trust_id: ground.trust().to_string(),
        trust_name: ground.places.trust_name.clone(),
        cycle: ground.ask.scope.cycle,
        on: compact::iso(Some(ground.ask.on)),
        rows,
        fairness_ratio,
        definition_version: sentences::version().to_owned(),
    }
}

/// What is shown of a group: that it is there, and each rate.
const MEASURES: usize = 6;
const PEOPLE: usize = 0;

/// Which measures of which groups may be shown beside each other, and of which the whole may.
fn permitted(ground: &Ground, groups: &[Group<'_>]) -> ([bool; MEASURES], Vec<[bool; MEASURES]>) {
    let mut shown = vec![[true; MEASURES]; groups.len()];
    let mut wholes = [true; MEASURES];
    for measure in 0..MEASURES {
        let (whole, parts) = if measure == PEOPLE {
            let people: Vec<[i32; 1]> = groups.iter().map(|group| [count(group.members.len())]).collect();
            release::release(ground.suppression, &people)
        } else {
            let sides = |group: &Group<'_>| {
                let (numerator, denominator) = group.share(measure);
                [numerator, denominator - numerator]
            };
            let sides: Vec<[i32; 2]> = groups.iter().map(sides).collect();
            release::release(ground.suppression, &sides)
        };
        wholes[measure] = whole;
        for (row, part) in shown.iter_mut().zip(parts) {
            row[measure] = part;
        }
    }
    (wholes, shown)
}

/// Hours a full-time post of the role group that had least over those of the one that had most.
fn fairness(groups: &[Group<'_>], shown: &[[bool; MEASURES]]) -> Option<f64> {
    let of_staff = |group: &&Group<'_>| group.group != i32::from(RoleGroup::Governor) && group.group != 0;
    let visible = groups
        .iter()
        .zip(shown)
        .filter(|(_, shown)| shown[PEOPLE])
        .map(|(group, _)| group);
    let per_post: Vec<f64> = visible.filter(of_staff).filter_map(Group::hours_per_post).collect();
    if per_post.len() < 2 {
        return None;
    }
    let most = per_post.iter().copied().fold(0.0, f64::max);
    let least = per_post.iter().copied().fold(f64::INFINITY, f64::min);
    (most > 0.0).then(|| least / most)
}

/// People who have something in common.
struct Group<'a> {
    by: GroupBy,
    group: i32,
    urn: u32,
    members: Vec<&'a Member>,
}

impl<'a> Group<'a> {
    fn of(by: GroupBy, group: i32, urn: u32, members: Vec<&'a Member>) -> Self {
        Self {
            by,
            group,
            urn,
            members,
        }
    }

    fn number(&self, wanted: impl Fn(&Member) -> bool) -> i32 {
        count(self.members.iter().filter(|member| wanted(member)).count())
    }

    /// How many of how many, for each measure that is a rate.
    fn share(&self, measure: usize) -> (i32, i32) {
        let all = count(self.members.len());
        match measure {
            1 => {
                let entitled = self.number(|member| member.entitled_minutes > 0);
                (self.number(Member::had_entitlement), entitled)
            }
            2 => (self.number(|member| member.minutes() == 0), all),
            3 => (self.number(|member| member.observations > 0), all),
            4 => (self.number(Member::at_cap), all),
            5 => (self.number(Member::over_cap), all),
            _ => (all, all),
        }
    }

    fn minutes(&self) -> i64 {
        self.members.iter().map(|member| member.minutes()).sum()
    }

    fn hours_per_post(&self) -> Option<f64> {
        let posts: f64 = self.members.iter().map(|member| member.full_time_years).sum();
        (posts > 0.0).then(|| hours(self.minutes()) / posts)
    }

    fn row(&self, ground: &Ground, shown: [bool; MEASURES]) -> EntitlementRow {
        let row = EntitlementRow {
            by: self.by.into(),
            group: self.group,
            urn: compact::urn_text(self.urn),
            school_name: ground.places.name(self.urn),
            ..EntitlementRow::default()
        };
        if !shown[PEOPLE] {
            return EntitlementRow {
                suppressed: true,
                ..row
            };
        }
        let rate = |measure: usize| -> Rate {
            let (numerator, denominator) = self.share(measure);
            release::rate(shown[measure], numerator, denominator)
        };
        let mut each: Vec<f64> = self.members.iter().map(|member| hours(member.minutes())).collect();
        let (kinds, few) = self.kinds(ground);
        let observations: i32 = self.members.iter().map(|member| member.observations).sum();
        let observed_minutes: i32 = self.members.iter().map(|member| member.observed_minutes).sum();
        EntitlementRow {
            person_count: count(self.members.len()),
            hours: hours(self.minutes()),
            entitled_hours: hours(self.members.iter().map(|member| member.entitled_minutes).sum()),
            median_hours: median(&mut each),
            entitled: Some(rate(1)),
            none: Some(rate(2)),
            kinds,
            observed: Some(rate(3)),
            at_cap: Some(rate(4)),
            over_cap: Some(rate(5)),
            observation_count: if shown[3] { observations } else { 0 },
            observation_minutes: if shown[3] { observed_minutes } else { 0 },
            suppressed: few || shown.contains(&false),
            ..row
        }
    }

    /// Hours by kind, most first. Where a kind is of too few people, the next smallest is left out beside it.
    fn kinds(&self, ground: &Ground) -> (Vec<KindHours>, bool) {
        let mut by_kind: BTreeMap<ActivityKind, (i64, i32)> = BTreeMap::new();
        for (kind, minutes) in self.members.iter().flat_map(|member| &member.minutes_by_kind) {
            let (sum, people) = by_kind.entry(*kind).or_default();
            *sum += minutes;
            *people += 1;
        }
        let mut kinds: Vec<KindHours> = by_kind
            .into_iter()
            .map(|(kind, (minutes, person_count))| KindHours {
                kind: kind.into(),
                hours: hours(minutes),
                person_count,
            })
            .collect();
        kinds.sort_by(|a, b| b.person_count.cmp(&a.person_count).then(a.kind.cmp(&b.kind)));
        let few = kinds
            .iter()
            .filter(|kind| ground.suppression.count(kind.person_count).1)
            .count();
        if few > 0 {
            kinds.truncate(kinds.len() - few.max(2).min(kinds.len()));
        }
        kinds.sort_by(|a, b| b.hours.total_cmp(&a.hours).then(a.kind.cmp(&b.kind)));
        (kinds, few > 0)
    }
}

#[cfg(test)]
mod tests;
