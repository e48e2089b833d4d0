//! What the demo prints: the link report of a trust as a table, what the views of development and of outcomes show, and one
//! thread told in full.

mod development;
mod outcomes;

use std::time::Duration;

use anyhow::{Context as _, bail};
use api::{
    common::v1::{Completeness, Purpose, RoleGroup},
    projection::v1::{self as views, Absence, FunnelStep, LinkRow, Rate, Step, StuckReason, ThreadState},
};
use backon::{ConstantBuilder, Retryable as _};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use uuid::Uuid;

use super::{hand::Stage, network::Network, staff::Part, world::World};

/// Waits until the views show everything that was recorded.
pub(super) async fn catch_up(stage: &Stage, world: &World, cycle: i32) -> anyhow::Result<()> {
    let at_least = stage.reached();
    let ask = || async {
        let message = views::GetLinkReportRequest {
            trust_id: world.trust.trust_id.clone(),
            cycle,
            at_least: at_least.clone(),
            ..Default::default()
        };
        let request = stage
            .tokens
            .request(world.leader.id, message)
            .map_err(|error| tonic::Status::internal(error.to_string()))?;
        stage.clients.tracking.clone().get_link_report(request).await
    };
    let patience = usize::try_from(super::PATIENCE.as_secs()).unwrap_or(usize::MAX);
    ask.retry(
        ConstantBuilder::default()
            .with_delay(Duration::from_secs(1))
            .with_max_times(patience),
    )
    .when(|status| matches!(status.code(), tonic::Code::Unavailable | tonic::Code::DeadlineExceeded))
    .await
    .context("waiting for the views")?;
    Ok(())
}

/// Prints the report of the last year, and the thread that shows most.
pub(super) async fn print(stage: &Stage, world: &World, network: &Network, cycle: i32) -> anyhow::Result<()> {
    let message = views::GetLinkReportRequest {
        trust_id: world.trust.trust_id.clone(),
        cycle,
        ..Default::default()
    };
    let answer = stage
        .clients
        .tracking
        .clone()
        .get_link_report(stage.tokens.request(world.leader.id, message)?)
        .await?
        .into_inner();
    let report = answer.report.context("the link report is empty")?;
    println!("{}", link_report(&report, &answer.completeness));
    development::print(stage, world, cycle).await?;
    outcomes::print(stage, world, network, cycle).await?;

    let Some((follow_up, reader)) = telling_thread(stage, world, cycle).await? else {
        bail!("nothing was agreed in {cycle}");
    };
    let message = views::GetThreadRequest {
        follow_up_id: follow_up,
        ..Default::default()
    };
    let thread = stage
        .clients
        .tracking
        .clone()
        .get_thread(stage.tokens.request(reader, message)?)
        .await?
        .into_inner();
    println!("{}", story(&thread.thread.context("the thread is empty")?));
    Ok(())
}

/// A completed thread of the first school that appraisal spoke of, if there is one, and its head as reader.
async fn telling_thread(stage: &Stage, world: &World, cycle: i32) -> anyhow::Result<Option<(String, Uuid)>> {
    for school in &world.schools {
        let lead = school.of(Part::CpdLead).next().unwrap_or_else(|| school.head());
        let message = views::ListThreadsRequest {
            trust_id: world.trust.trust_id.clone(),
            urn: school.urn.clone(),
            cycle,
            page_size: 200,
            ..Default::default()
        };
        let threads = stage
            .clients
            .tracking
            .clone()
            .list_threads(stage.tokens.request(lead.id, message)?)
            .await?
            .into_inner()
            .threads;
        let reached = |thread: &views::ThreadSummary| {
            thread
                .milestones
                .iter()
                .filter(|milestone| !milestone.on.is_empty())
                .count()
        };
        if let Some(thread) = threads
            .iter()
            .max_by_key(|thread| (reached(thread), thread.agreed_on.clone()))
        {
            return Ok(Some((thread.follow_up_id.clone(), lead.id)));
        }
    }
    Ok(None)
}

