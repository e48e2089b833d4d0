//! The index's tables, and how events fill them.

use api::{
    coaching::v1::{
        CoachingAskEvent, EnquiryEvent, PartnershipEvent, coaching_ask_event, enquiry_event, partnership_event,
    },
    ids::Urn,
    observations::v1::{FollowUpEvent, follow_up_event},
};
use db::{Migration, Rows, Tx, sql};
use eventstore::Recorded;
use projection::{Error, Projection};
use uuid::Uuid;

use crate::recorded::{date, id, optional_id};

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "follow-ups, partnerships, enquiries and asks",
    "create table known_follow_up (
       -- One row: a follow-up that the observations service recorded.
       follow_up_id {uuid} primary key,
       -- Who owes the action.
       person_id {uuid} not null
     ) {strict};

     create table partnership (
       -- One row: a partnership, proposed or more.
       partnership_id {uuid} primary key,
       trust_id {uuid} not null,
       -- The coached person's school; null for the central team.
       urn {i64},
       -- As its number in the protocol.
       kind {i32} not null,
       coach_id {uuid} not null,
       coached_id {uuid} not null,
       -- Whether both agreed.
       agreed {bool} not null,
       -- Whether it was neither declined, nor completed, nor ended.
       open {bool} not null,
       -- Of the proposal, in the store: lists have the latest first.
       position {i64} not null
     ) {strict};
     create index partnership_of_school on partnership (urn, position);
     create index partnership_of_coach on partnership (coach_id);
     create index partnership_of_coached on partnership (coached_id);

     create table partnership_link (
       -- One row: a partnership serves a follow-up.
       partnership_id {uuid} not null,
       follow_up_id {uuid} not null,
       primary key (follow_up_id, partnership_id)
     ) {strict};

     create table coached_area (
       -- One row: somebody coached a focus area in a partnership.
       partnership_id {uuid} not null,
       coach_id {uuid} not null,
       focus_area text not null,
       trust_id {uuid} not null,
       primary key (partnership_id, coach_id, focus_area)
     ) {strict};
     create index coached_area_of_trust on coached_area (trust_id, focus_area);

     create table enquiry (
       -- One row: an enquiry.
       enquiry_id {uuid} primary key,
       trust_id {uuid} not null,
       -- Null for an enquiry across schools.
       urn {i64},
       -- Whether it was not closed.
       open {bool} not null,
       -- Of its framing, in the store: lists have the latest first.
       position {i64} not null
     ) {strict};
     create index enquiry_of_trust on enquiry (trust_id, position);

     create table enquiry_member (
       -- One row: somebody is of an enquiry's group.
       enquiry_id {uuid} not null,
       person_id {uuid} not null,
       primary key (person_id, enquiry_id)
     ) {strict};

     create table ask (
       -- One row: coaching, or time to watch a colleague, that was promised.
       ask_id {uuid} primary key,
       follow_up_id {uuid} not null,
       -- As its number in the protocol.
       support_kind {i32} not null,
       -- To whom it was promised.
       person_id {uuid} not null,
       -- Null while nobody has been named.
       owner_id {uuid},
       urn {i64},
       promised_on {date} not null,
       -- Whether it was neither provided nor withdrawn.
       open {bool} not null
     ) {strict};
     create index ask_of_follow_up on ask (follow_up_id);
     create index ask_of_school on ask (urn, promised_on);
     create index ask_of_person on ask (person_id);
     create index ask_of_owner on ask (owner_id);",
)];

/// The index's tables.
#[derive(Clone, Copy, Debug)]
pub struct Tables;

