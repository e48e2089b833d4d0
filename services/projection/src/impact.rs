//! Impact and value: did development make a difference, and at what cost; by activity, provider and focus area.
//!
//! What people answered is shown in sums of enough people alone, which change when a half-term has ended ([`release`]).
//! Effect sizes are those that evaluation estimated, with their intervals; costs those that were recorded. An activity with
//! several focus areas counts for each of them.

mod gather;
mod lines;
mod release;

use api::projection::v1::{GetImpactReportRequest, GetImpactReportResponse, ImpactLine, ImpactReport};
use disclosure::Rule;
use identity::Actor;
use service::Error;

use self::{
    gather::{Gathered, Period},
    lines::Lines,
    release::Key,
};
use crate::{
    compact, figures,
    link_report::Scope,
    shelf::{self, Wanted},
    suppression::Suppression,
    views::Views,
};

const DEFINITION: &str = "Development of the academic year, by the day on which people took part. Feedback counts answers given \
     up to the end of a half-term, of those asked about development up to then; 4 and 5 of 5 are positive. Practice is what \
     later observations saw last, where its purpose allowed. Effects are Hedges' g, of each outcome the latest, pooled by \
     inverse variance. Costs are those recorded in the year.";

impl Views {
    /// Shows feedback at five levels, practice seen later, effect sizes and cost.
    pub(crate) async fn get_impact_report(
        &self,
        actor: &Actor,
        request: GetImpactReportRequest,
    ) -> Result<GetImpactReportResponse, Error> {
        let scope = Scope::parse(&request.trust_id, &request.urn, request.cycle, 0, "", 0)?;
        let suppression = self.authorise_counts(actor, scope.trust, scope.urn).await?;
        self.reach(&request.at_least).await?;
        let completeness = self.completeness(scope.trust.into());
        let reporting = completeness
            .iter()
            .any(|source| source.source == "evaluation" && source.reporting);
        let asked = (scope.clone(), suppression, reporting);
        let count = self.impact(&scope, suppression, reporting);
        let report = self.answer(&self.answers.impact, asked, count).await?;
        Ok(GetImpactReportResponse {
            report: Some(report),
            completeness,
        })
    }

    /// Counts.
    async fn impact(&self, scope: &Scope, suppression: Suppression, reporting: bool) -> Result<ImpactReport, Error> {
        let period = Period {
            cycle: scope.cycle,
            from: compact::day_of(scope.from),
            until: compact::day_of(scope.until),
        };
        let gathered = self.gather(scope, period).await?;
        let today = identity::context::today();
        let threshold = self
            .gate
            .roster()
            .policy_at(scope.trust, None, today)
            .suppression_threshold;
        let lines = Lines::new(
            &gathered,
            Rule::below(threshold),
            period.half_term(compact::day_of(today)),
            suppression != Suppression::none(),
            reporting,
        );
        let urn = scope.urn.map(|urn| urn.number());
        let mut report = ImpactReport {
            trust_id: scope.trust.to_string(),
            urn: compact::urn_text(urn.unwrap_or_default()),
            cycle: scope.cycle,
            threshold: i32::try_from(threshold).unwrap_or(i32::MAX),
            symbols: figures::symbols(),
            definition: DEFINITION.to_owned(),
            definition_version: figures::version_of("1", &[DEFINITION]),
            ..ImpactReport::default()
        };
        for key in gathered.keys(urn) {
            let line = lines.line(&key, urn);
            match key {
                Key::Whole => report.whole = Some(line),
                Key::Activity(_) => report.activities.push(line),
                Key::Provider(_) => report.providers.push(line),
                Key::Focus(_) => report.focus_areas.push(line),
            }
        }
        let by_title = |line: &ImpactLine| (line.title.clone(), line.activity_id.clone(), line.provider_id.clone());
        report.activities.sort_by_cached_key(by_title);
        report.providers.sort_by_cached_key(by_title);
        Ok(report)
    }

    async fn gather(&self, scope: &Scope, period: Period) -> Result<Gathered, Error> {
        let trust = scope.trust.into();
        let since = Wanted {
            from: Some(scope.from),
            ..Wanted::ALL
        };
        let mut gathered = Gathered::default();
        let mut tx = self.read(trust).await?;
        shelf::each(&mut tx, trust, Wanted::ALL, |id, activity| {
            gathered.take_activity(id, activity)
        })
        .await?;
        shelf::each(&mut tx, trust, Wanted::ALL, |id, provider| {
            gathered.take_provider(id, provider)
        })
        .await?;
        shelf::each(&mut tx, trust, since, |_, record| gathered.take_hours(&record, period)).await?;
        shelf::each(&mut tx, trust, since, |_, feedback| {
            gathered.take_feedback(&feedback, period)
        })
        .await?;
        shelf::each(&mut tx, trust, Wanted::ALL, |_, plan| {
            gathered.take_effects(&plan, period)
        })
        .await?;
        shelf::each(&mut tx, trust, since, |_, spending| {
            gathered.take_costs(&spending, period)
        })
        .await?;
        Ok(gathered)
    }
}

crate::grpc::queries! { api::projection::v1::impact_service_server::ImpactService:
    get_impact_report(GetImpactReportRequest) -> GetImpactReportResponse;
}
