//! The link report: for a trust and an academic year, how far what was agreed went.
//!
//! Six queries, with a row for a school at most, five of them answered by an index alone: the lines of threads, links and
//! appraisals (`string_agg`), of the trust's reviews and of what was looked at. They are counted here, by the definitions.
//! No document is read, and nothing is joined in the database but what looks likely.

pub(crate) mod lines;
pub(crate) mod queries;
mod tally;

use std::collections::{BTreeMap, HashMap};

use api::{
    common::v1::RoleGroup,
    directory::v1::Phase,
    ids::{TrustId, Urn},
    projection::v1::{
        FunnelLimits, GetLinkReportRequest, GetLinkReportResponse, HalfTermCount, LinkReport, LinkRow, Step,
    },
};
use chrono::NaiveDate;
use identity::Actor;
use service::{Error, Violations};
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    definitions::{self, Facts, Ground, facts},
    half_terms,
    link_report::{
        queries::{Counted, Lines},
        tally::Tally,
    },
    suppression::Suppression,
    views::{Views, school, unread},
};

/// What is counted: a trust's year, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) trust: TrustId,
    pub(crate) urn: Option<Urn>,
    pub(crate) cycle: i32,
    pub(crate) from: NaiveDate,
    pub(crate) until: NaiveDate,
    pub(crate) phase: Option<Phase>,
    pub(crate) focus_area: Option<String>,
    pub(crate) role_group: Option<RoleGroup>,
}

impl Scope {
    /// Parses what a report, or a cell of it, is asked for.
    pub(crate) fn parse(
        trust_id: &str,
        urn: &str,
        cycle: i32,
        phase: i32,
        focus_area: &str,
        role_group: i32,
    ) -> Result<Self, Error> {
        let mut violations = Violations::new();
        let trust = violations.id::<TrustId>("trust_id", trust_id);
        let urn = violations.optional_id::<Urn>("urn", urn);
        let phase = violations.optional_choice::<Phase>("phase", phase);
        let role_group = violations.optional_choice::<RoleGroup>("role_group", role_group);
        let first = |cycle: i32| NaiveDate::from_ymd_opt(cycle, 9, 1);
        let days = (2000..=2100)
            .contains(&cycle)
            .then(|| first(cycle).zip(first(cycle + 1)))
            .flatten();
        violations.check(days.is_some(), "cycle", || {
            "must be a year such as 2025 for 2025/26".into()
        });
        let (trust, urn, phase, role_group, (from, until)) = violations.all((trust, urn, phase, role_group, days))?;
        let focus_area = Some(focus_area.to_owned()).filter(|area| !area.is_empty());
        Ok(Self {
            trust,
            urn,
            cycle,
            from,
            until,
            phase,
            focus_area,
            role_group,
        })
    }

    /// Whether rows at that school are counted.
    pub(crate) fn covers(&self, views: &Views, urn: u32) -> bool {
        let phase = |register: &identity::roster::Register| {
            school(urn)
                .and_then(|urn| register.school(urn))
                .map(|school| school.phase)
        };
        self.urn.is_none_or(|wanted| wanted.number() == urn)
            && self.phase.is_none_or(|wanted| views.roster(phase) == Some(wanted))
    }

    fn urn_column(&self) -> Option<i32> {
        self.urn.and_then(|urn| compact::urn_column(urn.number()))
    }

    fn role_group_column(&self) -> Option<i32> {
        self.role_group.map(i32::from)
    }
}

