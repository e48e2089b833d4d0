//! A Lesson Study a school and year: three research lessons, planned together, taught and observed, on a question about
//! pupils.

use std::collections::BTreeMap;

use api::coaching::v1 as coaching;
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::{Player, SchoolYear, Season, day};
use crate::demo::{hand::ask, staff::Part, words};

/// Who enquires together, each with the follow-up that it serves.
struct Group {
    focus: &'static str,
    members: Vec<(Uuid, Option<Uuid>)>,
}

impl Season<'_> {
    pub(super) async fn enquire(&self, year: i32, number: u8, players: &[Player<'_>]) -> anyhow::Result<()> {
        if number == 0 {
            return Ok(());
        }
        let groups = groups(year, players);
        self.at_every_school("enquiry", year, async |here| {
            match groups.get(here.school.urn.as_str()) {
                Some(group) if group.members.len() >= 2 => enquire_at(here, group).await,
                _ => Ok(()),
            }
        })
        .await?;
        Ok(())
    }
}

/// In each school, up to three teachers who agreed to work on the same focus this autumn.
fn groups<'a>(year: i32, players: &'a [Player<'_>]) -> BTreeMap<&'a str, Group> {
    let autumn = day(year, 9, 1)..day(year, 12, 20);
    let mut by_focus: BTreeMap<&str, BTreeMap<&'static str, Vec<(Uuid, Option<Uuid>)>>> = BTreeMap::new();
    for player in players.iter().filter(|player| player.person.part == Part::Teacher) {
        let foci = by_focus.entry(&player.school.urn).or_default();
        for agreed in player.agreed.iter().filter(|agreed| autumn.contains(&agreed.agreed_on)) {
            let members = foci.entry(agreed.focus).or_default();
            if members.iter().all(|(member, _)| *member != player.person.id) {
                members.push((player.person.id, Some(agreed.id)));
            }
        }
    }
    by_focus
        .into_iter()
        .filter_map(|(urn, foci)| {
            let (focus, mut members) = foci.into_iter().max_by_key(|(_, members)| members.len())?;
            members.truncate(3);
            Some((urn, Group { focus, members }))
        })
        .collect()
}

async fn enquire_at(mut here: SchoolYear<'_>, group: &Group) -> anyhow::Result<()> {
    let enquiry = here.hand.next_id("enquiry").to_string();
    let lead = group.members[0].0;
    let on = day(here.year, 1, 8);
    frame(&mut here, &enquiry, lead, group, on).await?;
    let people: Vec<String> = group.members.iter().map(|(person, _)| person.to_string()).collect();
    for lesson in 0..3_u64 {
        let on = day(here.year, 1, 15) + Days::new(lesson * 21);
        research_lesson(&mut here, &enquiry, lead, &people, on, lesson).await?;
    }
    let on = day(here.year, 4, 20);
    ask!(
        here,
        enquiries.analyse_enquiry,
        lead,
        on,
        coaching::AnalyseEnquiryRequest {
            enquiry_id: enquiry.clone(),
            on: on.to_string(),
            analysis: words::ANALYSIS.to_owned(),
        }
    )?;
    let checker = group.members[1].0;
    ask!(
        here,
        enquiries.check_enquiry_validity,
        checker,
        on,
        coaching::CheckEnquiryValidityRequest {
            enquiry_id: enquiry.clone(),
            on: on.to_string(),
            holds: true,
            reason: words::VALID.to_owned(),
        }
    )?;
    if here.followed_through(1.0) {
        ask!(
            here,
            enquiries.share_enquiry_findings,
            lead,
            on,
            coaching::ShareEnquiryFindingsRequest {
                enquiry_id: enquiry.clone(),
                on: on.to_string(),
                with: coaching::FindingsAudience::Trust.into(),
                findings: words::FINDINGS.to_owned(),
            }
        )?;
    }
    ask!(
        here,
        enquiries.close_enquiry,
        lead,
        on,
        coaching::CloseEnquiryRequest {
            enquiry_id: enquiry,
            on: on.to_string(),
        }
    )?;
    Ok(())
}

async fn frame(
    here: &mut SchoolYear<'_>,
    enquiry: &str,
    lead: Uuid,
    group: &Group,
    on: NaiveDate,
) -> anyhow::Result<()> {
    let tests = [
        coaching::QuestionTest::AimsAtLearning,
        coaching::QuestionTest::NamesPupils,
        coaching::QuestionTest::LeavesOutTheRest,
        coaching::QuestionTest::AnswerableHere,
        coaching::QuestionTest::PartsAnswerable,
    ];
    ask!(
        here,
        enquiries.frame_enquiry,
        lead,
        on,
        coaching::FrameEnquiryRequest {
            enquiry_id: enquiry.to_owned(),
            kind: coaching::EnquiryKind::LessonStudy.into(),
            trust_id: here.trust_id.to_owned(),
            urn: here.school.urn.clone(),
            title: format!("Lesson Study on {}", words::plain(group.focus)),
            focus_areas: vec![group.focus.to_owned()],
            question: words::QUESTION.to_owned(),
            checks: tests
                .map(|test| coaching::QuestionCheckDraft {
                    test: test.into(),
                    holds: true,
                    reason: words::QUESTION_HOLDS.to_owned(),
                })
                .to_vec(),
            lead_id: lead.to_string(),
        }
    )?;
    for (member, follow_up) in &group.members {
        ask!(
            here,
            enquiries.join_enquiry,
            member,
            on,
            coaching::JoinEnquiryRequest {
                enquiry_id: enquiry.to_owned(),
                person_id: member.to_string(),
                follow_up_ids: follow_up.iter().map(Uuid::to_string).collect(),
                on: on.to_string(),
            }
        )?;
    }
    ask!(
        here,
        enquiries.start_enquiry,
        lead,
        on,
        coaching::StartEnquiryRequest {
            enquiry_id: enquiry.to_owned(),
            on: on.to_string(),
        }
    )?;
    Ok(())
}

async fn research_lesson(
    here: &mut SchoolYear<'_>,
    enquiry: &str,
    lead: Uuid,
    people: &[String],
    on: NaiveDate,
    lesson: u64,
) -> anyhow::Result<()> {
    let pupil = |note: &str| coaching::CasePupilDraft {
        code: "A".to_owned(),
        note: note.to_owned(),
    };
    ask!(
        here,
        enquiries.plan_research_lesson,
        lead,
        on,
        coaching::PlanResearchLessonRequest {
            enquiry_id: enquiry.to_owned(),
            on: on.to_string(),
            minutes: 60,
            person_ids: people.to_vec(),
            case_pupils: vec![pupil(words::PUPIL_EXPECTED)],
            plan: words::LESSON_PLAN.to_owned(),
        }
    )?;
    let taught_on = on + Days::new(2);
    let teacher = usize::try_from(lesson)? % people.len();
    let observers: Vec<String> = people
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != teacher)
        .map(|(_, person)| person.clone())
        .collect();
    ask!(
        here,
        enquiries.teach_research_lesson,
        lead,
        taught_on,
        coaching::TeachResearchLessonRequest {
            enquiry_id: enquiry.to_owned(),
            on: taught_on.to_string(),
            minutes: 60,
            taught_by_id: people[teacher].clone(),
            observer_ids: observers,
            seen: vec![pupil(words::PUPIL_SEEN)],
        }
    )?;
    ask!(
        here,
        enquiries.interview_pupils,
        lead,
        taught_on,
        coaching::InterviewPupilsRequest {
            enquiry_id: enquiry.to_owned(),
            on: taught_on.to_string(),
            said: vec![pupil(words::PUPIL_SAID)],
        }
    )?;
    ask!(
        here,
        enquiries.discuss_research_lesson,
        lead,
        taught_on,
        coaching::DiscussResearchLessonRequest {
            enquiry_id: enquiry.to_owned(),
            on: taught_on.to_string(),
            minutes: 45,
            person_ids: people.to_vec(),
            discussion: words::DISCUSSION.to_owned(),
        }
    )?;
    Ok(())
}