fn link_report(report: &views::LinkReport, completeness: &[Completeness]) -> String {
    let mut table = Table::new();
    table
        .load_preset(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "School",
        "Agreed",
        "Support provided",
        "Developed",
        "Revisited",
        "Discussed",
        "Evaluated",
        "Objectives from practice",
    ]);
    for row in report.schools.iter().chain(report.total.as_ref()) {
        table.add_row(cells(row));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = format!(
        "Link report of {}, {}/{:02}: how far what was agreed went\n{table}\n",
        report.trust_name,
        report.cycle,
        (report.cycle + 1) % 100
    );
    if let Some(total) = &report.total {
        let medians: Vec<_> = total
            .funnel
            .iter()
            .filter(|step| step.step() != Step::Agreed)
            .filter_map(|step| Some(format!("{} {:.0}", step_name(step.step()), step.median_days?)))
            .collect();
        text.push_str(&format!("Median days from agreed: {}.\n", medians.join(", ")));
        let stuck: Vec<_> = total
            .stuck
            .iter()
            .filter(|stuck| stuck.count > 0)
            .map(|stuck| format!("{} {}", stuck.count, why(stuck.reason())))
            .collect();
        if !stuck.is_empty() {
            text.push_str(&format!("Stuck: {}.\n", stuck.join("; ")));
        }
        if let Some(silent) = &total.silent_appraisals {
            text.push_str(&format!(
                "Appraisals concluded without a word on what was developed: {}.\n",
                rate(silent)
            ));
        }
    }
    text.push_str(&format!(
        "Links refused because their purpose forbids them: {}.\n",
        report.refused_links
    ));
    let sources: Vec<_> = completeness
        .iter()
        .map(|source| {
            format!(
                "{} {}",
                source.source,
                if source.reporting { "complete" } else { "not reporting" }
            )
        })
        .collect();
    text.push_str(&format!("Sources: {}.\n", sources.join(", ")));
    text
}

fn cells(row: &LinkRow) -> Vec<Cell> {
    let name = if row.urn.is_empty() {
        "The trust"
    } else {
        &row.school_name
    };
    let mut cells = vec![Cell::new(name)];
    for step in [
        Step::Agreed,
        Step::SupportProvided,
        Step::Developed,
        Step::Revisited,
        Step::Discussed,
        Step::Evaluated,
    ] {
        let found = row.funnel.iter().find(|funnel| funnel.step() == step);
        cells.push(Cell::new(found.map_or_else(String::new, funnel_cell)));
    }
    cells.push(Cell::new(
        row.objectives_from_practice.as_ref().map(rate).unwrap_or_default(),
    ));
    cells
}

fn funnel_cell(step: &FunnelStep) -> String {
    match &step.rate {
        Some(rate) if step.step() == Step::Agreed => rate.numerator.to_string(),
        Some(shown) => rate(shown),
        None => "no source yet".into(),
    }
}

fn rate(rate: &Rate) -> String {
    match rate.ratio {
        _ if rate.suppressed => "c".into(),
        Some(ratio) => format!("{}/{} {:.0} %", rate.numerator, rate.denominator, ratio * 100.0),
        None => "–".into(),
    }
}

