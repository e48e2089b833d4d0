//! An enquiry as its events left it.

use api::{
    VisitSealed,
    coaching::v1::{self as pb, EnquiryKind, EnquiryState, FindingsAudience, enquiry_event::Event},
    common::v1::{RoleGroup, Sealed},
    ids::{FollowUpId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;

use crate::recorded;

/// A group that enquires into its own practice. Texts are as the events hold them: sealed.
#[derive(Clone, Debug, Default)]
pub struct Enquiry {
    /// What it began with; absent before.
    pub framed: Option<Framed>,
    /// The question as it is now.
    pub question: Option<Sealed>,
    /// How it stands the five tests.
    pub checks: Vec<pb::QuestionCheck>,
    /// Who is, or was, of the group, in the order in which they joined.
    pub members: Vec<Member>,
    /// When the group set to work.
    pub started_on: Option<NaiveDate>,
    pub meetings: Vec<pb::EnquiryMet>,
    /// Of a Lesson Study, up to three.
    pub lessons: Vec<Lesson>,
    pub analysed: Option<pb::EnquiryAnalysed>,
    /// Of the analysis as it is now.
    pub validity: Option<pb::EnquiryValidityChecked>,
    pub replications: Vec<pb::EnquiryReplicated>,
    pub findings: Vec<pb::EnquiryFindingsShared>,
    pub closed_on: Option<NaiveDate>,
}

/// What does not change in an enquiry's life.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Framed {
    pub trust: TrustId,
    /// Absent for an enquiry across schools.
    pub urn: Option<Urn>,
    pub kind: EnquiryKind,
    pub title: String,
    pub focus_areas: Vec<String>,
    pub lead: PersonId,
    pub activity_id: String,
    pub priority_ids: Vec<String>,
}

/// Somebody of the group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    pub person: PersonId,
    pub urn: Option<Urn>,
    pub role_group: RoleGroup,
    pub follow_ups: Vec<FollowUpId>,
    pub joined_on: NaiveDate,
    pub left_on: Option<NaiveDate>,
}

/// A research lesson, as far as it has come.
#[derive(Clone, Debug, Default)]
pub struct Lesson {
    pub planned: pb::ResearchLessonPlanned,
    pub taught: Option<pb::ResearchLessonTaught>,
    pub interviewed: Option<pb::PupilsInterviewed>,
    pub discussed: Option<pb::ResearchLessonDiscussed>,
}

impl Enquiry {
    /// Where it stands.
    pub fn stage(&self) -> EnquiryState {
        if self.closed_on.is_some() {
            EnquiryState::Closed
        } else if !self.findings.is_empty() {
            EnquiryState::Shared
        } else if self.is_valid() {
            EnquiryState::Validated
        } else if self.analysed.is_some() {
            EnquiryState::Analysed
        } else if self.started_on.is_some() {
            EnquiryState::UnderWay
        } else if self.framed.is_some() {
            EnquiryState::Framed
        } else {
            EnquiryState::Unspecified
        }
    }

    /// Whether the analysis as it is now was found valid.
    pub fn is_valid(&self) -> bool {
        self.validity.as_ref().is_some_and(|validity| validity.holds)
    }

