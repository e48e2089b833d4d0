//! Whoever found something out in an enquiry, and shared it, is asked whether they would help others with it: an entry of
//! the expertise register that is seen by them alone until they offer it.

use api::{
    coaching::v1::{EnquiryClosed, EnquiryEvent, enquiry_event},
    ids::PersonId,
};
use chrono::NaiveDate;
use eventstore::Recorded;
use prost::Message as _;
use service::{Commands, Error, Plan, reactions::Answers};

use super::react;
use crate::planning::{
    Place,
    expertise::{Command, Expertise, Find},
};

/// Suggests entries of the expertise register. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Findings {
    commands: Commands,
}

impl Answers for Findings {
    const NAME: Option<&'static str> = Some("expertise");

    async fn answer(&self, events: &[Recorded], today: NaiveDate) -> Result<(), Error> {
        for event in events.iter().filter(|event| event.kind.as_str() == "enquiry.closed") {
            let decoded = EnquiryEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
            if let Some(enquiry_event::Event::Closed(closed)) = decoded.event {
                self.find(event, &closed, today).await?;
            }
        }
        Ok(())
    }
}

impl Findings {
    pub(crate) fn new(commands: Commands) -> Self {
        Self { commands }
    }

    /// Only what was shared, and what is known to be about some practice.
    async fn find(&self, event: &Recorded, closed: &EnquiryClosed, today: NaiveDate) -> Result<(), Error> {
        if !closed.shared || closed.focus_areas.is_empty() {
            return Ok(());
        }
        self.commands.gate().roster().catch_up().await?;
        for person in closed.person_ids.iter().filter_map(|id| id.parse().ok()) {
            let Some(place) = self.place_of(person, today) else {
                continue;
            };
            let enquiry = event.stream_id.0;
            let find = Find {
                place,
                person,
                focus_areas: closed.focus_areas.clone(),
                enquiry,
            };
            let id = Expertise::found_through(enquiry, person);
            let plan = Plan::of::<Expertise>(id, Command::Find(find));
            react(&self.commands, event, &format!("find {id}"), plan).await?;
        }
        Ok(())
    }

    /// Where somebody works; None for who has gone.
    fn place_of(&self, person: PersonId, today: NaiveDate) -> Option<Place> {
        let register = self.commands.gate().roster().read();
        let person = register.person(person)?;
        let is_there = !person.left(today) && !person.erased;
        is_there.then(|| Place {
            trust: person.trust,
            urn: person.school_on(today),
        })
    }
}
