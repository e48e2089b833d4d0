//! The three research lessons of a Lesson Study, as in the model that schools in England use (Dudley, *Lesson Study: a
//! handbook*, 2011).

use std::collections::BTreeSet;

use api::{
    coaching::v1 as pb,
    common::v1::Sealed,
    ids::{PersonId, TrustId},
};
use chrono::NaiveDate;
use identity::Context;

use super::{CaseNote, Enquiry, Events, Lesson, PlanLesson, Rejection, TeachLesson};
use crate::{
    days::must_not_precede,
    recorded::{self, texts_of},
};

/// Research lessons of a Lesson Study.
const LESSONS: usize = 3;

impl Enquiry {
    pub(super) fn plan_lesson(&self, plan: PlanLesson, ctx: &Context) -> Events {
        let trust = self.must_be_at_work(plan.on, ctx)?;
        self.must_be_lesson_study()?;
        if let Some(before) = self.lessons.last() {
            let discussed = before.discussed.as_ref().ok_or(Rejection::LessonNotDiscussed {
                lesson: before.planned.lesson,
            })?;
            must_not_precede(
                plan.on,
                "the discussion of the lesson before",
                recorded::date(&discussed.on),
            )?;
        }
        if self.lessons.len() >= LESSONS {
            return Err(Rejection::ThreeLessons);
        }
        self.must_be_together(&plan.people, plan.on)?;
        if plan.case_pupils.is_empty() {
            return Err(Rejection::NoCasePupil);
        }
        let planned = pb::ResearchLessonPlanned {
            lesson: self.lessons.last().map_or(0, |before| before.planned.lesson) + 1,
            on: plan.on.to_string(),
            minutes: plan.minutes,
            person_ids: texts_of(plan.people),
            case_pupils: noted(trust, plan.case_pupils)?,
            plan: Some(Sealed::about(trust, plan.plan)),
        };
        Ok(vec![planned.into()])
    }

    /// One teaches, and somebody else watches the case pupils: that is what makes it a research lesson.
    pub(super) fn teach_lesson(&self, teach: TeachLesson, ctx: &Context) -> Events {
        let trust = self.must_be_at_work(teach.on, ctx)?;
        let lesson = self.current_lesson()?;
        let number = lesson.planned.lesson;
        if lesson.taught.is_some() {
            return Err(Rejection::LessonTaughtAlready { lesson: number });
        }
        must_not_precede(teach.on, "its planning", recorded::date(&lesson.planned.on))?;
        if teach.observers.is_empty() {
            return Err(Rejection::NobodyObserved);
        }
        if teach.observers.contains(&teach.teacher) {
            return Err(Rejection::TeacherObserves);
        }
        let people: Vec<PersonId> = std::iter::once(teach.teacher).chain(teach.observers).collect();
        self.must_be_together(&people, teach.on)?;
        lesson.must_know(&teach.seen)?;
        let taught = pb::ResearchLessonTaught {
            lesson: number,
            on: teach.on.to_string(),
            minutes: teach.minutes,
            taught_by_id: teach.teacher.to_string(),
            person_ids: texts_of(people),
            seen: noted(trust, teach.seen)?,
        };
        Ok(vec![taught.into()])
    }

    pub(super) fn interview_pupils(&self, on: NaiveDate, said: Vec<CaseNote>, ctx: &Context) -> Events {
        let trust = self.must_be_at_work(on, ctx)?;
        let lesson = self.current_lesson()?;
        let number = lesson.planned.lesson;
        let taught = lesson.taught.as_ref();
        let taught = taught.ok_or(Rejection::LessonNotTaught { lesson: number })?;
        if lesson.interviewed.is_some() {
            return Err(Rejection::InterviewedAlready { lesson: number });
        }
        must_not_precede(on, "the lesson", recorded::date(&taught.on))?;
        if said.is_empty() {
            return Err(Rejection::NoCasePupil);
        }
        lesson.must_know(&said)?;
        let interviewed = pb::PupilsInterviewed {
            lesson: number,
            on: on.to_string(),
            said: noted(trust, said)?,
        };
        Ok(vec![interviewed.into()])
    }

    /// Completes the lesson.
    pub(super) fn discuss_lesson(
        &self,
        on: NaiveDate,
        minutes: i32,
        people: &[PersonId],
        discussion: String,
        ctx: &Context,
    ) -> Events {
        let trust = self.must_be_at_work(on, ctx)?;
        let lesson = self.current_lesson()?;
        let number = lesson.planned.lesson;
        if lesson.taught.is_none() {
            return Err(Rejection::LessonNotTaught { lesson: number });
        }
        let interviewed = lesson.interviewed.as_ref();
        let interviewed = interviewed.ok_or(Rejection::PupilsNotInterviewed { lesson: number })?;
        must_not_precede(on, "the interview of pupils", recorded::date(&interviewed.on))?;
        self.must_be_together(people, on)?;
        let discussed = pb::ResearchLessonDiscussed {
            lesson: number,
            on: on.to_string(),
            minutes,
            person_ids: texts_of(people),
            discussion: Some(Sealed::about(trust, discussion)),
        };
        Ok(vec![discussed.into()])
    }

    /// The day on which the last was discussed.
    pub(super) fn must_have_three_lessons(&self) -> Result<NaiveDate, Rejection> {
        let discussed = self.lessons.iter().filter_map(|lesson| lesson.discussed.as_ref());
        let days: Vec<NaiveDate> = discussed.map(|discussed| recorded::date(&discussed.on)).collect();
        match days.last() {
            Some(last) if days.len() == LESSONS => Ok(*last),
            _ => Err(Rejection::LessonsMissing {
                left: LESSONS - days.len().min(LESSONS),
            }),
        }
    }

    fn must_be_lesson_study(&self) -> Result<(), Rejection> {
        if self.is_lesson_study() {
            Ok(())
        } else {
            Err(Rejection::NotALessonStudy)
        }
    }

    /// The one that is planned and not yet discussed.
    fn current_lesson(&self) -> Result<&Lesson, Rejection> {
        self.must_be_lesson_study()?;
        let current = self.lessons.last().filter(|lesson| lesson.discussed.is_none());
        current.ok_or(Rejection::NoLessonPlanned)
    }
}

impl Lesson {
    fn must_know(&self, notes: &[CaseNote]) -> Result<(), Rejection> {
        for CaseNote { code, .. } in notes {
            let code = code.to_string();
            if !self.planned.case_pupils.iter().any(|pupil| pupil.code == code) {
                return Err(Rejection::NoSuchCasePupil(code));
            }
        }
        Ok(())
    }
}

/// Each pupil once.
fn noted(trust: TrustId, notes: Vec<CaseNote>) -> Result<Vec<pb::CasePupil>, Rejection> {
    let mut seen = BTreeSet::new();
    let note = |CaseNote { code, note }: CaseNote| {
        if !seen.insert(code) {
            return Err(Rejection::CasePupilTwice(code.to_string()));
        }
        Ok(pb::CasePupil {
            code: code.to_string(),
            note: Some(Sealed::about(trust, note)),
        })
    };
    notes.into_iter().map(note).collect()
}
