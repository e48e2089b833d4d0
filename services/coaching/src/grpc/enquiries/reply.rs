//! Enquiries as callers see them.

use api::{
    coaching::v1::{self as pb, FindingsAudience},
    ids::EnquiryId,
};
use service::Loaded;

use super::super::{clear, date};
use crate::{
    enquiry::{Enquiry, Lesson},
    recorded::{text_of, texts_of},
};

/// What of the texts a reader is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sight {
    /// Whether they see what the group wrote.
    pub(super) notes: bool,
    /// The narrowest audience whose findings they see; none if they see none.
    pub(super) findings_from: Option<FindingsAudience>,
}

impl Sight {
    pub(super) fn shows_text(self) -> bool {
        self.notes || self.findings_from.is_some()
    }
}

/// An enquiry, whose texts were opened if any of them are shown.
pub(super) fn enquiry(id: EnquiryId, loaded: &Loaded<Enquiry>, sight: Sight) -> pb::Enquiry {
    let enquiry = &loaded.state;
    let findings = enquiry.findings.iter().filter(|shared| {
        sight
            .findings_from
            .is_some_and(|from| i32::from(shared.with()) >= i32::from(from))
    });
    let shown = pb::Enquiry {
        findings: findings
            .map(|shared| pb::SharedFindings {
                on: shared.on.clone(),
                with: shared.with,
                findings: clear(shared.findings.as_ref()),
            })
            .collect(),
        findings_withheld: !enquiry.findings.is_empty() && sight.findings_from.is_none(),
        ..outline(id, loaded, sight.notes)
    };
    if sight.notes { noted(shown, enquiry) } else { shown }
}

/// What every colleague may know.
fn outline(id: EnquiryId, loaded: &Loaded<Enquiry>, of_the_group: bool) -> pb::Enquiry {
    let enquiry = &loaded.state;
    let framed = enquiry.framed.clone().unwrap_or_default();
    let members = enquiry.members.iter().map(|member| pb::EnquiryMember {
        person_id: member.person.to_string(),
        urn: text_of(member.urn),
        role_group: member.role_group.into(),
        follow_up_ids: match of_the_group {
            true => texts_of(&member.follow_ups),
            false => Vec::new(),
        },
        joined_on: member.joined_on.to_string(),
        left_on: date(member.left_on),
    });
    pb::Enquiry {
        enquiry_id: id.to_string(),
        kind: framed.kind.into(),
        trust_id: framed.trust.to_string(),
        urn: text_of(framed.urn),
        title: framed.title,
        focus_areas: framed.focus_areas,
        lead_id: framed.lead.to_string(),
        activity_id: framed.activity_id,
        priority_ids: framed.priority_ids,
        state: enquiry.stage().into(),
        members: members.collect(),
        started_on: date(enquiry.started_on),
        closed_on: date(enquiry.closed_on),
        notes_withheld: !of_the_group,
        version: loaded.version.0,
        ..pb::Enquiry::default()
    }
}

/// What the group wrote, besides.
fn noted(outline: pb::Enquiry, enquiry: &Enquiry) -> pb::Enquiry {
    let checks = enquiry.checks.iter().map(|check| pb::CheckedQuestion {
        test: check.test,
        holds: check.holds,
        reason: clear(check.reason.as_ref()),
    });
    let meetings = enquiry.meetings.iter().map(|met| pb::EnquiryMeeting {
        meeting_id: met.meeting_id.clone(),
        on: met.on.clone(),
        minutes: met.minutes,
        cycle: met.cycle,
        person_ids: met.person_ids.clone(),
        note: clear(met.note.as_ref()),
    });
    let replications = enquiry.replications.iter().map(|again| pb::ReplicatedEnquiry {
        on: again.on.clone(),
        urn: again.urn.clone(),
        outcome: again.outcome,
        note: clear(again.note.as_ref()),
    });
    let analysed = enquiry.analysed.clone().unwrap_or_default();
    let validity = enquiry.validity.clone().unwrap_or_default();
    pb::Enquiry {
        question: clear(enquiry.question.as_ref()),
        checks: checks.collect(),
        meetings: meetings.collect(),
        lessons: enquiry.lessons.iter().map(lesson).collect(),
        analysed_on: analysed.on,
        analysis: clear(analysed.analysis.as_ref()),
        validity_checked_on: validity.on,
        valid: validity.holds,
        validity_reason: clear(validity.reason.as_ref()),
        replications: replications.collect(),
        ..outline
    }
}

fn lesson(lesson: &Lesson) -> pb::ResearchLesson {
    let taught = lesson.taught.clone().unwrap_or_default();
    let interviewed = lesson.interviewed.clone().unwrap_or_default();
    let discussed = lesson.discussed.clone().unwrap_or_default();
    pb::ResearchLesson {
        lesson: lesson.planned.lesson,
        planned_on: lesson.planned.on.clone(),
        plan: clear(lesson.planned.plan.as_ref()),
        expected: pupils(&lesson.planned.case_pupils),
        taught_on: taught.on,
        taught_by_id: taught.taught_by_id,
        seen: pupils(&taught.seen),
        interviewed_on: interviewed.on,
        said: pupils(&interviewed.said),
        discussed_on: discussed.on,
        discussion: clear(discussed.discussion.as_ref()),
    }
}

fn pupils(pupils: &[pb::CasePupil]) -> Vec<pb::ObservedPupil> {
    let observed = pupils.iter().map(|pupil| pb::ObservedPupil {
        code: pupil.code.clone(),
        note: clear(pupil.note.as_ref()),
    });
    observed.collect()
}
