//! Follow-ups and objectives of other services, by whose they are.

use std::collections::BTreeMap;

use api::{
    appraisal::v1::{AppraisalEvent, appraisal_event},
    ids::{FollowUpId, ObjectiveId, PersonId},
    observations::v1::{FollowUpEvent, follow_up_event},
};
use chrono::NaiveDate;
use db::{Migration, Rows, Tx, sql};
use eventstore::Recorded;
use service::{Error, Violations, parse::path, recorded};
use uuid::Uuid;

use super::{Index, tables::decoded};

pub(super) const MIGRATION: Migration = Migration::new(
    4,
    "follow-ups and objectives",
    "create table known_follow_up (
       -- One row: a follow-up that the observations service recorded.
       follow_up_id {uuid} primary key,
       -- Who owes the action.
       person_id {uuid} not null,
       -- Who owes the support; null while nobody has been named.
       owner_id {uuid},
       agreed_on {date} not null
     ) {strict};

     create table known_appraisal (
       -- One row: an appraisal, and whose it is.
       appraisal_id {uuid} primary key,
       person_id {uuid} not null
     ) {strict};

     create table known_objective (
       -- One row: an objective of an appraisal.
       objective_id {uuid} primary key,
       appraisal_id {uuid} not null
     ) {strict};",
);

/// A follow-up of the observations service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownFollowUp {
    pub(crate) person: PersonId,
    pub(crate) owner: Option<PersonId>,
    pub(crate) agreed_on: NaiveDate,
}

impl Index {
    /// A follow-up; none if it is certain that there is none.
    pub(crate) async fn follow_up(&self, id: FollowUpId) -> Result<Option<KnownFollowUp>, Error> {
        if let Some(known) = self.find_follow_up(id).await? {
            return Ok(Some(known));
        }
        self.catch_up_with(&self.sources.observations).await?;
        self.find_follow_up(id).await
    }

    async fn find_follow_up(&self, id: FollowUpId) -> Result<Option<KnownFollowUp>, Error> {
        let row: Option<(Uuid, Option<Uuid>, NaiveDate)> = sql!(
            "select person_id, owner_id, agreed_on from known_follow_up where follow_up_id = $1",
            id.0
        )
        .fetch_optional(&self.db())
        .await?;
        Ok(row.map(|(person, owner, agreed_on)| KnownFollowUp {
            person: PersonId(person),
            owner: owner.map(PersonId),
            agreed_on,
        }))
    }

    /// Makes sure that what a request names exists and is that person's.
    pub(crate) async fn check_links(
        &self,
        person: PersonId,
        follow_ups: &[FollowUpId],
        objectives: &[ObjectiveId],
    ) -> Result<(), Error> {
        let mut violations = Violations::new();
        for (index, id) in follow_ups.iter().enumerate() {
            let owner = self.follow_up(*id).await?.map(|known| known.person);
            must_be_of(
                &mut violations,
                &path("follow_up_ids", index, ""),
                "follow-up",
                owner,
                person,
            );
        }
        for (index, id) in objectives.iter().enumerate() {
            let owner = self.person_of_objective(*id).await?;
            must_be_of(
                &mut violations,
                &path("objective_ids", index, ""),
                "objective",
                owner,
                person,
            );
        }
        violations.finish()
    }

    async fn person_of_objective(&self, id: ObjectiveId) -> Result<Option<PersonId>, Error> {
        if let Some(person) = self.find_objective(id).await? {
            return Ok(Some(person));
        }
        self.catch_up_with(&self.sources.appraisal).await?;
        self.find_objective(id).await
    }

    async fn find_objective(&self, id: ObjectiveId) -> Result<Option<PersonId>, Error> {
        let row: Option<(Uuid,)> = sql!(
            "select known_appraisal.person_id
             from known_objective
             join known_appraisal on known_appraisal.appraisal_id = known_objective.appraisal_id
             where known_objective.objective_id = $1",
            id.0
        )
        .fetch_optional(&self.db())
        .await?;
        Ok(row.map(|(person,)| PersonId(person)))
    }
}

fn must_be_of(violations: &mut Violations, field: &str, what: &str, owner: Option<PersonId>, person: PersonId) {
    match owner {
        Some(owner) if owner == person => {}
        Some(_) => violations.add(field, format!("is somebody else's {what}: name their own")),
        None => violations.add(field, format!("there is no such {what}")),
    }
}

/// New ones all at once; what changes hands, one by one, since it is rare.
pub(super) async fn follow_follow_ups(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), projection::Error> {
    use follow_up_event::Event;
    let (mut agreed, mut handed) = (Vec::new(), Vec::new());
    for (event, decoded) in decoded::<FollowUpEvent>("follow_up", events)? {
        match decoded.event {
            Some(Event::Agreed(agreement)) => agreed.push((event.stream_id.0, agreement)),
            Some(Event::HandedOver(to)) => handed.push((event.stream_id.0, recorded::optional_id::<Uuid>(&to.to_id))),
            _ => {}
        }
    }
    Rows::of("known_follow_up")
        .column("follow_up_id", agreed.iter().map(|(id, _)| *id))
        .column(
            "person_id",
            agreed.iter().map(|(_, agreed)| recorded::id::<Uuid>(&agreed.person_id)),
        )
        .column(
            "owner_id",
            agreed
                .iter()
                .map(|(_, agreed)| recorded::optional_id::<Uuid>(&agreed.owner_id)),
        )
        .column(
            "agreed_on",
            agreed.iter().map(|(_, agreed)| recorded::date(&agreed.agreed_on)),
        )
        .upsert(&["follow_up_id"], tx)
        .await?;
    for (id, owner) in handed {
        sql!(
            "update known_follow_up set owner_id = $2 where follow_up_id = $1",
            id,
            owner
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Objectives by the appraisal that they are of, and that by its person.
pub(super) async fn follow_objectives(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), projection::Error> {
    use appraisal_event::Event;
    let (mut appraisals, mut objectives) = (BTreeMap::new(), BTreeMap::new());
    for (event, decoded) in decoded::<AppraisalEvent>("appraisal", events)? {
        let appraisal = event.stream_id.0;
        match decoded.event {
            Some(Event::Opened(opened)) => {
                appraisals.insert(appraisal, recorded::id::<Uuid>(&opened.person_id));
            }
            Some(Event::ObjectivesAgreed(agreed)) => {
                let ids = agreed
                    .objectives
                    .iter()
                    .map(|objective| recorded::id::<Uuid>(&objective.objective_id));
                objectives.extend(ids.map(|id| (id, appraisal)));
            }
            Some(Event::ObjectivesSet(set)) => {
                let ids = set
                    .objectives
                    .iter()
                    .map(|objective| recorded::id::<Uuid>(&objective.objective_id));
                objectives.extend(ids.map(|id| (id, appraisal)));
            }
            _ => {}
        }
    }
    Rows::of("known_appraisal")
        .column("appraisal_id", appraisals.keys().copied())
        .column("person_id", appraisals.values().copied())
        .upsert(&["appraisal_id"], tx)
        .await?;
    Rows::of("known_objective")
        .column("objective_id", objectives.keys().copied())
        .column("appraisal_id", objectives.values().copied())
        .upsert(&["objective_id"], tx)
        .await?;
    Ok(())
}
