//! Needs that are noticed elsewhere are opened here, under the identifier that they have there:
//!
//! | elsewhere | here |
//! |---|---|
//! | an appraisal identifies a need | a need of its person, for the purpose of appraisal |
//! | a learning walk raises a need | a need of the team, about provision |
//!
//! What an appraisal says in words stays there: whoever may read it reads it there. What a walk says is about nobody, and
//! comes along.

use api::{
    appraisal::v1::{AppraisalEvent, NeedIdentified, appraisal_event},
    catalogue::v1::{NeedReach, NeedSource},
    common::v1::{Purpose, RoleGroup},
    ids::{NeedId, PersonId},
    observations::v1::{LearningWalkEvent, NeedRaised, NeedScope, learning_walk_event},
};
use chrono::NaiveDate;
use eventstore::Recorded;
use identity::context::date_in_england;
use prost::Message as _;
use service::{Commands, Error, Plan, reactions::Answers, recorded};

use super::react;
use crate::planning::{
    Place,
    index::Index,
    need::{Command, Need, Open},
};

/// Opens needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Needs {
    commands: Commands,
    index: Index,
}

impl Answers for Needs {
    const NAME: Option<&'static str> = Some("needs");

    async fn answer(&self, events: &[Recorded], _: NaiveDate) -> Result<(), Error> {
        for event in events {
            match event.kind.as_str() {
                "appraisal.need_identified" => self.answer_appraisal(event).await?,
                "learning_walk.need_raised" => self.answer_walk(event).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Needs {
    pub(crate) fn new(commands: Commands, index: Index) -> Self {
        Self { commands, index }
    }

    async fn answer_appraisal(&self, event: &Recorded) -> Result<(), Error> {
        let decoded = AppraisalEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        let Some(appraisal_event::Event::NeedIdentified(identified)) = decoded.event else {
            return Ok(());
        };
        let origin = self
            .index
            .origin(event.stream_id.0, "appraisal", event.position)
            .await?;
        let Some((origin, person)) = origin.and_then(|origin| Some((origin, origin.person?))) else {
            tracing::warn!(
                position = event.position.0,
                "a need belongs to no appraisal that is known"
            );
            return Ok(());
        };
        self.commands.gate().roster().catch_up().await?;
        let day = date_in_england(event.metadata.occurred_at);
        let (here, role_group) = self.post_of(person, day);
        let place = Place {
            trust: origin.trust,
            urn: here.or(origin.urn),
        };
        self.open(event, of_appraisal(event, &identified, place, person, role_group))
            .await
    }

    /// Where somebody works on a day, and in which role group.
    fn post_of(&self, person: PersonId, day: NaiveDate) -> (Option<api::ids::Urn>, RoleGroup) {
        let register = self.commands.gate().roster().read();
        let post = register.person(person).and_then(|person| person.main_post(day));
        match post {
            Some(post) => (post.school, post.role_group),
            None => Default::default(),
        }
    }

    async fn answer_walk(&self, event: &Recorded) -> Result<(), Error> {
        let decoded = LearningWalkEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        let Some(learning_walk_event::Event::NeedRaised(raised)) = decoded.event else {
            return Ok(());
        };
        let origin = self
            .index
            .origin(event.stream_id.0, "observations", event.position)
            .await?;
        let Some(origin) = origin else {
            tracing::warn!(position = event.position.0, "a need belongs to no walk that is known");
            return Ok(());
        };
        let detail = match &raised.detail {
            Some(sealed) => self.commands.keys().open_one(origin.trust.0, sealed).await?,
            None => String::new(),
        };
        let place = Place {
            trust: origin.trust,
            urn: origin.urn,
        };
        self.open(event, of_walk(event, &raised, place, detail)).await
    }

    async fn open(&self, event: &Recorded, (id, open): (NeedId, Open)) -> Result<(), Error> {
        let plan = Plan::of::<Need>(id, Command::Open(open));
        react(&self.commands, event, &format!("open {id}"), plan).await
    }
}

fn of_appraisal(
    event: &Recorded,
    identified: &NeedIdentified,
    place: Place,
    person: PersonId,
    role_group: RoleGroup,
) -> (NeedId, Open) {
    let open = Open {
        place,
        source: NeedSource::Appraisal,
        source_id: Some(event.stream_id.0),
        focus_area: identified.focus_area.clone(),
        reach: NeedReach::Person,
        team: String::new(),
        person: Some(person),
        role_group,
        detail: String::new(),
        priority: None,
        purpose: Purpose::Appraisal,
    };
    (recorded::id(&identified.need_id), open)
}

fn of_walk(event: &Recorded, raised: &NeedRaised, place: Place, detail: String) -> (NeedId, Open) {
    let reach = match raised.scope() {
        NeedScope::Department => NeedReach::Department,
        NeedScope::YearGroup => NeedReach::YearGroup,
        NeedScope::School | NeedScope::Unspecified => NeedReach::School,
    };
    let open = Open {
        place,
        source: NeedSource::LearningWalk,
        source_id: Some(event.stream_id.0),
        focus_area: raised.focus_area.clone(),
        reach,
        team: raised.team.clone(),
        person: None,
        role_group: RoleGroup::Unspecified,
        detail,
        priority: None,
        purpose: Purpose::QualityAssurance,
    };
    (recorded::id(&raised.need_id), open)
}
