//! What the views of development show: needs, priorities, entitlement, time, coaching, talent.

use anyhow::Context as _;
use api::{
    catalogue::v1::DiversionCategory,
    projection::v1::{self as views, GroupBy},
};

use super::{Stage, World, rate, role_group, table};
use crate::demo::words::plain;

/// Prints them for the last year played.
pub(super) async fn print(stage: &Stage, world: &World, cycle: i32) -> anyhow::Result<()> {
    let trust_id = world.trust.trust_id.clone();
    macro_rules! ask {
        ($client:ident.$method:ident, $message:ident, $part:ident) => {{
            let message = views::$message {
                trust_id: trust_id.clone(),
                cycle,
                ..Default::default()
            };
            let request = stage.tokens.request(world.leader.id, message)?;
            let answer = stage.clients.$client.clone().$method(request).await;
            answer
                .context(stringify!($method))?
                .into_inner()
                .$part
                .unwrap_or_default()
        }};
    }
    println!(
        "{}",
        needs(&ask!(needs.get_emergent_needs, GetEmergentNeedsRequest, needs))
    );
    println!(
        "{}",
        priorities(&ask!(needs.get_priority_report, GetPriorityReportRequest, report))
    );
    println!(
        "{}",
        entitlement(&ask!(
            entitlement.get_entitlement_report,
            GetEntitlementReportRequest,
            report
        ))
    );
    println!(
        "{}",
        time(&ask!(entitlement.get_time_report, GetTimeReportRequest, report))
    );
    println!(
        "{}",
        coaching(&ask!(capacity.get_coaching_report, GetCoachingReportRequest, report))
    );
    println!(
        "{}",
        talent(&ask!(capacity.get_talent_report, GetTalentReportRequest, report))
    );
    Ok(())
}

fn shown(rate_of: Option<&views::Rate>) -> String {
    rate_of.map(rate).unwrap_or_default()
}

fn needs(report: &views::EmergentNeeds) -> String {
    let mut table = table(&["Focus", "Rose in", "Needs answered", "Activities", "Took part", "Unmet"]);
    let rose = |area: &views::NeedRow| area.cells.iter().any(|cell| cell.rising);
    for area in report.areas.iter().filter(|area| rose(area) || area.unmet).take(10) {
        let rising: Vec<_> = area
            .cells
            .iter()
            .filter(|cell| cell.rising)
            .map(|cell| {
                format!(
                    "{}/{:02} half-term {}",
                    cell.cycle,
                    (cell.cycle + 1) % 100,
                    cell.half_term
                )
            })
            .collect();
        table.add_row([
            plain(&area.focus_area),
            rising.join(", "),
            shown(area.needs_answered.as_ref()),
            area.activity_count.to_string(),
            area.participant_count.to_string(),
            if area.unmet { "yes" } else { "no" }.to_owned(),
        ]);
    }
    format!(
        "Emergent needs: of {} areas tested against what the past lets expect, those that rose or are unmet\n{table}\n",
        report.areas.len()
    )
}

fn priorities(report: &views::PriorityReport) -> String {
    let mut text = "Priorities: how far did the development meant for them succeed?\n".to_owned();
    for priority in &report.priorities {
        text.push_str(&format!(
            "  {}: {} activities, {} took part, {:.0} hours; later seen again {}. {}\n",
            priority.title,
            priority.activity_count,
            priority.participant_count,
            priority.hours,
            shown(priority.follow_ups_revisited.as_ref()),
            priority.answer
        ));
    }
    text
}

fn entitlement(report: &views::EntitlementReport) -> String {
    let mut table = table(&[
        "Who",
        "People",
        "Hours",
        "Had their entitlement",
        "Had none",
        "Over the cap",
    ]);
    let rows = report
        .rows
        .iter()
        .filter(|row| matches!(row.by(), GroupBy::All | GroupBy::RoleGroup));
    for row in rows {
        let who = match row.by() {
            GroupBy::RoleGroup => role_group(row.group),
            _ => "everybody".to_owned(),
        };
        table.add_row([
            who,
            row.person_count.to_string(),
            format!("{:.0}", row.hours),
            shown(row.entitled.as_ref()),
            shown(row.none.as_ref()),
            shown(row.over_cap.as_ref()),
        ]);
    }
    format!("Entitlement and fairness\n{table}\n")
}

fn time(report: &views::TimeReport) -> String {
    let Some(total) = &report.total else {
        return "Time: nothing was planned.\n".to_owned();
    };
    let diversions: Vec<_> = total
        .diversions
        .iter()
        .map(|diverted| format!("{} min to {}", diverted.minutes, diversion(diverted.category())))
        .collect();
    format!(
        "Time for development: {} minutes planned, used {}, diverted {} ({}).\n",
        total.planned_minutes,
        shown(total.used.as_ref()),
        shown(total.diverted.as_ref()),
        diversions.join(", ")
    )
}

fn diversion(category: DiversionCategory) -> &'static str {
    match category {
        DiversionCategory::Administration => "administration",
        DiversionCategory::Assessment => "assessment",
        DiversionCategory::Cover => "cover",
        DiversionCategory::Inspection => "inspection",
        DiversionCategory::MandatoryTraining => "mandatory training",
        DiversionCategory::Meetings => "meetings",
        DiversionCategory::Pastoral => "pastoral work",
        DiversionCategory::Closure => "closure",
        DiversionCategory::Other | DiversionCategory::Unspecified => "something else",
    }
}

fn coaching(report: &views::CoachingReport) -> String {
    let Some(total) = &report.total else {
        return "Coaching: nobody coaches.\n".to_owned();
    };
    let gaps: Vec<_> = report
        .expertise
        .iter()
        .filter(|area| area.gap)
        .map(|area| plain(&area.focus_area))
        .collect();
    format!(
        "Coaching: {} coaches, {} coached, {} sessions, completed {}; were coached and now coach {}; promises of coaching \
         kept {}; {} enquiries with {} members.\nNobody to turn to on: {}.\n",
        total.coach_count,
        total.coached_count,
        total.session_count,
        shown(total.completed.as_ref()),
        shown(total.now_coach.as_ref()),
        shown(total.asks_provided.as_ref()),
        total.enquiry_count,
        total.enquiry_member_count,
        if gaps.is_empty() {
            "nothing".to_owned()
        } else {
            gaps.join(", ")
        }
    )
}

fn talent(report: &views::TalentReport) -> String {
    let strengths: Vec<_> = report
        .strengths
        .iter()
        .filter(|strength| !strength.suppressed)
        .take(3)
        .map(|strength| format!("{} ({})", plain(&strength.focus_area), shown(strength.seen.as_ref())))
        .collect();
    let aims: Vec<_> = report
        .aims
        .iter()
        .map(|aim| {
            let name = aim.aim().as_str_name().trim_start_matches("CAREER_AIM_").to_lowercase();
            let count = if aim.suppressed {
                "a few".to_owned()
            } else {
                aim.person_count.to_string()
            };
            format!("{} {count}", plain(&name))
        })
        .collect();
    format!(
        "Talent: strengths seen: {}; aims that their owners chose to share: {}; coached and lead by now: {}.\n",
        strengths.join(", "),
        aims.join(", "),
        shown(report.coached_now_lead.as_ref())
    )
}
