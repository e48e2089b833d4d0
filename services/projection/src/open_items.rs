//! The documents in which somebody may owe something, or be owed it, found by index from either side.

use api::{directory::v1::Role, ids::PersonId, projection::v1::Obligation};
use db::{Tx, sql};
use identity::roster::Scope;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    documents::{Appraisal, FollowUp, Observation},
    obligations::{self, About, Owed},
    rows,
    views::{Names, Views},
};

/// Open documents.
#[derive(Debug, Default)]
pub(crate) struct OpenItems {
    pub(crate) follow_ups: Vec<(Uuid, FollowUp)>,
    pub(crate) observations: Vec<(Uuid, Observation)>,
    pub(crate) appraisals: Vec<(Uuid, Appraisal)>,
}

impl OpenItems {
    /// Those in which a person is one of the sides.
    pub(crate) async fn of(tx: &mut Tx<'_>, person: Uuid) -> Result<Self, rows::Error> {
        let follow_ups = sql!(
            "select follow_up_id, document from thread where open and (person_id = $1 or owner_id = $1)",
            person
        )
        .fetch_all(&mut *tx)
        .await?;
        let observations = sql!(
            "select observation_id, document
             from observation
             where open and (observee_id = $1 or observer_id = $1 or second_observer_id = $1)",
            person
        )
        .fetch_all(&mut *tx)
        .await?;
        let appraisals = sql!(
            "select appraisal_id, document from appraisal where open and (person_id = $1 or appraiser_id = $1)",
            person
        )
        .fetch_all(tx)
        .await?;
        Ok(Self {
            follow_ups: rows::decoded(follow_ups)?,
            observations: rows::decoded(observations)?,
            appraisals: rows::decoded(appraisals)?,
        })
    }

    /// Those of schools in which nobody has been named who owes the support, or who appraises.
    pub(crate) async fn unnamed(tx: &mut Tx<'_>, urns: Vec<i32>) -> Result<Self, rows::Error> {
        if urns.is_empty() {
            return Ok(Self::default());
        }
        let follow_ups = sql!(
            "select follow_up_id, document from thread where open and owner_id is null and urn = any($1)",
            urns.clone()
        )
        .fetch_all(&mut *tx)
        .await?;
        let appraisals = sql!(
            "select appraisal_id, document from appraisal where open and appraiser_id is null and urn = any($1)",
            urns
        )
        .fetch_all(tx)
        .await?;
        Ok(Self {
            follow_ups: rows::decoded(follow_ups)?,
            appraisals: rows::decoded(appraisals)?,
            observations: Vec::new(),
        })
    }

    /// Everything that is owed in them, most urgent first.
    pub(crate) fn owed(&self) -> Vec<Owed> {
        let mut owed: Vec<Owed> = self
            .follow_ups
            .iter()
            .flat_map(|(id, follow_up)| obligations::of_follow_up(*id, follow_up))
            .chain(
                self.observations
                    .iter()
                    .flat_map(|(id, observation)| obligations::of_observation(*id, observation)),
            )
            .chain(
                self.appraisals
                    .iter()
                    .flat_map(|(id, appraisal)| obligations::of_appraisal(*id, appraisal)),
            )
            .collect();
        owed.sort_by_key(Owed::urgency);
        owed
    }
}

impl Views {
    /// The schools whose CPD lead or head somebody is on that day: what nobody owes there, they see to.
    pub(crate) fn schools_led_by(&self, person: Uuid, on: Day) -> Vec<i32> {
        let Some(on) = compact::date(on) else { return Vec::new() };
        self.roster(|register| {
            let duties = register
                .person(PersonId(person))
                .map(|person| person.duties.as_slice())
                .unwrap_or_default();
            let led = duties
                .iter()
                .filter(|duty| duty.on(on))
                .filter_map(|duty| match (duty.role, duty.scope) {
                    (Role::CpdLead | Role::Head, Scope::School(urn)) => i32::try_from(urn.number()).ok(),
                    _ => None,
                });
            led.collect()
        })
    }
}

/// The people on both sides.
pub(crate) fn sides(owed: &[Owed]) -> impl Iterator<Item = Uuid> {
    owed.iter().flat_map(|owed| owed.by.into_iter().chain(owed.to))
}

/// As the protocol shows it.
pub(crate) fn shown(owed: &Owed, on: Day, names: &Names) -> Obligation {
    let mut obligation = Obligation {
        kind: owed.kind.into(),
        owed_by: owed.by.map(|by| names.of(by)),
        owed_to: owed.to.map(|to| names.of(to)),
        due_on: compact::iso(owed.due_on),
        overdue: owed.overdue(on),
        ..Obligation::default()
    };
    match owed.about {
        About::FollowUp(id) => obligation.follow_up_id = id.to_string(),
        About::Observation(id) => obligation.observation_id = id.to_string(),
        About::Appraisal(id) => obligation.appraisal_id = id.to_string(),
    }
    obligation
}
