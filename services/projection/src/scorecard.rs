//! The scorecard: what a school or trust chose to watch, beside the joined-up measures of the same place and year.

use api::{
    evaluation::v1::{MetricDirection, MetricPeriod},
    ids::Urn,
    projection::v1::{
        Absence, GetScorecardReportRequest, GetScorecardReportResponse, ScorecardMetric, ScorecardPoint,
        ScorecardReport,
    },
};
use identity::Actor;
use service::Error;
use uuid::Uuid;

use crate::{
    compact,
    documents::{Metric, metric::Point},
    link_report::Scope,
    shelf::{self, Wanted},
    views::Views,
};

impl Views {
    /// Shows a school's or trust's own metrics beside the joined-up measures.
    pub(crate) async fn get_scorecard_report(
        &self,
        actor: &Actor,
        request: GetScorecardReportRequest,
    ) -> Result<GetScorecardReportResponse, Error> {
        let scope = Scope::parse(&request.trust_id, &request.urn, request.cycle, 0, "", 0)?;
        let suppression = self.authorise_counts(actor, scope.trust, scope.urn).await?;
        self.reach(&request.at_least).await?;
        let completeness = self.completeness(scope.trust.into());
        let mut tx = self.read(scope.trust.into()).await?;
        let metrics: Vec<(Uuid, Metric)> = shelf::of_trust(&mut tx, scope.trust.into(), Wanted::ALL).await?;
        drop(tx);
        let own = shown(metrics, scope.urn, scope.cycle);
        let reporting = completeness
            .iter()
            .any(|source| source.source == "evaluation" && source.reporting);
        let own_absence = match (own.is_empty(), reporting) {
            (false, _) => Absence::Unspecified,
            (true, true) => Absence::NothingAgreed,
            (true, false) => Absence::SourceNotReporting,
        };
        let joined_up = self.report(&scope, suppression, self.reporting(&completeness)).await?;
        let total = joined_up.total.unwrap_or_default();
        let report = ScorecardReport {
            trust_id: scope.trust.to_string(),
            urn: scope.urn.map(|urn| urn.to_string()).unwrap_or_default(),
            name: match scope.urn {
                Some(urn) => self.school_name(urn.number()),
                None => joined_up.trust_name,
            },
            cycle: scope.cycle,
            own,
            own_absence: own_absence.into(),
            joined_up: total.funnel,
            objectives_from_practice: total.objectives_from_practice,
            silent_appraisals: total.silent_appraisals,
            definition_version: joined_up.definition_version,
        };
        Ok(GetScorecardReportResponse {
            report: Some(report),
            completeness,
        })
    }
}

/// The metrics of a school, then those of its trust as a whole; each by title. Those given up before the year are left out.
fn shown(metrics: Vec<(Uuid, Metric)>, urn: Option<Urn>, cycle: i32) -> Vec<ScorecardMetric> {
    let wanted = urn.map_or(0, |urn| urn.number());
    let given_up = |metric: &Metric| {
        let on = metric.retired_on.and_then(compact::cycle);
        on.is_some_and(|retired| retired < cycle)
    };
    let mut shown: Vec<(Uuid, Metric)> = metrics
        .into_iter()
        .filter(|(_, metric)| (metric.urn == wanted || metric.urn == 0) && !given_up(metric))
        .collect();
    shown.sort_by(|(id, a), (other, b)| (a.urn == 0, &a.title, id).cmp(&(b.urn == 0, &b.title, other)));
    shown
        .into_iter()
        .map(|(id, metric)| scorecard_metric(id, &metric, cycle))
        .collect()
}

fn scorecard_metric(id: Uuid, metric: &Metric, cycle: i32) -> ScorecardMetric {
    let direction = MetricDirection::try_from(metric.direction).unwrap_or_default();
    let mut before = None;
    let mut points = Vec::new();
    for point in &metric.points {
        if year_of(&point.period) == Some(cycle) {
            points.push(scorecard_point(point, direction, before));
        }
        before = point.value.or(before);
    }
    let absence = if points.iter().any(|point| point.value.is_some()) {
        Absence::Unspecified
    } else {
        Absence::NotYet
    };
    ScorecardMetric {
        metric_id: id.to_string(),
        urn: compact::urn_text(metric.urn),
        title: metric.title.clone(),
        unit: metric.unit.clone(),
        direction: direction.into(),
        period: MetricPeriod::try_from(metric.period).unwrap_or_default().into(),
        priority_id: compact::id_text(&metric.priority_id),
        points,
        retired_on: compact::iso(metric.retired_on),
        absence: absence.into(),
    }
}