    /// Who is of the group now.
    pub fn group(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.left_on.is_none())
    }

    /// Whether somebody is of the group now.
    pub fn is_of(&self, person: PersonId) -> bool {
        self.group().any(|member| member.person == person)
    }

    /// Whether somebody was of the group on a day.
    pub fn was_of(&self, person: PersonId, on: NaiveDate) -> bool {
        self.members.iter().any(|member| {
            member.person == person && member.joined_on <= on && member.left_on.is_none_or(|left_on| on <= left_on)
        })
    }

    /// Whether findings were shared with these, or with more.
    pub fn is_shared_with(&self, audience: FindingsAudience) -> bool {
        self.findings
            .iter()
            .any(|findings| i32::from(findings.with()) >= i32::from(audience))
    }

    /// Takes in an event. Total: every event that was ever recorded is accepted.
    pub(super) fn fold(&mut self, event: &Event) {
        match event {
            Event::Framed(framed) => {
                self.framed = Some(Framed {
                    trust: recorded::id(&framed.trust_id),
                    urn: framed.urn.parse().ok(),
                    kind: framed.kind(),
                    title: framed.title.clone(),
                    focus_areas: framed.focus_areas.clone(),
                    lead: recorded::id(&framed.lead_id),
                    activity_id: framed.activity_id.clone(),
                    priority_ids: framed.priority_ids.clone(),
                });
                self.question = framed.question.clone();
                self.checks = framed.checks.clone();
            }
            Event::Reframed(reframed) => {
                self.question = reframed.question.clone();
                self.checks = reframed.checks.clone();
            }
            Event::Joined(joined) => self.fold_joined(joined),
            Event::Left(left) => {
                let person = recorded::id(&left.person_id);
                for member in &mut self.members {
                    if member.person == person && member.left_on.is_none() {
                        member.left_on = Some(recorded::date(&left.on));
                    }
                }
            }
            Event::Started(started) => self.started_on = Some(recorded::date(&started.on)),
            Event::Met(met) => self.meetings.push(met.clone()),
            Event::LessonPlanned(planned) => self.lessons.push(Lesson {
                planned: planned.clone(),
                ..Lesson::default()
            }),
            Event::LessonTaught(taught) => self.change(taught.lesson, |lesson| lesson.taught = Some(taught.clone())),
            Event::PupilsInterviewed(said) => {
                self.change(said.lesson, |lesson| lesson.interviewed = Some(said.clone()));
            }
            Event::LessonDiscussed(discussed) => {
                self.change(discussed.lesson, |lesson| lesson.discussed = Some(discussed.clone()));
            }
            Event::Analysed(analysed) => {
                self.analysed = Some(analysed.clone());
                self.validity = None;
            }
            Event::ValidityChecked(checked) => self.validity = Some(checked.clone()),
            Event::Replicated(replicated) => self.replications.push(replicated.clone()),
            Event::FindingsShared(shared) => self.findings.push(shared.clone()),
            Event::Closed(closed) => self.closed_on = Some(recorded::date(&closed.on)),
        }
    }

    fn fold_joined(&mut self, joined: &pb::EnquiryJoined) {
        let person = recorded::id(&joined.person_id);
        let follow_ups: Vec<FollowUpId> = recorded::ids(&joined.follow_up_ids);
        let there = |member: &&mut Member| member.person == person && member.left_on.is_none();
        match self.members.iter_mut().find(there) {
            Some(member) => member.follow_ups.extend(follow_ups),
            None => self.members.push(Member {
                person,
                urn: joined.urn.parse().ok(),
                role_group: joined.role_group(),
                follow_ups,
                joined_on: recorded::date(&joined.on),
                left_on: None,
            }),
        }
    }

    fn change(&mut self, number: i32, change: impl FnOnce(&mut Lesson)) {
        let of_number = |lesson: &&mut Lesson| lesson.planned.lesson == number;
        if let Some(lesson) = self.lessons.iter_mut().find(of_number) {
            change(lesson);
        }
    }
}

impl VisitSealed for Enquiry {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut Sealed)) {
        self.question.iter_mut().for_each(|text| text.visit_sealed(visit));
        self.checks.iter_mut().for_each(|check| check.visit_sealed(visit));
        self.meetings.iter_mut().for_each(|met| met.visit_sealed(visit));
        for lesson in &mut self.lessons {
            lesson.planned.visit_sealed(visit);
            lesson.taught.iter_mut().for_each(|taught| taught.visit_sealed(visit));
            lesson.interviewed.iter_mut().for_each(|said| said.visit_sealed(visit));
            lesson.discussed.iter_mut().for_each(|said| said.visit_sealed(visit));
        }
        self.analysed
            .iter_mut()
            .for_each(|analysed| analysed.visit_sealed(visit));
        self.validity.iter_mut().for_each(|checked| checked.visit_sealed(visit));
        self.replications.iter_mut().for_each(|again| again.visit_sealed(visit));
        self.findings.iter_mut().for_each(|shared| shared.visit_sealed(visit));
    }
}
