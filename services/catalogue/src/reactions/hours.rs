//! Attendance credits hours: once for each booking, and corrected when the register is.

use api::{
    catalogue::v1::{AttendanceRecorded, SessionEvent, session_event::Event},
    ids::{BookingId, SessionId},
};
use chrono::NaiveDate;
use eventstore::Recorded;
use prost::Message as _;
use service::{Commands, Error, Plan, reactions::Answers, recorded};

use super::react;
use crate::{
    learning_record::{self, Command, Credited, LearningRecord},
    session::Session,
};

/// Credits hours. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hours {
    commands: Commands,
}

impl Hours {
    pub(crate) fn new(commands: Commands) -> Self {
        Self { commands }
    }

    /// What was said last counts: the register as it is now is what is credited.
    async fn credit(&self, event: &Recorded, session: &Session, recorded: &AttendanceRecorded) -> Result<(), Error> {
        let id = recorded::id::<BookingId>(&recorded.booking_id);
        let Some(booking) = session.bookings.iter().find(|booking| booking.id == id) else {
            return Ok(());
        };
        let credited = Credited::of_booking(SessionId(event.stream_id.0), session, booking);
        let plan = Plan::of::<LearningRecord>(learning_record::id_of(booking.booker.person), Command::Credit(credited));
        react(&self.commands, event, &format!("credit {id}"), plan).await
    }
}

impl Answers for Hours {
    const NAME: Option<&'static str> = Some("hours");

    async fn answer(&self, events: &[Recorded], _: NaiveDate) -> Result<(), Error> {
        for event in events
            .iter()
            .filter(|event| event.kind.as_str() == "session.attendance_recorded")
        {
            let decoded = SessionEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
            let Some(Event::AttendanceRecorded(attendance)) = decoded.event else {
                continue;
            };
            if let Some(loaded) = self.commands.load::<Session>(event.stream_id.0).await? {
                self.credit(event, &loaded.state, &attendance).await?;
            }
        }
        Ok(())
    }
}
