//! What the views of outcomes show: a network's release, values and practice, impact and value, scorecard, workload.

use anyhow::Context as _;
use api::{
    common::v1::RoleGroup,
    directory::v1::Phase,
    evaluation::v1::EffectCaution,
    projection::v1::{self as views, Figure, FigureRate, NetworkBreakdown, Step},
};
use reference::{Reference, Set};

use super::{Network, Stage, World, funnel_cell, rate, role_group, step_name, table};
use crate::demo::words::plain;

/// Prints them: the network's as its lead reads them, the trust's as its leader does.
pub(super) async fn print(stage: &Stage, world: &World, network: &Network, cycle: i32) -> anyhow::Result<()> {
    let trust_id = world.trust.trust_id.clone();
    macro_rules! ask {
        ($client:ident.$method:ident, $reader:expr, $message:expr) => {{
            let request = stage.tokens.request($reader, $message)?;
            let answer = stage.clients.$client.clone().$method(request).await;
            answer
                .context(stringify!($method))?
                .into_inner()
                .report
                .unwrap_or_default()
        }};
    }
    let report = ask!(
        network_reports.get_network_report,
        network.lead.id,
        views::GetNetworkReportRequest {
            network_id: network.id.to_string(),
            cycle,
            half_term: 1,
            ..Default::default()
        }
    );
    println!("{}", released(&report));
    let report = ask!(
        values.get_values_report,
        world.leader.id,
        views::GetValuesReportRequest {
            trust_id: trust_id.clone(),
            ..Default::default()
        }
    );
    println!("{}", values(&report));
    // Whether practice changed shows after some weeks, so of the course of this autumn the year that has just begun tells.
    for cycle in [cycle, cycle + 1] {
        let report = ask!(
            impact.get_impact_report,
            world.leader.id,
            views::GetImpactReportRequest {
                trust_id: trust_id.clone(),
                cycle,
                ..Default::default()
            }
        );
        println!("{}", impact(&report));
    }
    let school = world.schools.first().context("no school was played")?;
    let report = ask!(
        scorecard_views.get_scorecard_report,
        school.head().id,
        views::GetScorecardReportRequest {
            trust_id: trust_id.clone(),
            urn: school.urn.clone(),
            cycle,
            ..Default::default()
        }
    );
    println!("{}", scorecard(&report));
    let report = ask!(
        workload.get_workload_report,
        world.leader.id,
        views::GetWorkloadReportRequest {
            trust_id: trust_id.clone(),
            cycle,
            ..Default::default()
        }
    );
    println!("{}", workload(&report));
    Ok(())
}

/// The number, or the symbol that stands for it.
fn figure(shown: Option<&Figure>, decimals: usize) -> String {
    match shown {
        None => "–".to_owned(),
        Some(shown) if shown.symbol.is_empty() => format!("{:.decimals$}", shown.value),
        Some(shown) => shown.symbol.clone(),
    }
}

fn share(shown: Option<&FigureRate>) -> String {
    let Some(shown) = shown else {
        return "–".to_owned();
    };
    let hidden = |part: &Option<Figure>| part.as_ref().is_none_or(|figure| !figure.symbol.is_empty());
    if hidden(&shown.numerator) {
        return figure(shown.numerator.as_ref(), 0);
    }
    format!(
        "{}/{} {} %",
        figure(shown.numerator.as_ref(), 0),
        figure(shown.denominator.as_ref(), 0),
        figure(shown.percent.as_ref(), 0)
    )
}

fn pounds(shown: Option<&Figure>) -> String {
    match shown {
        Some(pence) if pence.symbol.is_empty() => format!("£{:.0}", pence.value / 100.0),
        other => figure(other, 0),
    }
}

fn released(report: &views::NetworkReport) -> String {
    let Some(release) = report.releases.first() else {
        return "The network has no release.\n".to_owned();
    };
    if release.lines.is_empty() {
        return format!(
            "{}: half-term {} is not released: {}.\n",
            report.network_name,
            release.half_term,
            super::absence(release.absence())
        );
    }
    let steps = [
        Step::Agreed,
        Step::SupportProvided,
        Step::Developed,
        Step::Revisited,
        Step::Discussed,
    ];
    let head: Vec<_> = ["Whose"].into_iter().chain(steps.map(step_name)).collect();
    let mut table = table(&head);
    for line in &release.lines {
        let role_group_unknown =
            line.breakdown() == NetworkBreakdown::RoleGroup && line.role_group() == RoleGroup::Unspecified;
        if line.breakdown() == NetworkBreakdown::PhaseAndRoleGroup || role_group_unknown {
            continue;
        }
        let whose = match line.breakdown() {
            NetworkBreakdown::Network => "all schools".to_owned(),
            NetworkBreakdown::Phase => phase(line.phase()),
            NetworkBreakdown::RoleGroup => role_group(line.role_group),
            _ => line.name.clone(),
        };
        let cells = steps.iter().map(|step| {
            let found = line.figures.iter().find(|figure| figure.step() == *step);
            let shown = found.and_then(|figure| figure.rate.as_ref());
            match step {
                Step::Agreed => figure(shown.and_then(|rate| rate.numerator.as_ref()), 0),
                _ => share(shown),
            }
        });
        table.add_row([whose].into_iter().chain(cells));
    }
    let meaning = report
        .symbols
        .iter()
        .find(|symbol| symbol.symbol == "c")
        .map(|symbol| format!("c: {}", symbol.meaning))
        .unwrap_or_default();
    format!(
        "{}, half-term {} of {}/{:02}: people of whom something was agreed, in {} of {} schools, released once\n{table}\n{meaning}\n",
        report.network_name,
        release.half_term,
        report.cycle,
        (report.cycle + 1) % 100,
        release.consenting_count,
        release.taking_part_count
    )
}