impl Projection for Tables {
    fn name(&self) -> &'static str {
        "coaching_index"
    }

    fn version(&self) -> u32 {
        1
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    async fn apply(&self, tx: &mut Tx<'_>, _: &'static str, events: &[Recorded]) -> Result<(), Error> {
        note_follow_ups(tx, events).await?;
        for recorded in events {
            match recorded.kind.aggregate() {
                "partnership" => note_partnership(tx, recorded).await?,
                "enquiry" => note_enquiry(tx, recorded).await?,
                "coaching_ask" => note_ask(tx, recorded).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// By far the most events: all at once.
async fn note_follow_ups(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    let mut agreed: Vec<(Uuid, Uuid)> = Vec::new();
    for recorded in events
        .iter()
        .filter(|recorded| recorded.kind.as_str() == "follow_up.agreed")
    {
        if let Some(follow_up_event::Event::Agreed(event)) = decode::<FollowUpEvent>(recorded)?.event {
            agreed.push((recorded.stream_id.0, id(&event.person_id)));
        }
    }
    Rows::of("known_follow_up")
        .column("follow_up_id", agreed.iter().map(|(follow_up, _)| *follow_up))
        .column("person_id", agreed.iter().map(|(_, person)| *person))
        .upsert(&["follow_up_id"], tx)
        .await?;
    Ok(())
}

async fn note_partnership(tx: &mut Tx<'_>, recorded: &Recorded) -> Result<(), Error> {
    use partnership_event::Event;
    let partnership = recorded.stream_id.0;
    match decode::<PartnershipEvent>(recorded)?.event {
        Some(Event::Proposed(event)) => {
            sql!(
                "insert into partnership
                   (partnership_id, trust_id, urn, kind, coach_id, coached_id, agreed, open, position)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 on conflict do nothing",
                partnership,
                id::<Uuid>(&event.trust_id),
                school(&event.urn),
                event.kind,
                id::<Uuid>(&event.coach_id),
                id::<Uuid>(&event.coached_id),
                false,
                true,
                recorded.position.0
            )
            .execute(&mut *tx)
            .await?;
            for follow_up in &event.follow_up_ids {
                link(tx, partnership, id(follow_up)).await?;
            }
        }
        Some(Event::Linked(event)) => link(tx, partnership, id(&event.follow_up_id)).await?,
        Some(Event::Agreed(_)) => {
            sql!(
                "update partnership set agreed = $2 where partnership_id = $1",
                partnership,
                true
            )
            .execute(&mut *tx)
            .await?;
        }
        Some(Event::SessionHeld(event)) => {
            for area in &event.focus_areas {
                sql!(
                    "insert into coached_area (partnership_id, coach_id, focus_area, trust_id)
                     select $1, $2, $3, trust_id from partnership where partnership_id = $1
                     on conflict do nothing",
                    partnership,
                    id::<Uuid>(&event.coach_id),
                    area.as_str()
                )
                .execute(&mut *tx)
                .await?;
            }
        }
        Some(Event::Moved(event)) => {
            sql!(
                "update partnership set urn = $2 where partnership_id = $1",
                partnership,
                school(&event.to_urn)
            )
            .execute(&mut *tx)
            .await?;
        }
        Some(Event::Declined(_) | Event::Completed(_) | Event::EndedEarly(_)) => {
            sql!(
                "update partnership set open = $2 where partnership_id = $1",
                partnership,
                false
            )
            .execute(&mut *tx)
            .await?;
        }
        _ => {}
    }
    Ok(())
}

async fn note_enquiry(tx: &mut Tx<'_>, recorded: &Recorded) -> Result<(), Error> {
    use enquiry_event::Event;
    let enquiry = recorded.stream_id.0;
    match decode::<EnquiryEvent>(recorded)?.event {
        Some(Event::Framed(event)) => {
            sql!(
                "insert into enquiry (enquiry_id, trust_id, urn, open, position)
                 values ($1, $2, $3, $4, $5)
                 on conflict do nothing",
                enquiry,
                id::<Uuid>(&event.trust_id),
                school(&event.urn),
                true,
                recorded.position.0
            )
            .execute(&mut *tx)
            .await?;
        }
        Some(Event::Joined(event)) => {
            sql!(
                "insert into enquiry_member (enquiry_id, person_id) values ($1, $2) on conflict do nothing",
                enquiry,
                id::<Uuid>(&event.person_id)
            )
            .execute(&mut *tx)
            .await?;
        }
        Some(Event::Left(event)) => {
            sql!(
                "delete from enquiry_member where enquiry_id = $1 and person_id = $2",
                enquiry,
                id::<Uuid>(&event.person_id)
            )
            .execute(&mut *tx)
            .await?;
        }
        Some(Event::Closed(_)) => {
            sql!("update enquiry set open = $2 where enquiry_id = $1", enquiry, false)
                .execute(&mut *tx)
                .await?;
        }
        _ => {}
    }
    Ok(())
}

async fn note_ask(tx: &mut Tx<'_>, recorded: &Recorded) -> Result<(), Error> {
    use coaching_ask_event::Event;
    let ask = recorded.stream_id.0;
    match decode::<CoachingAskEvent>(recorded)?.event {
        Some(Event::Opened(event)) => {
            sql!(
                "insert into ask (ask_id, follow_up_id, support_kind, person_id, owner_id, urn, promised_on, open)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)
                 on conflict do nothing",
                ask,
                id::<Uuid>(&event.follow_up_id),
                event.support_kind,
                id::<Uuid>(&event.person_id),
                optional_id::<Uuid>(&event.owner_id),
                school(&event.urn),
                date(&event.on),
                true
            )
            .execute(&mut *tx)
            .await?;
        }
        Some(Event::Provided(_) | Event::Withdrawn(_)) => {
            sql!("update ask set open = $2 where ask_id = $1", ask, false)
                .execute(&mut *tx)
                .await?;
        }
        Some(Event::HandedOver(event)) => {
            sql!(
                "update ask set owner_id = $2 where ask_id = $1",
                ask,
                optional_id::<Uuid>(&event.to_id)
            )
            .execute(&mut *tx)
            .await?;
        }
        Some(Event::Moved(event)) => {
            sql!("update ask set urn = $2 where ask_id = $1", ask, school(&event.to_urn))
                .execute(&mut *tx)
                .await?;
        }
        None => {}
    }
    Ok(())
}

async fn link(tx: &mut Tx<'_>, partnership: Uuid, follow_up: Uuid) -> Result<(), Error> {
    sql!(
        "insert into partnership_link (partnership_id, follow_up_id) values ($1, $2) on conflict do nothing",
        partnership,
        follow_up
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// A school's number; none for the central team.
fn school(text: &str) -> Option<i64> {
    text.parse::<Urn>().ok().map(i64::from)
}

fn decode<M: prost::Message + Default>(recorded: &Recorded) -> Result<M, Error> {
    M::decode(recorded.payload.as_ref()).map_err(Error::event)
}
