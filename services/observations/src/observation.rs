//! An observation: a structured look at somebody's practice.
//!
//! scheduled ──► conducted ──► feedback shared ──► acknowledged ──► closed
//!     ├─ rescheduled  └─ the other observer's record, while open
//!     └──► cancelled
//!
//! An observation without feedback closes only where somebody watched themselves; one whose feedback stays unanswered
//! may close. Media are references that their owner lends and takes back, even after the observation closed.

mod media;
mod plan;
mod rejection;
#[cfg(test)]
mod tests;

use api::{
    common::v1::{Purpose, RoleGroup, Sealed},
    ids::{MediaId, PersonId, TrustId, Urn},
    observations::v1::{
        Descriptor, FeedbackAcknowledged, FeedbackShared, ObservationCancelled, ObservationClosed,
        ObservationConducted, ObservationEvent, ObservationKind, ObservationScheduled, ObserverRecord,
        ObserverRecorded, Rating, observation_event::Event,
    },
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Context, Policy};

pub use self::{
    media::Media,
    plan::{Load, Reschedule, Schedule, counts_towards_cap},
    rejection::Rejection,
};
use crate::{recorded, working_days::WorkingDays};

/// Where an observation stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    #[default]
    Unknown,
    Scheduled,
    Cancelled,
    Conducted,
    FeedbackShared,
    Acknowledged,
    Closed,
}

/// What became of an observation so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    pub standing: Standing,
    pub trust: TrustId,
    pub urn: Urn,
    pub observee: PersonId,
    pub observers: Vec<PersonId>,
    pub kind: ObservationKind,
    pub purpose: Purpose,
    pub role_group: RoleGroup,
    /// The day planned or, once conducted, the day it took place.
    pub on: NaiveDate,
    /// Planned or, once conducted, actual.
    pub minutes: i32,
    pub focus_areas: Vec<String>,
    pub records: Vec<ObserverRecord>,
    pub feedback_due_on: Option<NaiveDate>,
    pub feedback: Option<FeedbackShared>,
    pub acknowledged: Option<FeedbackAcknowledged>,
    pub cancel_reason: Option<Sealed>,
    pub media: Vec<Media>,
}

/// What can be asked of an observation.
#[derive(Clone, Debug)]
pub enum Command {
    Schedule(Schedule),
    Reschedule(Reschedule),
    Cancel {
        reason: String,
    },
    Conduct(Conduct),
    RecordObserver(Notes),
    ShareFeedback {
        on: NaiveDate,
        feedback: String,
    },
    Acknowledge {
        on: NaiveDate,
        reflection: String,
    },
    Close {
        on: NaiveDate,
    },
    AddMedia {
        media: MediaId,
        uri: String,
        digest: String,
        media_type: String,
    },
    ShareMedia {
        media: MediaId,
        with: PersonId,
    },
    WithdrawMedia {
        media: MediaId,
    },
}

/// Records that it took place.
#[derive(Clone, Debug)]
pub struct Conduct {
    pub on: NaiveDate,
    pub minutes: i32,
    pub notes: Notes,
    pub working_days: WorkingDays,
}

/// What one observer writes.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    pub evidence: String,
    pub strengths: String,
    pub descriptors: Vec<Descriptor>,
}

impl Aggregate for Observation {
    type Event = ObservationEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<ObservationEvent>, Rejection> {
        match command {
            Command::Schedule(schedule) => self.schedule(schedule, context),
            Command::Reschedule(reschedule) => self.reschedule(reschedule, context),
            Command::Cancel { reason } => self.cancel(reason),
            Command::Conduct(conduct) => self.conduct(conduct, context),
            Command::RecordObserver(notes) => self.record_observer(notes, context),
            Command::ShareFeedback { on, feedback } => self.share_feedback(on, feedback, context),
            Command::Acknowledge { on, reflection } => self.acknowledge(on, reflection, context),
            Command::Close { on } => self.close(on, context),
            Command::AddMedia {
                media,
                uri,
                digest,
                media_type,
            } => self.add_media(media, uri, digest, media_type, context),
            Command::ShareMedia { media, with } => self.share_media(media, with, context),
            Command::WithdrawMedia { media } => self.withdraw_media(media, context),
        }
    }