fn phase(phase: Phase) -> String {
    let name = phase.as_str_name().trim_start_matches("PHASE_").to_lowercase();
    format!("{} schools", plain(&name))
}

fn values(report: &views::ValuesReport) -> String {
    let Some(wave) = report.waves.first() else {
        return "Values and practice: no wave has closed.\n".to_owned();
    };
    let whole = wave.whole.clone().unwrap_or_default();
    let mut table = table(&[
        "Principle",
        "Our values",
        "What happens",
        "Gap",
        "Gap, teaching assistants",
        "Change in practice",
    ]);
    let assistants = wave
        .staff_groups
        .iter()
        .find(|line| line.staff_group() == RoleGroup::TeachingAssistant);
    let labels = Reference::shipped().edition(Set::AuditPrinciples);
    for principle in &whole.principles {
        let theirs = assistants.and_then(|line| {
            line.principles
                .iter()
                .find(|candidate| candidate.principle == principle.principle)
        });
        table.add_row([
            labels
                .item(&principle.principle)
                .map_or_else(|| plain(&principle.principle), |item| item.label.clone()),
            figure(principle.values.as_ref(), 1),
            figure(principle.practice.as_ref(), 1),
            figure(principle.gap.as_ref(), 1),
            figure(theirs.and_then(|theirs| theirs.gap.as_ref()), 1),
            figure(principle.practice_change.as_ref(), 1),
        ]);
    }
    format!(
        "Values and practice, {}: {} answers, 1 to 5\n{table}\n",
        wave.title,
        figure(whole.answer_count.as_ref(), 0)
    )
}

fn impact(report: &views::ImpactReport) -> String {
    let mut table = table(&[
        "Development",
        "Took part",
        "Hours",
        "Seen in practice",
        "Embedded",
        "Effect on pupils (g)",
        "Cost",
        "Per person",
    ]);
    let whole = report.whole.iter().map(|line| ("all".to_owned(), line));
    let named = report.activities.iter().map(|line| (line.title.clone(), line));
    let paid = |line: &views::ImpactLine| line.cost_pence.as_ref().is_some_and(|pence| pence.value > 0.0);
    let told = |line: &views::ImpactLine| line.pooled.is_some() || line.practice.is_some() || paid(line);
    for (title, line) in whole.chain(named.filter(|(_, line)| told(line)).take(9)) {
        let practice = line.practice.as_ref();
        table.add_row([
            title,
            figure(line.participant_count.as_ref(), 0),
            figure(line.hours.as_ref(), 0),
            share(practice.and_then(|practice| practice.shown.as_ref())),
            share(practice.and_then(|practice| practice.embedded.as_ref())),
            line.pooled.as_ref().map_or_else(|| "–".to_owned(), effect),
            pounds(line.cost_pence.as_ref()),
            pounds(line.pence_per_participant.as_ref()),
        ]);
    }
    format!(
        "Impact and value, {}/{:02}\n{table}\n",
        report.cycle,
        (report.cycle + 1) % 100
    )
}

fn effect(effect: &views::ImpactEffect) -> String {
    let caution = effect
        .cautions()
        .find(|caution| *caution == EffectCaution::SmallSample)
        .map_or("", |_| ", small sample");
    format!(
        "{:.2} ({:.2} to {:.2}, n {}{caution})",
        effect.g, effect.low, effect.high, effect.n
    )
}

fn scorecard(report: &views::ScorecardReport) -> String {
    let mut text = format!("Scorecard of {}\n", report.name);
    for metric in &report.own {
        let points: Vec<_> = metric.points.iter().map(point).collect();
        text.push_str(&format!(
            "  {} ({}): {}\n",
            metric.title,
            metric.unit,
            points.join(", ")
        ));
    }
    let joined_up: Vec<_> = report
        .joined_up
        .iter()
        .map(|step| format!("{} {}", step_name(step.step()), funnel_cell(step)))
        .collect();
    text.push_str(&format!("  beside it: {}", joined_up.join(", ")));
    if let Some(silent) = &report.silent_appraisals {
        text.push_str(&format!(", appraisals silent on what was developed {}", rate(silent)));
    }
    text.push_str(".\n");
    text
}

fn point(point: &views::ScorecardPoint) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"));
    let reached = match point.on_target {
        Some(true) => " reached",
        Some(false) => " missed",
        None => "",
    };
    format!(
        "{} {} (target {}{reached})",
        point.period,
        number(point.value),
        number(point.target)
    )
}

fn workload(report: &views::WorkloadReport) -> String {
    let mut table = table(&["Who", "People", "Lines typed", "Forms", "Meetings", "Entries a person"]);
    let whole = report.whole.iter().map(|line| ("everybody".to_owned(), line));
    let groups = report
        .role_groups
        .iter()
        .map(|line| (role_group(line.role_group), line));
    for (who, line) in whole.chain(groups) {
        table.add_row([
            who,
            figure(line.staff_count.as_ref(), 0),
            figure(line.typed_count.as_ref(), 0),
            figure(line.form_count.as_ref(), 0),
            figure(line.meeting_count.as_ref(), 0),
            figure(line.entries_per_person.as_ref(), 1),
        ]);
    }
    let saved: Vec<_> = report
        .processes
        .iter()
        .filter(|process| process.entry() == views::EntryKind::Saved)
        .map(|process| {
            let count = figure(process.event_count.as_ref(), 0);
            format!("  {count} {}: {}\n", plain(&process.kind), process.saved_by)
        })
        .collect();
    format!(
        "Workload: what the processes asked of people\n{table}\nNobody had to type:\n{}",
        saved.concat()
    )
}
