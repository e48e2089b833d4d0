//! The index's tables, and how events fill them.

use api::{
    appraisal::v1::{AppraisalEvent, appraisal_event},
    observations::v1::{FollowUpEvent, follow_up_event},
};
use db::{Migration, Rows, Tx, sql};
use eventstore::Recorded;
use projection::{Error, Projection};
use uuid::Uuid;

/// The source that follow-ups come from.
pub(crate) const OBSERVATIONS: &str = "observations";
/// The source that appraisals come from.
pub(crate) const APPRAISAL: &str = "appraisal";

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "follow-ups and appraisals",
    "create table known_follow_up (
       -- One row: a follow-up that the observations service recorded.
       follow_up_id {uuid} primary key,
       -- Who owes the action.
       person_id {uuid} not null,
       trust_id {uuid} not null,
       -- As its number in the protocol: bounds every join.
       purpose {i32} not null,
       -- Whether its person let their own appraisal see it.
       promoted {bool} not null
     ) {strict};

     create table appraisal_by_person (
       -- One row: an appraisal.
       appraisal_id {uuid} primary key,
       person_id {uuid} not null,
       cycle_id {uuid} not null,
       -- Null while nobody has been named.
       appraiser_id {uuid},
       -- Whether it goes on: not closed, or open again.
       open {bool} not null
     ) {strict};
     create index appraisal_of_person on appraisal_by_person (person_id);
     create index appraisal_of_appraiser on appraisal_by_person (appraiser_id);",
)];

/// The index's tables.
#[derive(Clone, Copy, Debug)]
pub struct Tables;

impl Projection for Tables {
    fn name(&self) -> &'static str {
        "appraisal_index"
    }

    fn version(&self) -> u32 {
        1
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    async fn apply(&self, tx: &mut Tx<'_>, source: &'static str, events: &[Recorded]) -> Result<(), Error> {
        match source {
            OBSERVATIONS => note_follow_ups(tx, events).await,
            APPRAISAL => note_appraisals(tx, events).await,
            _ => Ok(()),
        }
    }
}

/// New ones first, all at once; what befell them afterwards, one by one, since it is rare.
async fn note_follow_ups(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    use follow_up_event::Event;
    let (mut agreed, mut promotions) = (Vec::new(), Vec::new());
    for recorded in events
        .iter()
        .filter(|recorded| recorded.kind.aggregate() == "follow_up")
    {
        match decode::<FollowUpEvent>(recorded)?.event {
            Some(Event::Agreed(event)) => agreed.push((recorded, id(&event.person_id)?, event.purpose)),
            Some(Event::Promoted(_)) => promotions.push((recorded.stream_id.0, true)),
            Some(Event::TakenBack(_)) => promotions.push((recorded.stream_id.0, false)),
            _ => {}
        }
    }
    Rows::of("known_follow_up")
        .column("follow_up_id", agreed.iter().map(|(recorded, ..)| recorded.stream_id.0))
        .column("person_id", agreed.iter().map(|(_, person, _)| *person))
        .column(
            "trust_id",
            agreed.iter().map(|(recorded, ..)| recorded.metadata.trust_id),
        )
        .column("purpose", agreed.iter().map(|(.., purpose)| *purpose))
        .column("promoted", agreed.iter().map(|_| false))
        .upsert(&["follow_up_id"], tx)
        .await?;
    for (follow_up_id, promoted) in promotions {
        sql!(
            "update known_follow_up set promoted = $2 where follow_up_id = $1",
            follow_up_id,
            promoted
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn note_appraisals(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    use appraisal_event::Event;
    let (mut opened, mut reassigned, mut closed) = (Vec::new(), Vec::new(), Vec::new());
    for recorded in events
        .iter()
        .filter(|recorded| recorded.kind.aggregate() == "appraisal")
    {
        let appraisal_id = recorded.stream_id.0;
        match decode::<AppraisalEvent>(recorded)?.event {
            Some(Event::Opened(event)) => opened.push((
                appraisal_id,
                id(&event.person_id)?,
                id(&event.cycle_id)?,
                event.appraiser_id.parse::<Uuid>().ok(),
            )),
            Some(Event::AppraiserReassigned(event)) => {
                reassigned.push((appraisal_id, event.to_id.parse::<Uuid>().ok()));
            }
            Some(Event::Closed(_)) => closed.push((appraisal_id, true)),
            Some(Event::Reopened(_)) => closed.push((appraisal_id, false)),
            _ => {}
        }
    }
    Rows::of("appraisal_by_person")
        .column("appraisal_id", opened.iter().map(|(appraisal, ..)| *appraisal))
        .column("person_id", opened.iter().map(|(_, person, ..)| *person))
        .column("cycle_id", opened.iter().map(|(_, _, cycle, _)| *cycle))
        .column("appraiser_id", opened.iter().map(|(.., appraiser)| *appraiser))
        .column("open", opened.iter().map(|_| true))
        .upsert(&["appraisal_id"], tx)
        .await?;
    for (appraisal_id, appraiser_id) in reassigned {
        sql!(
            "update appraisal_by_person set appraiser_id = $2 where appraisal_id = $1",
            appraisal_id,
            appraiser_id
        )
        .execute(&mut *tx)
        .await?;
    }
    for (appraisal_id, closed) in closed {
        sql!(
            "update appraisal_by_person set open = $2 where appraisal_id = $1",
            appraisal_id,
            !closed
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

fn decode<M: prost::Message + Default>(recorded: &Recorded) -> Result<M, Error> {
    M::decode(recorded.payload.as_ref()).map_err(Error::event)
}

fn id(text: &str) -> Result<Uuid, Error> {
    text.parse().map_err(Error::event)
}
