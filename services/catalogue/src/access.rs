//! What each command touches, for the access policies: the action by its name, and the record that it is done to.

use api::{
    common::v1::Purpose,
    ids::{BookingId, Urn},
};
use identity::{Action, Record, access::Kind};
use service::{Guarded, recorded};

use crate::{
    activity::{self, Activity},
    learning_record::{self, LearningRecord},
    session::{self, Booking, Session},
};

impl Guarded for Activity {
    const NAME: &'static str = "activity";

    fn creates(command: &activity::Command) -> bool {
        matches!(command, activity::Command::Publish { .. })
    }

    fn record(&self, command: &activity::Command) -> (Action, Record) {
        use activity::Command;
        match command {
            Command::Publish { trust, urn, .. } => {
                (Action::PublishActivity, Record::new(Kind::Activity, *trust).at(*urn))
            }
            Command::Revise { .. } => (Action::ReviseActivity, self.as_record()),
            Command::Withdraw { .. } => (Action::WithdrawActivity, self.as_record()),
        }
    }
}

impl Activity {
    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        Record::new(Kind::Activity, self.trust).at(self.urn)
    }
}

impl Guarded for Session {
    const NAME: &'static str = "session";

    fn creates(command: &session::Command) -> bool {
        matches!(command, session::Command::Offer(_))
    }

    fn record(&self, command: &session::Command) -> (Action, Record) {
        use session::Command;
        let action = match command {
            Command::Offer(offer) => {
                let record = Record::new(Kind::Session, offer.activity.trust)
                    .at(offer.urn)
                    .purpose(offer.activity.purpose);
                return (Action::OfferSession, record);
            }
            Command::Book(book) => {
                let record = Record::new(Kind::Booking, self.trust)
                    .at(book.booker.urn)
                    .about(book.booker.person)
                    .purpose(book.booker.purpose);
                return (Action::BookPlace, record);
            }
            Command::Approve { booking } => return (Action::ApproveBooking, self.record_of_booking(*booking)),
            Command::Decline { booking, .. } => return (Action::DeclineBooking, self.record_of_booking(*booking)),
            Command::CancelBooking { booking } => return (Action::CancelBooking, self.record_of_booking(*booking)),
            Command::Release { person, .. } => {
                let record = match self.live_booking_of(*person) {
                    Some(booking) => self.as_record_of(booking),
                    None => Record::new(Kind::Booking, self.trust).about(*person),
                };
                return (Action::ReleaseBooking, record);
            }
            Command::Reschedule(_) => Action::RescheduleSession,
            Command::ChangeCapacity { .. } => Action::ChangeCapacity,
            Command::Cancel { .. } => Action::CancelSession,
            Command::Hold { .. } => Action::HoldSession,
            Command::RecordAttendance { .. } => Action::RecordAttendance,
        };
        (action, self.as_record())
    }
}

impl Session {
    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        Record::new(Kind::Session, self.trust)
            .at(self.urn)
            .observed_by(self.leads.iter().copied())
            .purpose(self.offered.purpose())
    }

    /// A booking is the business of the school that somebody comes from, and of those who lead the session.
    pub(crate) fn as_record_of(&self, booking: &Booking) -> Record {
        Record::new(Kind::Booking, self.trust)
            .at(booking.booker.urn)
            .about(booking.booker.person)
            .observed_by(self.leads.iter().copied())
            .purpose(booking.booker.purpose)
    }

    /// One that does not exist is nobody's.
    fn record_of_booking(&self, id: BookingId) -> Record {
        match self.bookings.iter().find(|booking| booking.id == id) {
            Some(booking) => self.as_record_of(booking),
            None => Record::new(Kind::Booking, self.trust).at(self.urn),
        }
    }
}

impl Guarded for LearningRecord {
    const NAME: &'static str = "learning record";

    fn creates(command: &learning_record::Command) -> bool {
        use learning_record::Command;
        matches!(
            command,
            Command::Credit(_) | Command::Claim(_) | Command::RecordMandatory(_)
        )
    }

    fn record(&self, command: &learning_record::Command) -> (Action, Record) {
        use learning_record::Command;
        match command {
            Command::Credit(credited) => {
                let hours = &credited.hours;
                let record = Record::new(Kind::LearningRecord, recorded::id(&hours.trust_id))
                    .at(recorded::optional_urn(&hours.urn))
                    .about(recorded::id(&hours.person_id))
                    .purpose(hours.purpose());
                (Action::CreditHours, record)
            }
            Command::Claim(claim) => {
                let record = Record::new(Kind::LearningRecord, claim.trust)
                    .at(claim.claimant.urn)
                    .about(claim.claimant.person)
                    .purpose(claim.claimant.purpose);
                (Action::ClaimExternalLearning, record)
            }
            Command::RecordMandatory(record) => {
                let about = Record::new(Kind::LearningRecord, record.trust)
                    .at(record.school)
                    .about(record.person)
                    .purpose(Purpose::Statutory);
                (Action::RecordMandatoryTraining, about)
            }
            Command::Verify { school, .. } => (Action::VerifyExternalLearning, self.as_record(*school)),
            Command::Reject { school, .. } => (Action::RejectExternalLearning, self.as_record(*school)),
            Command::IssueCertificate { school, .. } => (Action::IssueCertificate, self.as_record(*school)),
            Command::Link(link) => (Action::LinkDevelopment, self.as_record(None).supported_by(link.owner)),
        }
    }
}

impl LearningRecord {
    /// As access depends on it: a matter of the school where its person works now.
    pub(crate) fn as_record(&self, school: Option<Urn>) -> Record {
        Record::new(Kind::LearningRecord, self.trust)
            .at(school)
            .about(self.person.unwrap_or_default())
            .purpose(Purpose::Developmental)
    }
}