    fn evolve(&mut self, event: &ObservationEvent) {
        match &event.event {
            Some(Event::Scheduled(scheduled)) => self.on_scheduled(scheduled),
            Some(Event::Rescheduled(rescheduled)) => self.on = recorded::date(&rescheduled.on),
            Some(Event::Cancelled(cancelled)) => {
                self.standing = Standing::Cancelled;
                self.cancel_reason = cancelled.reason.clone();
            }
            Some(Event::Conducted(conducted)) => {
                self.standing = Standing::Conducted;
                self.on = recorded::date(&conducted.on);
                self.minutes = conducted.minutes;
                self.feedback_due_on = Some(recorded::date(&conducted.feedback_due_on));
                self.records.extend(conducted.record.clone());
            }
            Some(Event::Recorded(recorded)) => self.records.extend(recorded.record.clone()),
            Some(Event::FeedbackShared(shared)) => {
                self.standing = Standing::FeedbackShared;
                self.feedback = Some(shared.clone());
            }
            Some(Event::Acknowledged(acknowledged)) => {
                self.standing = Standing::Acknowledged;
                self.acknowledged = Some(acknowledged.clone());
            }
            Some(Event::Closed(_)) => self.standing = Standing::Closed,
            Some(Event::MediaAdded(added)) => self.on_media_added(added),
            Some(Event::MediaShared(shared)) => self.on_media_shared(shared),
            Some(Event::MediaWithdrawn(withdrawn)) => self.on_media_withdrawn(withdrawn),
            None => {}
        }
    }
}

impl Observation {
    fn cancel(&self, reason: String) -> Result<Vec<ObservationEvent>, Rejection> {
        self.must_be_scheduled()?;
        Ok(vec![
            ObservationCancelled {
                reason: about(self.observee, reason),
            }
            .into(),
        ])
    }

    fn conduct(&self, conduct: Conduct, context: &Context) -> Result<Vec<ObservationEvent>, Rejection> {
        self.must_be_scheduled()?;
        let observer = self.must_be_observer(context)?;
        if conduct.on < self.on {
            return Err(Rejection::BeforeScheduledDay { scheduled_on: self.on });
        }
        not_in_the_future(conduct.on, context)?;
        must_be_fair(&conduct.notes.descriptors, &context.policy)?;
        let feedback_due_on = conduct.working_days.after(conduct.on, context.policy.feedback_days);
        let conducted = ObservationConducted {
            on: conduct.on.to_string(),
            minutes: conduct.minutes,
            record: Some(self.write_down(observer, conduct.notes)),
            feedback_due_on: feedback_due_on.to_string(),
        };
        Ok(vec![conducted.into()])
    }

    /// Two observers write down what they saw each for themselves, so that their records can be compared.
    fn record_observer(&self, notes: Notes, context: &Context) -> Result<Vec<ObservationEvent>, Rejection> {
        self.must_have_taken_place()?;
        self.must_not_be_closed()?;
        if self.observers.len() < 2 {
            return Err(Rejection::NotJoint);
        }
        let observer = self.must_be_observer(context)?;
        if self.record_of(observer).is_some() {
            return Err(Rejection::ObserverRecordedAlready);
        }
        must_be_fair(&notes.descriptors, &context.policy)?;
        Ok(vec![
            ObserverRecorded {
                record: Some(self.write_down(observer, notes)),
            }
            .into(),
        ])
    }

    /// Late feedback is recorded as late: refusing it would only keep it from the observee.
    fn share_feedback(
        &self,
        on: NaiveDate,
        feedback: String,
        context: &Context,
    ) -> Result<Vec<ObservationEvent>, Rejection> {
        self.must_have_taken_place()?;
        self.must_not_be_closed()?;
        self.must_be_observer(context)?;
        if self.feedback.is_some() {
            return Err(Rejection::FeedbackSharedAlready);
        }
        if on < self.on {
            return Err(Rejection::FeedbackBeforeObservation { conducted_on: self.on });
        }
        not_in_the_future(on, context)?;
        let late = self.feedback_due_on.is_some_and(|due_on| on > due_on);
        Ok(vec![
            FeedbackShared {
                on: on.to_string(),
                feedback: about(self.observee, feedback),
                late,
            }
            .into(),
        ])
    }

    fn acknowledge(
        &self,
        on: NaiveDate,
        reflection: String,
        context: &Context,
    ) -> Result<Vec<ObservationEvent>, Rejection> {
        self.must_not_be_closed()?;
        let Some(feedback) = &self.feedback else {
            return Err(Rejection::FeedbackNotShared);
        };
        if !context.actor.is(self.observee) {
            return Err(Rejection::NotTheObservee);
        }
        if self.acknowledged.is_some() {
            return Err(Rejection::AcknowledgedAlready);
        }
        let shared_on = recorded::date(&feedback.on);
        if on < shared_on {
            return Err(Rejection::AcknowledgedBeforeShared { shared_on });
        }
        not_in_the_future(on, context)?;
        Ok(vec![
            FeedbackAcknowledged {
                on: on.to_string(),
                reflection: about(self.observee, reflection),
            }
            .into(),
        ])
    }

