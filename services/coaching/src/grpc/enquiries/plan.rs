//! What each request asks of an enquiry.

use api::{
    coaching::v1::{self as pb, EnquiryKind, FindingsAudience, LeavingCause, QuestionTest, Replication},
    ids::{ActivityId, EnquiryId, FollowUpId, ObjectiveId, PersonId, PriorityId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::roster::Person;
use service::{Call, Error, Plan, Violations, parse::SHORT_TEXT};
use uuid::Uuid;

use super::super::{
    Grpc, MINUTES, MOST_LINKS, MOST_PEOPLE, REASON, SENTENCE, TEXT, at, caller, named, some_focus_areas,
};
use crate::enquiry::{
    self, CaseCode, CaseNote, Check, Colleague, Command, Enquiry, Frame, Join, Meet, NotACode, PlanLesson, TeachLesson,
};

const MOST_CASE_PUPILS: usize = 6;
const MOST_CYCLES: i32 = 20;

pub(super) async fn frame(edge: &Grpc, call: &Call<pb::FrameEnquiryRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<EnquiryId>("enquiry_id", &message.enquiry_id),
        violations.choice::<EnquiryKind>("kind", message.kind),
        violations.id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.text("title", &message.title, SHORT_TEXT),
        some_focus_areas(&mut violations, &message.focus_areas),
        violations.text("question", &message.question, SENTENCE),
        checks(&mut violations, &message.checks),
        violations.optional_id::<PersonId>("lead_id", &message.lead_id),
        violations.optional_id::<ActivityId>("activity_id", &message.activity_id),
        violations.ids::<PriorityId>("priority_ids", &message.priority_ids, MOST_LINKS),
        violations.ids::<FollowUpId>("follow_up_ids", &message.follow_up_ids, MOST_LINKS),
    );
    let (id, kind, trust, urn, title, focus_areas, question, checks, lead, activity, priorities, follow_ups) =
        violations.all(parts)?;
    let today = call.today();
    if let Some(urn) = urn {
        edge.must_be_school_of(trust, urn, today).await?;
    }
    let lead = match lead {
        Some(lead) => lead,
        None => caller(&call.actor)?,
    };
    let lead = edge.colleague("lead_id", lead, trust, today).await?;
    let named = named("follow_up_ids", &follow_ups);
    let command = Command::Frame(Frame {
        trust,
        urn,
        kind,
        title,
        focus_areas,
        question,
        checks,
        lead: colleague(&lead, today),
        follow_ups,
        activity,
        priorities,
    });
    edge.check_follow_ups(&call.actor, &Enquiry::default(), &command, &[lead.id], named)
        .await?;
    let id = id.unwrap_or_else(|| EnquiryId(Uuid::now_v7()));
    Ok(Plan::of::<Enquiry>(id, command))
}

pub(super) fn reframe(call: &Call<pb::ReframeEnquiryRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let question = violations.text("question", &message.question, SENTENCE);
    let checks = checks(&mut violations, &message.checks);
    let (id, question, checks) = violations.all((id, question, checks))?;
    Ok(Plan::of::<Enquiry>(id, Command::Reframe { question, checks }))
}

pub(super) async fn join(edge: &Grpc, call: &Call<pb::JoinEnquiryRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let person = violations.optional_id::<PersonId>("person_id", &message.person_id);
    let follow_ups = violations.ids::<FollowUpId>("follow_up_ids", &message.follow_up_ids, MOST_LINKS);
    let objectives = violations.ids::<ObjectiveId>("objective_ids", &message.objective_ids, MOST_LINKS);
    let on = violations.date("on", &message.on);
    let (id, person, follow_ups, objectives, on) = violations.all((id, person, follow_ups, objectives, on))?;
    let person = match person {
        Some(person) => person,
        None => caller(&call.actor)?,
    };
    let enquiry = edge.commands.get::<Enquiry>(id).await?.state;
    let trust = enquiry.framed.as_ref().map(|framed| framed.trust).unwrap_or_default();
    let person = edge.colleague("person_id", person, trust, on).await?;
    let named = named("follow_up_ids", &follow_ups);
    let command = Command::Join(Join {
        who: colleague(&person, on),
        follow_ups,
        objectives,
        on,
    });
    edge.check_follow_ups(&call.actor, &enquiry, &command, &[person.id], named)
        .await?;
    Ok(Plan::of::<Enquiry>(id, command))
}

pub(super) fn leave(call: &Call<pb::LeaveEnquiryRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let person = violations.optional_id::<PersonId>("person_id", &message.person_id);
    let on = violations.date("on", &message.on);
    if let Some(on) = on {
        violations.check(on <= call.today(), "on", || "must not be still to come".to_owned());
    }
    let (id, person, on) = violations.all((id, person, on))?;
    let person = match person {
        Some(person) => person,
        None => caller(&call.actor)?,
    };
    let cause = LeavingCause::AtRequest;
    Ok(Plan::of::<Enquiry>(id, Command::Leave { person, on, cause }))
}

pub(super) fn start(call: &Call<pb::StartEnquiryRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &call.message.enquiry_id);
    let on = violations.date("on", &call.message.on);
    let (id, on) = violations.all((id, on))?;
    Ok(Plan::of::<Enquiry>(id, Command::Start { on }))
}

