//! What a person record shows of development: hours against the entitlement, mandatory training, and the events of other
//! services that are about the person.

use api::{
    ids::{PersonId, TrustId},
    projection::v1::{HoursAgainstEntitlement, MandatoryTraining},
};
use identity::{Actor, Kind, Record};
use service::Error;
use uuid::Uuid;

use super::About;
use crate::{
    compact::{self, Day},
    definitions::Reporting,
    documents::{Document as _, Enquiry, Entry, Feedback, LearningRecord, Partnership, Session, ask::Ask},
    open_items::Shelf,
    views::{AsOf, Views},
};

impl Views {
    /// Whether somebody may read records of that kind about the person.
    pub(super) fn may_read_about(&self, actor: &Actor, kind: Kind, about: &About, on: Day) -> bool {
        let trust = about.person.trust().unwrap_or_default();
        let school = compact::date(on).and_then(|on| {
            self.roster(|register| {
                register
                    .person(PersonId(about.id))
                    .and_then(|person| person.school_on(on))
            })
        });
        let record = Record::new(kind, TrustId(trust)).at(school);
        self.may_read(actor, &record.about(PersonId(about.id)))
    }

    /// What of the shelf a reader may see: an ask if they see its follow-up, the rest by its kind.
    pub(super) fn seen_on_shelf(
        &self,
        shelf: Shelf,
        actor: &Actor,
        about: &About,
        as_of: AsOf,
        visible: impl Fn(&Uuid) -> bool,
    ) -> Shelf {
        fn if_seen<T>(all: Vec<T>, seen: bool) -> Vec<T> {
            if seen { all } else { Vec::new() }
        }
        let may = |kind| self.may_read_about(actor, kind, about, as_of.on);
        let asked = |ask: &Ask| ask.follow_up().is_some_and(|follow_up| visible(&follow_up));
        Shelf {
            support_asks: shelf
                .support_asks
                .into_iter()
                .filter(|(_, ask)| asked(&ask.ask))
                .collect(),
            coaching_asks: shelf
                .coaching_asks
                .into_iter()
                .filter(|(_, ask)| asked(&ask.ask))
                .collect(),
            sessions: if_seen(shelf.sessions, may(Kind::Booking)),
            learning: if_seen(shelf.learning, may(Kind::LearningRecord)),
            partnerships: if_seen(shelf.partnerships, may(Kind::CoachingActivity)),
            feedback: if_seen(shelf.feedback, actor.id == about.id),
            evaluations: if_seen(shelf.evaluations, may(Kind::LearningRecord)),
            needs: if_seen(shelf.needs, may(Kind::PersonalNeed)),
        }
    }

    /// Hours against the entitlement, and mandatory training by when it is due again, as they were known.
    pub(super) async fn hours_and_training(
        &self,
        about: &About,
        known: &identity::roster::Person,
        as_of: AsOf,
        reporting: Reporting,
    ) -> Result<(Option<HoursAgainstEntitlement>, Vec<MandatoryTraining>), Error> {
        let learning = self.all_as_known(&about.learning, as_of).await?;
        let partnerships = self.all_as_known(&about.partnerships, as_of).await?;
        let enquiries = self.all_as_known(&about.enquiries, as_of).await?;
        let me = about.id.as_bytes().as_slice();
        let credited = |from: Day, until: Day| -> i32 {
            let within = |on: &Day| (from..until).contains(on);
            let learned: i32 = learning.iter().map(|(_, record)| record.minutes(from, until)).sum();
            let sessions = partnerships.iter().flat_map(|(_, partnership)| &partnership.sessions);
            let coached = sessions.filter(|session| session.coached_id == me && within(&session.on));
            let coached: i32 = coached.map(|session| session.minutes).sum();
            let enquired: i32 = enquiries
                .iter()
                .flat_map(|(_, enquiry)| enquiry.members.iter().map(move |member| (enquiry, member)))
                .filter(|(_, member)| member.person_id == me)
                .flat_map(|(enquiry, member)| member.occasions.iter().map(move |occasion| (enquiry, occasion)))
                .filter(|(enquiry, occasion)| {
                    // What is run as an activity of the catalogue and credited there is not counted twice.
                    let again = learning
                        .iter()
                        .any(|(_, record)| record.credited(&enquiry.activity_id, occasion.on));
                    within(&occasion.on) && !again
                })
                .map(|(_, occasion)| occasion.minutes)
                .sum();
            learned + coached + enquired
        };
        let heard = reporting.catalogue || reporting.coaching;
        let hours = self.hours_against_entitlement(known, as_of.on, credited, heard);
        let mut training: Vec<MandatoryTraining> = learning
            .iter()
            .flat_map(|(_, record)| &record.training)
            .map(|training| MandatoryTraining {
                item: training.item.clone(),
                completed_on: compact::iso(Some(training.on)),
                expires_on: compact::iso(training.expires_on),
                expired: training.expires_on.is_some_and(|expires| expires < as_of.on),
            })
            .collect();
        // Those that never expire last.
        training.sort_by(|a, b| {
            (a.expires_on.is_empty(), &a.expires_on, &a.item).cmp(&(b.expires_on.is_empty(), &b.expires_on, &b.item))
        });
        Ok((hours, training))
    }
}

impl About {
    /// The events about the person: of what concerns several, those alone that name them.
    pub(super) fn development(&self) -> Vec<(&'static str, &Entry)> {
        let me = self.id.as_bytes().as_slice();
        let learning = self.learning.iter().flat_map(|(_, record)| &record.entries);
        let bookings = self
            .sessions
            .iter()
            .flat_map(|(_, session)| &session.bookings)
            .filter(|booking| booking.person_id == me)
            .flat_map(|booking| &booking.entries);
        let coaching = self
            .partnerships
            .iter()
            .flat_map(|(_, partnership)| &partnership.entries);
        let enquiries = self
            .enquiries
            .iter()
            .flat_map(|(_, enquiry)| &enquiry.members)
            .filter(|member| member.person_id == me)
            .flat_map(|member| &member.entries);
        let feedback = self.feedback.iter().flat_map(|(_, feedback)| &feedback.entries);
        let of = |source: &'static str| move |entry| (source, entry);
        learning
            .map(of(LearningRecord::SOURCE))
            .chain(bookings.map(of(Session::SOURCE)))
            .chain(coaching.map(of(Partnership::SOURCE)))
            .chain(enquiries.map(of(Enquiry::SOURCE)))
            .chain(feedback.map(of(Feedback::SOURCE)))
            .collect()
    }
}