    fn close(&self, on: NaiveDate, context: &Context) -> Result<Vec<ObservationEvent>, Rejection> {
        self.must_have_taken_place()?;
        self.must_not_be_closed()?;
        if self.feedback.is_none() && self.kind != ObservationKind::VideoSelfReview {
            return Err(Rejection::FeedbackNotShared);
        }
        let last_on = [
            self.feedback.as_ref().map(|shared| &shared.on),
            self.acknowledged.as_ref().map(|told| &told.on),
        ]
        .into_iter()
        .flatten()
        .map(|on| recorded::date(on))
        .fold(self.on, NaiveDate::max);
        if on < last_on {
            return Err(Rejection::ClosedBeforeItsLastStep { last_on });
        }
        not_in_the_future(on, context)?;
        Ok(vec![ObservationClosed { on: on.to_string() }.into()])
    }
}

/// What was seen, and when.
impl Observation {
    /// The day on which it took place, if it did.
    pub fn conducted_on(&self) -> Option<NaiveDate> {
        (self.standing >= Standing::Conducted).then_some(self.on)
    }

    /// What one of the observers wrote, if they did.
    pub fn record_of(&self, observer: PersonId) -> Option<&ObserverRecord> {
        self.records
            .iter()
            .find(|record| recorded::id::<PersonId>(&record.observer_id) == observer)
    }

    /// Whether somebody is observee or observer.
    pub fn involves(&self, person: PersonId) -> bool {
        self.observee == person || self.observers.contains(&person)
    }

    fn on_scheduled(&mut self, scheduled: &ObservationScheduled) {
        self.standing = Standing::Scheduled;
        self.trust = recorded::id(&scheduled.trust_id);
        self.urn = recorded::urn(&scheduled.urn);
        self.observee = recorded::id(&scheduled.observee_id);
        self.observers = scheduled.observer_ids.iter().map(|id| recorded::id(id)).collect();
        self.kind = scheduled.kind();
        self.purpose = scheduled.purpose();
        self.role_group = scheduled.role_group();
        self.on = recorded::date(&scheduled.on);
        self.minutes = scheduled.minutes;
        self.focus_areas = scheduled.focus_areas.clone();
    }

    fn write_down(&self, observer: PersonId, notes: Notes) -> ObserverRecord {
        ObserverRecord {
            observer_id: observer.into(),
            evidence: about(self.observee, notes.evidence),
            strengths: about(self.observee, notes.strengths),
            descriptors: notes.descriptors,
        }
    }

    fn must_be_scheduled(&self) -> Result<(), Rejection> {
        match self.standing {
            Standing::Scheduled => Ok(()),
            Standing::Cancelled => Err(Rejection::Cancelled),
            Standing::Closed => Err(Rejection::Closed),
            _ => Err(Rejection::AlreadyConducted { conducted_on: self.on }),
        }
    }

    fn must_have_taken_place(&self) -> Result<(), Rejection> {
        match self.standing {
            Standing::Cancelled => Err(Rejection::Cancelled),
            Standing::Unknown | Standing::Scheduled => Err(Rejection::NotYetConducted),
            _ => Ok(()),
        }
    }

    fn must_not_be_closed(&self) -> Result<(), Rejection> {
        if self.standing == Standing::Closed {
            Err(Rejection::Closed)
        } else {
            Ok(())
        }
    }

    fn must_be_observer(&self, context: &Context) -> Result<PersonId, Rejection> {
        let observer = context
            .actor
            .acting_person()
            .filter(|person| self.observers.contains(person));
        observer.ok_or(Rejection::NotAnObserver)
    }
}

fn must_be_fair(descriptors: &[Descriptor], policy: &Policy) -> Result<(), Rejection> {
    let mut seen = descriptors.iter().enumerate();
    if let Some((_, twice)) = seen.find(|(index, descriptor)| {
        descriptors[..*index]
            .iter()
            .any(|other| other.focus_area == descriptor.focus_area)
    }) {
        return Err(Rejection::DescriptorTwice {
            focus_area: twice.focus_area.clone(),
        });
    }
    let rated = descriptors
        .iter()
        .any(|descriptor| descriptor.rating() != Rating::Unspecified);
    if rated && !policy.grading_allowed {
        Err(Rejection::GradingNotAllowed)
    } else {
        Ok(())
    }
}

fn not_in_the_future(on: NaiveDate, context: &Context) -> Result<(), Rejection> {
    if on > context.today() {
        Err(Rejection::InTheFuture { today: context.today() })
    } else {
        Ok(())
    }
}

/// Text about somebody; nothing where nothing was written.
fn about(person: PersonId, text: String) -> Option<Sealed> {
    (!text.is_empty()).then(|| Sealed::about(person, text))
}