pub(super) fn meet(call: &Call<pb::RecordEnquiryMeetingRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let meeting = violations.optional_id::<Uuid>("meeting_id", &message.meeting_id);
    let on = violations.date("on", &message.on);
    let minutes = violations.number("minutes", message.minutes, MINUTES);
    let people = violations.ids::<PersonId>("person_ids", &message.person_ids, MOST_PEOPLE);
    let cycle = violations.number("cycle", message.cycle, 0..=MOST_CYCLES);
    let note = violations.optional_text("note", &message.note, TEXT);
    let parts = (id, meeting, on, minutes, people, cycle, note);
    let (id, meeting, on, minutes, people, cycle, note) = violations.all(parts)?;
    let meet = Meet {
        meeting: meeting.unwrap_or_else(Uuid::now_v7),
        on,
        minutes,
        people,
        cycle: (cycle > 0).then_some(cycle),
        note,
    };
    Ok(Plan::of::<Enquiry>(id, Command::Meet(meet)))
}

pub(super) fn plan_lesson(call: &Call<pb::PlanResearchLessonRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let on = violations.date("on", &message.on);
    let minutes = violations.number("minutes", message.minutes, MINUTES);
    let people = violations.ids::<PersonId>("person_ids", &message.person_ids, MOST_PEOPLE);
    let case_pupils = case_notes(&mut violations, "case_pupils", &message.case_pupils);
    let plan = violations.text("plan", &message.plan, TEXT);
    let parts = (id, on, minutes, people, case_pupils, plan);
    let (id, on, minutes, people, case_pupils, plan) = violations.all(parts)?;
    let plan = PlanLesson {
        on,
        minutes,
        people,
        case_pupils,
        plan,
    };
    Ok(Plan::of::<Enquiry>(id, Command::PlanLesson(plan)))
}

pub(super) fn teach_lesson(call: &Call<pb::TeachResearchLessonRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let on = violations.date("on", &message.on);
    let minutes = violations.number("minutes", message.minutes, MINUTES);
    let teacher = violations.id::<PersonId>("taught_by_id", &message.taught_by_id);
    let observers = violations.ids::<PersonId>("observer_ids", &message.observer_ids, MOST_PEOPLE);
    let seen = case_notes(&mut violations, "seen", &message.seen);
    let parts = (id, on, minutes, teacher, observers, seen);
    let (id, on, minutes, teacher, observers, seen) = violations.all(parts)?;
    let teach = TeachLesson {
        on,
        minutes,
        teacher,
        observers,
        seen,
    };
    Ok(Plan::of::<Enquiry>(id, Command::TeachLesson(teach)))
}

pub(super) fn interview_pupils(call: &Call<pb::InterviewPupilsRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let on = violations.date("on", &message.on);
    let said = case_notes(&mut violations, "said", &message.said);
    let (id, on, said) = violations.all((id, on, said))?;
    Ok(Plan::of::<Enquiry>(id, Command::InterviewPupils { on, said }))
}

pub(super) fn discuss_lesson(call: &Call<pb::DiscussResearchLessonRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let on = violations.date("on", &message.on);
    let minutes = violations.number("minutes", message.minutes, MINUTES);
    let people = violations.ids::<PersonId>("person_ids", &message.person_ids, MOST_PEOPLE);
    let discussion = violations.text("discussion", &message.discussion, TEXT);
    let (id, on, minutes, people, discussion) = violations.all((id, on, minutes, people, discussion))?;
    let command = Command::DiscussLesson {
        on,
        minutes,
        people,
        discussion,
    };
    Ok(Plan::of::<Enquiry>(id, command))
}