impl Views {
    /// Shows, for a trust and a period, how far what was agreed went.
    pub(crate) async fn get_link_report(
        &self,
        actor: &Actor,
        request: GetLinkReportRequest,
    ) -> Result<GetLinkReportResponse, Error> {
        let GetLinkReportRequest {
            trust_id,
            urn,
            cycle,
            phase,
            focus_area,
            role_group,
            at_least,
        } = request;
        let scope = Scope::parse(&trust_id, &urn, cycle, phase, &focus_area, role_group)?;
        let suppression = self.authorise_counts(actor, scope.trust, scope.urn).await?;
        // Counts of parts, taken from the counts of the whole, would show what is withheld.
        if suppression.threshold().is_some() && (scope.focus_area.is_some() || scope.role_group.is_some()) {
            let sentence = "counts by focus area or role group are for those who lead here; ask for the whole school";
            return Err(Error::permission_denied(sentence).because("COUNTS_OF_PARTS"));
        }
        self.reach(&at_least).await?;
        let completeness = self.completeness(scope.trust.into());
        let report = self.report(&scope, suppression, self.reporting(&completeness)).await?;
        Ok(GetLinkReportResponse {
            report: Some(report),
            completeness,
        })
    }

    /// Counts.
    pub(crate) async fn report(
        &self,
        scope: &Scope,
        suppression: Suppression,
        reporting: definitions::Reporting,
    ) -> Result<LinkReport, Error> {
        let count = async {
            let mut tx = self.read(scope.trust.into()).await?;
            let counted = Counted::read(&mut tx, scope).await.map_err(unread)?;
            drop(tx);
            Ok(self.count(scope, suppression, reporting, &counted))
        };
        let asked = (scope.clone(), suppression, reporting);
        self.answer(&self.answers.link, asked, count).await
    }

    fn count(
        &self,
        scope: &Scope,
        suppression: Suppression,
        reporting: definitions::Reporting,
        counted: &Counted,
    ) -> LinkReport {
        let mut schools: BTreeMap<u32, Tally> = BTreeMap::new();
        let mut half_terms = [(0, 0); 6];
        let mut likely = 0;
        let reviews: HashMap<Uuid, Vec<Day>> = counted.reviews.split(' ').filter_map(lines::parse_reviewed).collect();
        let looks = Looks::of(&counted.seen, scope.focus_area.as_deref());
        let today = compact::day_of(identity::context::date_in_england(chrono::Utc::now()));
        let reach = self.reach_of(scope.trust.into());
        let threads = counted.threads.by_school();
        for (urn, lines) in threads.into_iter().filter(|(urn, _)| scope.covers(self, *urn)) {
            let starts = self.half_term_starts(scope.trust, scope.cycle, urn);
            let tally = schools.entry(urn).or_default();
            for facts in lines.into_iter().filter_map(Facts::parse) {
                let reaches = |on: Day| reach.reaches(urn, facts.purpose, on);
                let ground = Ground {
                    on: today,
                    reaches: &reaches,
                    review_days: reviews.get(&facts.person).map(Vec::as_slice).unwrap_or_default(),
                    owner_left: facts.owner.is_some_and(|owner| self.has_left(owner, today)),
                    reporting,
                };
                tally.take_thread(&facts, &ground);
                likely += i32::from(looks.make_likely(&facts));
                if !facts.withdrawn() {
                    let (agreed, revisited) = &mut half_terms[half_terms::place(&starts, facts.agreed_on)];
                    *agreed += 1;
                    *revisited += i32::from(facts.revisited_on.is_some());
                }
            }
        }
        let likely_developments = covered_count(self, scope, &counted.likely_developments);
        let mut refused = 0;
        let mut verdicts = tally::Verdicts::of(
            covered(self, scope, &counted.links).flat_map(|(_, lines)| lines.split(' ').filter_map(lines::parse_link)),
            |named| {
                named.standing.map(|standing| {
                    let verdict = standing.verdict(reach.reaches(named.urn, standing.purpose, named.on));
                    refused += i32::from(verdict.is_err());
                    verdict.is_ok()
                })
            },
        );
        for named in counted
            .developments
            .iter()
            .filter(|named| scope.covers(self, named.urn))
        {
            match counted.verdict(named, &reach) {
                Some(Ok(())) => verdicts.spoke(named.appraisal),
                Some(Err(_)) => refused += 1,
                None => {}
            }
        }
        for (urn, lines) in covered(self, scope, &counted.appraisals) {
            let tally = schools.entry(urn).or_default();
            for appraisal in lines.split(' ').filter_map(lines::parse_appraisal) {
                tally.take_appraisal(&appraisal, &verdicts);
            }
        }
        let mut total = Tally::default();
        for tally in schools.values() {
            total.add(tally);
        }
        let about_objectives = scope.focus_area.is_none();
        let row = |urn: u32, tally: Tally| {
            let (name, phase) = self.describe(urn);
            let row = LinkRow {
                urn: compact::urn_text(urn),
                school_name: name,
                phase: phase.into(),
                ..LinkRow::default()
            };
            tally.into_row(row, suppression, reporting, about_objectives)
        };
        let limits = |step: Step| {
            let share = total.share(step);
            move |tally: &Tally| limits(tally.denominator(step), share?)
        };
        let (revisited, developed) = (limits(Step::Revisited), limits(Step::Developed));
        let mut schools: Vec<LinkRow> = schools
            .into_iter()
            .map(|(urn, tally)| LinkRow {
                revisited_limits: revisited(&tally),
                developed_limits: developed(&tally),
                ..row(urn, tally)
            })
            .collect();
        let apart_counts = [likely, likely_developments, refused];
        let withheld = apart_counts.iter().any(|count| suppression.count(*count).1);
        let apart = |count: i32| if withheld { 0 } else { count };
        schools.sort_by(|a, b| (&a.school_name, &a.urn).cmp(&(&b.school_name, &b.urn)));
        LinkReport {
            trust_id: scope.trust.to_string(),
            trust_name: self
                .roster(|register| register.trust(scope.trust).map(|trust| trust.name.clone()))
                .unwrap_or_default(),
            cycle: scope.cycle,
            total: Some(row(0, total)),
            schools,
            half_terms: half_term_counts(half_terms, suppression),
            likely_links: apart(likely),
            likely_developments: apart(likely_developments),
            refused_links: apart(refused),
            counted_apart_withheld: withheld,
            definition_version: definitions::version().to_owned(),
        }
    }