fn story(thread: &views::Thread) -> String {
    let name = |person: &Option<views::PersonRef>| person.as_ref().map_or("nobody", |person| &person.name).to_owned();
    let mut text = format!(
        "One thread: {} at {}, on {}\n  purpose: {}; state: {}{}\n  agreed: {}\n",
        name(&thread.person),
        thread.school_name,
        thread.focus_areas.join(", ").replace('_', " "),
        purpose(thread.purpose()),
        state(thread.state()),
        if thread.promoted {
            "; promoted to appraisal by its person"
        } else {
            ""
        },
        if thread.text_withheld {
            "(not for this reader)"
        } else {
            &thread.action
        },
    );
    for promise in &thread.promises {
        let kept = if promise.provided_on.is_empty() {
            "still owed".into()
        } else {
            format!("given on {}", promise.provided_on)
        };
        text.push_str(&format!(
            "  the school owes, by {}: {} – {kept}\n",
            name(&thread.owner),
            promise.detail
        ));
    }
    for entry in &thread.story {
        text.push_str(&format!("  {}  {:<12}  {}\n", entry.on, entry.source, entry.summary));
        if !entry.text.is_empty() {
            text.push_str(&format!(
                "              {:12}  “{}”\n",
                "",
                entry.text.replace("\n\n", " / ")
            ));
        }
    }
    let milestones: Vec<_> = thread
        .milestones
        .iter()
        .map(|milestone| {
            let reached = if milestone.on.is_empty() {
                absence(milestone.absence()).to_owned()
            } else {
                milestone.on.clone()
            };
            format!("{}: {reached}", step_name(milestone.step()))
        })
        .collect();
    text.push_str(&format!("  milestones: {}\n", milestones.join(" · ")));
    if !thread.stuck.is_empty() {
        let reasons: Vec<_> = thread.stuck().map(why).collect();
        text.push_str(&format!("  stuck: {}\n", reasons.join("; ")));
    }
    for refusal in &thread.refusals {
        text.push_str(&format!("  refused: {}\n", refusal.reason));
    }
    text
}

fn step_name(step: Step) -> &'static str {
    match step {
        Step::Agreed => "agreed",
        Step::SupportProvided => "support provided",
        Step::Developed => "developed",
        Step::Revisited => "revisited",
        Step::Discussed => "discussed",
        Step::Evaluated => "evaluated",
        Step::Unspecified => "?",
    }
}

fn absence(absence: Absence) -> &'static str {
    match absence {
        Absence::NothingAgreed => "nothing agreed",
        Absence::NotYet => "not yet",
        Absence::SourceNotReporting => "source not reporting",
        Absence::NotPermitted => "not permitted",
        Absence::NotApplicable => "does not apply",
        Absence::Unspecified => "?",
    }
}

fn why(reason: StuckReason) -> &'static str {
    match reason {
        StuckReason::NotStarted => "not started",
        StuckReason::SupportNotProvided => "support not provided",
        StuckReason::Overdue => "overdue",
        StuckReason::NeverRevisited => "never revisited",
        StuckReason::NotInAppraisal => "not reflected in appraisal",
        StuckReason::OwnerLeft => "owner left",
        StuckReason::Paused => "paused",
        StuckReason::SourceNotReporting => "source not reporting",
        StuckReason::NotPermitted => "not permitted",
        StuckReason::Unspecified => "?",
    }
}

fn state(state: ThreadState) -> &'static str {
    match state {
        ThreadState::Agreed => "agreed",
        ThreadState::UnderWay => "under way",
        ThreadState::Revisited => "revisited",
        ThreadState::Completed => "completed",
        ThreadState::Withdrawn => "withdrawn",
        ThreadState::Lapsed => "lapsed",
        ThreadState::Unspecified => "?",
    }
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Developmental => "developmental",
        Purpose::Appraisal => "appraisal",
        Purpose::Induction => "induction",
        Purpose::QualityAssurance => "quality assurance",
        Purpose::Statutory => "statutory",
        Purpose::Unspecified => "?",
    }
}

fn role_group(group: i32) -> String {
    match RoleGroup::try_from(group).unwrap_or_default() {
        RoleGroup::Leadership => "leadership",
        RoleGroup::ClassroomTeacher => "classroom teachers",
        RoleGroup::EarlyCareerTeacher => "early career teachers",
        RoleGroup::TeachingAssistant => "teaching assistants",
        RoleGroup::OtherSupport => "other support staff",
        RoleGroup::Governor => "governors",
        RoleGroup::Unspecified => "not said",
    }
    .to_owned()
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(head.to_vec());
    table
}
