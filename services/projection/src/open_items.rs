//! The documents in which somebody may owe something, or be owed it, found by index from either side.

use std::collections::BTreeSet;

use api::{
    directory::v1::Role,
    ids::{PersonId, TrustId},
    projection::v1::{Obligation, ObligationKind},
};
use db::{Tx, sql};
use identity::roster::Scope;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    documents::{
        Appraisal, CoachingAsk, Document as _, EvaluationPlan, Feedback, FollowUp, LearningRecord, Need, Observation,
        Partnership, Session, SupportAsk,
    },
    obligations::{self, About, Owed},
    rows, shelf,
    views::{Names, Views},
};

/// Open documents.
#[derive(Debug, Default)]
pub(crate) struct OpenItems {
    pub(crate) follow_ups: Vec<(Uuid, FollowUp)>,
    pub(crate) observations: Vec<(Uuid, Observation)>,
    pub(crate) appraisals: Vec<(Uuid, Appraisal)>,
    pub(crate) shelved: Shelf,
}

/// Those on the shelf.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) support_asks: Vec<(Uuid, SupportAsk)>,
    pub(crate) coaching_asks: Vec<(Uuid, CoachingAsk)>,
    pub(crate) sessions: Vec<(Uuid, Session)>,
    pub(crate) learning: Vec<(Uuid, LearningRecord)>,
    pub(crate) partnerships: Vec<(Uuid, Partnership)>,
    pub(crate) feedback: Vec<(Uuid, Feedback)>,
    pub(crate) evaluations: Vec<(Uuid, EvaluationPlan)>,
    pub(crate) needs: Vec<(Uuid, Need)>,
}

/// A document on the shelf as it is read: its aggregate, its identifier and itself.
pub(crate) type OnShelf = (String, Uuid, Vec<u8>);

impl Shelf {
    /// Sorts what was read.
    pub(crate) fn of(found: Vec<OnShelf>) -> Result<Self, rows::Error> {
        let mut all = Self::default();
        for (kind, id, document) in found {
            let document = document.as_slice();
            match kind.as_str() {
                SupportAsk::AGGREGATE => all.support_asks.push((id, rows::decode(document)?)),
                CoachingAsk::AGGREGATE => all.coaching_asks.push((id, rows::decode(document)?)),
                Session::AGGREGATE => all.sessions.push((id, rows::decode(document)?)),
                LearningRecord::AGGREGATE => all.learning.push((id, rows::decode(document)?)),
                Partnership::AGGREGATE => all.partnerships.push((id, rows::decode(document)?)),
                Feedback::AGGREGATE => all.feedback.push((id, rows::decode(document)?)),
                EvaluationPlan::AGGREGATE => all.evaluations.push((id, rows::decode(document)?)),
                Need::AGGREGATE => all.needs.push((id, rows::decode(document)?)),
                _ => {}
            }
        }
        Ok(all)
    }

    fn owed(&self) -> impl Iterator<Item = Owed> {
        fn each<D>(all: &[(Uuid, D)], of: impl Fn(Uuid, &D) -> Vec<Owed>) -> impl Iterator<Item = Owed> {
            all.iter().flat_map(move |(id, document)| of(*id, document))
        }
        each(&self.support_asks, |id, ask| {
            obligations::of_ask(id, SupportAsk::AGGREGATE, &ask.ask)
        })
        .chain(each(&self.coaching_asks, |id, ask| {
            obligations::of_ask(id, CoachingAsk::AGGREGATE, &ask.ask)
        }))
        .chain(each(&self.sessions, obligations::of_session))
        .chain(each(&self.learning, obligations::of_learning))
        .chain(each(&self.partnerships, obligations::of_partnership))
        .chain(each(&self.feedback, obligations::of_feedback))
        .chain(each(&self.evaluations, obligations::of_evaluation))
        .chain(each(&self.needs, obligations::of_need))
    }
}

impl OpenItems {
    /// Those in which a person is one of the sides.
    pub(crate) async fn of(tx: &mut Tx<'_>, person: Uuid) -> Result<Self, rows::Error> {
        let follow_ups = sql!(
            "select follow_up_id, document
             from thread
             where open and follow_up_id in (
               select follow_up_id from thread where person_id = $1
               union select follow_up_id from thread where owner_id = $1 and open)",
            person
        )
        .fetch_all(&mut *tx)
        .await?;
        let observations = sql!(
            "select observation_id, document
             from observation
             where open and observation_id in (
               select observation_id from observation where observee_id = $1
               union select observation_id from observation where observer_id = $1 and open
               union select observation_id from observation where second_observer_id = $1 and open)",
            person
        )
        .fetch_all(&mut *tx)
        .await?;
        let appraisals = sql!(
            "select appraisal_id, document
             from appraisal
             where open and appraisal_id in (
               select appraisal_id from appraisal where person_id = $1
               union select appraisal_id from appraisal where appraiser_id = $1 and open)",
            person
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(Self {
            follow_ups: rows::decoded(follow_ups)?,
            observations: rows::decoded(observations)?,
            appraisals: rows::decoded(appraisals)?,
            shelved: Shelf::of(shelf::waiting_for(tx, &[person]).await?)?,
        })
    }

    /// Bookings of people whom somebody looks after, and that wait for their school's agreement.
    pub(crate) async fn of_managed(tx: &mut Tx<'_>, people: &[Uuid]) -> Result<Self, rows::Error> {
        Ok(Self {
            shelved: Shelf {
                sessions: shelf::waiting_in(tx, people).await?,
                ..Shelf::default()
            },
            ..Self::default()
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
            urns.clone()
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(Self {
            follow_ups: rows::decoded(follow_ups)?,
            appraisals: rows::decoded(appraisals)?,
            observations: Vec::new(),
            shelved: Shelf::of(shelf::waiting_at(tx, &urns).await?)?,
        })
    }

    /// Everything that is owed in them and waits on that day, most urgent first. Support that somebody was asked to arrange
    /// is owed once: as what was asked for.
    pub(crate) fn owed(&self, on: Day) -> Vec<Owed> {
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
            .chain(self.shelved.owed())
            .filter(|owed| owed.waits_on(on))
            .collect();
        let asked: BTreeSet<Uuid> = owed
            .iter()
            .filter(|owed| owed.kind == ObligationKind::ArrangeSupport)
            .filter_map(|owed| owed.follow_up)
            .collect();
        let again = |owed: &Owed| match owed.about {
            About::FollowUp(id) => owed.kind == ObligationKind::Support && asked.contains(&id),
            _ => false,
        };
        owed.retain(|owed| !again(owed));
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

impl Views {
    /// Those whose line manager somebody is on that day.
    pub(crate) fn managed_by(&self, trust: TrustId, manager: Uuid, on: Day) -> Vec<Uuid> {
        let Some(on) = compact::date(on) else { return Vec::new() };
        self.roster(|register| {
            let managed = register
                .people_of(trust)
                .filter(|person| !person.left(on) && person.line_manager(on) == Some(PersonId(manager)));
            managed.map(|person| person.id.into()).collect()
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
        code: owed.code.clone(),
        ..Obligation::default()
    };
    match owed.about {
        About::FollowUp(id) => obligation.follow_up_id = id.to_string(),
        About::Observation(id) => obligation.observation_id = id.to_string(),
        About::Appraisal(id) => obligation.appraisal_id = id.to_string(),
        About::Document(kind, id) => {
            kind.clone_into(&mut obligation.about_kind);
            obligation.about_id = id.to_string();
            obligation.follow_up_id = owed.follow_up.map(|id| id.to_string()).unwrap_or_default();
        }
    }
    obligation
}