    fn describe(&self, urn: u32) -> (String, Phase) {
        self.roster(|register| {
            school(urn)
                .and_then(|urn| register.school(urn))
                .map(|school| (school.name.clone(), school.phase))
        })
        .unwrap_or_default()
    }
}

/// The last time that each focus area was looked at in each person's practice.
struct Looks {
    last: HashMap<(Uuid, u32), Day>,
}

impl Looks {
    /// Of one focus area, or of all.
    fn of(seen: &str, focus_area: Option<&str>) -> Self {
        let wanted = focus_area.map(facts::mark);
        let mut last = HashMap::new();
        for ((person, area), on) in seen.split(' ').filter_map(lines::parse_seen) {
            if wanted.is_none_or(|wanted| wanted == area) {
                let latest = last.entry((person, area)).or_insert(on);
                *latest = on.max(*latest);
            }
        }
        Self { last }
    }

    /// Whether a thread that is open and that nobody revisited may have been looked at again all the same: a later
    /// observation of the person looked at one of its focus areas.
    fn make_likely(&self, facts: &Facts) -> bool {
        let later = |area: &u32| {
            self.last
                .get(&(facts.person, *area))
                .is_some_and(|on| *on > facts.agreed_on)
        };
        (facts.action_owed() || facts.support_owed) && facts.revisited_on.is_none() && facts.focus.iter().any(later)
    }
}

/// Limits between which chance alone would keep a share of so many.
fn limits(denominator: i32, share: f64) -> Option<FunnelLimits> {
    let limits = statistics::funnel_limits(u32::try_from(denominator).ok()?, share)?;
    Some(FunnelLimits {
        lower_95: limits.lower_95,
        upper_95: limits.upper_95,
        lower_998: limits.lower_998,
        upper_998: limits.upper_998,
    })
}