fn scorecard_point(point: &Point, direction: MetricDirection, before: Option<f64>) -> ScorecardPoint {
    let on_target = point
        .value
        .zip(point.target)
        .and_then(|(value, target)| match direction {
            MetricDirection::Higher => Some(value >= target),
            MetricDirection::Lower => Some(value <= target),
            MetricDirection::Unspecified => None,
        });
    ScorecardPoint {
        period: point.period.clone(),
        value: point.value,
        target: point.target,
        on_target,
        change: point.value.zip(before).map(|(value, before)| value - before),
    }
}

/// The academic year of a period: `2025`, `2025-T1` and `2025-H1` name it, `2026-01` is a month of it.
fn year_of(period: &str) -> Option<i32> {
    let (year, part) = period.split_once('-').unwrap_or((period, ""));
    let year: i32 = year.parse().ok()?;
    match part.parse::<u32>() {
        Ok(month) if month < 9 => Some(year - 1),
        _ => Some(year),
    }
}

crate::grpc::queries! { api::projection::v1::scorecard_service_server::ScorecardService:
    get_scorecard_report(GetScorecardReportRequest) -> GetScorecardReportResponse;
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: u32 = 136_789;

    fn metric(urn: u32, title: &str, points: &[(&str, Option<f64>, Option<f64>)]) -> (Uuid, Metric) {
        let point = |(period, value, target): &(&str, Option<f64>, Option<f64>)| Point {
            period: (*period).into(),
            value: *value,
            target: *target,
        };
        let metric = Metric {
            urn,
            title: title.into(),
            direction: MetricDirection::Lower.into(),
            points: points.iter().map(point).collect(),
            ..Metric::default()
        };
        (Uuid::from_u128(u128::from(urn)), metric)
    }

    fn school() -> Option<Urn> {
        Urn::try_from(i64::from(SCHOOL)).ok()
    }

    #[test]
    fn a_period_belongs_to_an_academic_year() {
        assert_eq!(year_of("2025"), Some(2025));
        assert_eq!(year_of("2025-H6"), Some(2025));
        assert_eq!(year_of("2025-T1"), Some(2025));
        assert_eq!(year_of("2025-09"), Some(2025));
        assert_eq!(year_of("2026-08"), Some(2025));
        assert_eq!(year_of("soon"), None);
    }

    #[test]
    fn lower_is_better_where_the_school_says_so() {
        let points = [
            ("2025-H1", Some(12.0), Some(10.0)),
            ("2025-H2", Some(9.0), Some(10.0)),
            ("2025-H3", None, Some(8.0)),
        ];
        let shown = shown(vec![metric(SCHOOL, "Staff turnover", &points)], school(), 2025);
        let of: Vec<_> = shown[0]
            .points
            .iter()
            .map(|point| (point.on_target, point.change))
            .collect();
        assert_eq!(of, [(Some(false), None), (Some(true), Some(-3.0)), (None, None)]);
        assert_eq!(shown[0].absence(), Absence::Unspecified);
    }

    #[test]
    fn the_first_period_of_a_year_is_measured_from_the_last_before() {
        let points = [("2024-T3", Some(7.0), None), ("2025-T1", Some(9.0), None)];
        let shown = shown(vec![metric(0, "Wellbeing", &points)], None, 2025);
        assert_eq!(shown[0].points.len(), 1);
        assert_eq!(shown[0].points[0].change, Some(2.0));
    }

    #[test]
    fn a_school_sees_its_own_then_those_of_its_trust() {
        let metrics = || {
            vec![
                metric(0, "Attendance", &[]),
                metric(SCHOOL, "Pupil voice", &[]),
                metric(100_001, "Elsewhere", &[]),
            ]
        };
        let titles = |urn| -> Vec<String> {
            shown(metrics(), urn, 2025)
                .into_iter()
                .map(|metric| metric.title)
                .collect()
        };
        assert_eq!(titles(school()), ["Pupil voice", "Attendance"]);
        assert_eq!(titles(None), ["Attendance"]);
        assert_eq!(shown(metrics(), None, 2025)[0].absence(), Absence::NotYet);
    }

    #[test]
    fn what_was_given_up_before_the_year_is_left_out() {
        let (id, mut given_up) = metric(0, "Old", &[]);
        given_up.retired_on = compact::day("2025-05-01");
        assert_eq!(shown(vec![(id, given_up.clone())], None, 2024).len(), 1);
        assert!(shown(vec![(id, given_up)], None, 2025).is_empty());
    }
}