pub(super) fn analyse(call: &Call<pb::AnalyseEnquiryRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &call.message.enquiry_id);
    let on = violations.date("on", &call.message.on);
    let analysis = violations.text("analysis", &call.message.analysis, TEXT);
    let (id, on, analysis) = violations.all((id, on, analysis))?;
    Ok(Plan::of::<Enquiry>(id, Command::Analyse { on, analysis }))
}

pub(super) fn check_validity(call: &Call<pb::CheckEnquiryValidityRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let on = violations.date("on", &message.on);
    let reason = violations.text("reason", &message.reason, REASON);
    let (id, on, reason) = violations.all((id, on, reason))?;
    let holds = message.holds;
    Ok(Plan::of::<Enquiry>(id, Command::CheckValidity { on, holds, reason }))
}

pub(super) async fn replicate(edge: &Grpc, call: &Call<pb::ReplicateEnquiryRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let on = violations.date("on", &message.on);
    let urn = violations.optional_id::<Urn>("urn", &message.urn);
    let outcome = violations.choice::<Replication>("outcome", message.outcome);
    let note = violations.optional_text("note", &message.note, REASON);
    let (id, on, urn, outcome, note) = violations.all((id, on, urn, outcome, note))?;
    if let Some(urn) = urn {
        // Anywhere: another trust may have done it again.
        let school = edge.commands.gate().roster().school(urn).await;
        school.map_err(|error| at("urn", error))?;
    }
    let command = Command::Replicate { on, urn, outcome, note };
    Ok(Plan::of::<Enquiry>(id, command))
}

pub(super) fn share_findings(call: &Call<pb::ShareEnquiryFindingsRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &message.enquiry_id);
    let on = violations.date("on", &message.on);
    let with = violations.choice::<FindingsAudience>("with", message.with);
    let findings = violations.text("findings", &message.findings, TEXT);
    let (id, on, with, findings) = violations.all((id, on, with, findings))?;
    Ok(Plan::of::<Enquiry>(id, Command::ShareFindings { on, with, findings }))
}

pub(super) fn close(call: &Call<pb::CloseEnquiryRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<EnquiryId>("enquiry_id", &call.message.enquiry_id);
    let on = violations.date("on", &call.message.on);
    let (id, on) = violations.all((id, on))?;
    Ok(Plan::of::<Enquiry>(id, Command::Close { on }))
}

impl Grpc {
    async fn must_be_school_of(&self, trust: TrustId, urn: Urn, on: NaiveDate) -> Result<(), Error> {
        let school = self.commands.gate().roster().school(urn).await;
        let school = school.map_err(|error| at("urn", error))?;
        if school.trust_on(on) == Some(trust) {
            Ok(())
        } else {
            Err(Error::invalid("urn", format!("{urn} is no school of the trust")))
        }
    }
}

fn colleague(person: &Person, on: NaiveDate) -> Colleague {
    Colleague {
        person: person.id,
        urn: person.school_on(on),
        role_group: person.role_group_on(on).unwrap_or_default(),
    }
}

fn checks(violations: &mut Violations, drafts: &[pb::QuestionCheckDraft]) -> Option<Vec<Check>> {
    violations.list("checks", drafts, enquiry::TESTS.len(), |violations, path, draft| {
        let test = violations.choice::<QuestionTest>(&format!("{path}.test"), draft.test);
        let reason = violations.text(&format!("{path}.reason"), &draft.reason, SENTENCE);
        Some(Check {
            test: test?,
            holds: draft.holds,
            reason: reason?,
        })
    })
}

/// A name instead of a letter is refused here: nothing of it is recorded.
fn case_notes(violations: &mut Violations, field: &str, drafts: &[pb::CasePupilDraft]) -> Option<Vec<CaseNote>> {
    violations.list(field, drafts, MOST_CASE_PUPILS, |violations, path, draft| {
        let code: Result<CaseCode, NotACode> = draft.code.parse();
        if let Err(error) = code {
            violations.add(format!("{path}.code"), error.to_string());
        }
        let note = violations.text(&format!("{path}.note"), &draft.note, SENTENCE);
        Some(CaseNote {
            code: code.ok()?,
            note: note?,
        })
    })
}