fn covered_count(views: &Views, scope: &Scope, counts: &[(Option<i32>, i64)]) -> i32 {
    let urn = |urn: &Option<i32>| urn.and_then(|urn| u32::try_from(urn).ok()).unwrap_or_default();
    let covered = counts.iter().filter(|(school, _)| scope.covers(views, urn(school)));
    i32::try_from(covered.map(|(_, count)| count).sum::<i64>()).unwrap_or(i32::MAX)
}

fn covered<'a>(views: &Views, scope: &Scope, lines: &'a Lines) -> impl Iterator<Item = (u32, &'a str)> {
    let urn = |urn: &Option<i32>| urn.and_then(|urn| u32::try_from(urn).ok()).unwrap_or_default();
    let lines: Vec<_> = lines
        .iter()
        .map(|(school, lines)| (urn(school), lines.as_str()))
        .collect();
    lines
        .into_iter()
        .filter(|(urn, _)| scope.covers(views, *urn))
        .collect::<Vec<_>>()
        .into_iter()
}

/// The half-terms as a reader may see them. Their sums are known from the funnel: so those withheld are always as many
/// as it takes for their own sums to say nothing of few people.
fn half_term_counts(counts: [(i32, i32); 6], suppression: Suppression) -> Vec<HalfTermCount> {
    let hides = |(agreed, revisited): (i32, i32)| {
        [agreed, revisited, agreed - revisited]
            .iter()
            .any(|count| suppression.count(*count).1)
    };
    let mut hidden = counts.map(hides);
    let mut smallest_first: Vec<usize> = (0..counts.len()).collect();
    smallest_first.sort_by_key(|index| counts[*index]);
    for index in smallest_first {
        let withheld = || {
            counts
                .iter()
                .zip(hidden)
                .filter(|(_, hidden)| *hidden)
                .map(|(counts, _)| *counts)
        };
        let sum = withheld().fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
        let says_nothing = withheld().count() == 0 || (withheld().count() > 1 && !hides(sum));
        if says_nothing {
            break;
        }
        hidden[index] = true;
    }
    (1..)
        .zip(counts)
        .zip(hidden)
        .map(|((half_term, (agreed, revisited)), suppressed)| match suppressed {
            true => HalfTermCount {
                half_term,
                suppressed,
                ..HalfTermCount::default()
            },
            false => HalfTermCount {
                half_term,
                agreed,
                revisited,
                suppressed,
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(counts: [(i32, i32); 6]) -> Vec<bool> {
        let counts = half_term_counts(counts, Suppression::below(5));
        assert!(
            counts
                .iter()
                .filter(|count| count.suppressed)
                .all(|count| count.agreed + count.revisited == 0)
        );
        counts.iter().map(|count| !count.suppressed).collect()
    }

    #[test]
    fn what_is_withheld_of_half_terms_does_not_follow_from_the_rest() {
        let all = [(20, 10); 6];
        assert_eq!(shown(all), [true; 6]);
        // Three people alone would be what is missing from the year: another half-term goes with them.
        let mut one = all;
        one[3] = (3, 0);
        assert_eq!(shown(one).iter().filter(|shown| **shown).count(), 4);
        // One person alone was not seen again, whichever half-terms are added up.
        let mut but_one = [(20, 20); 6];
        but_one[1] = (20, 19);
        assert_eq!(shown(but_one), [false; 6]);
        // Nobody's counts need no protection.
        assert_eq!(shown([(0, 0); 6]), [true; 6]);
    }

    #[test]
    fn leaders_see_every_half_term() {
        let counts = half_term_counts([(1, 1), (3, 0), (0, 0), (2, 1), (9, 4), (1, 0)], Suppression::none());
        assert!(counts.iter().all(|count| !count.suppressed));
        assert_eq!((counts[4].agreed, counts[4].revisited), (9, 4));
    }
}
