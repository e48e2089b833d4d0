//! The thread: one follow-up with its milestones, why it is stuck, and where appraisal took notice of it.
//!
//! A single thread is always folded from its events, fetched from their owners by position: as known at a past moment by
//! leaving out what was recorded later. Lists are made from the documents, by the same definitions.

mod telling;

use std::collections::BTreeSet;

use api::{
    appraisal::v1::ReviewKind,
    common::v1::Purpose,
    observations::v1::follow_up_event::Event as OfFollowUp,
    projection::v1::{
        Absence, GetThreadRequest, GetThreadResponse, Milestone, Refusal, Step, StuckReason, Thread, ThreadLink,
        ThreadPart, ThreadPromise, ThreadSummary,
    },
};
use eventstore::Recorded;
use identity::{Action, Actor, Kind};
use service::{Error, Violations};
use uuid::Uuid;

pub(crate) use telling::{entry, may_be_told};

use crate::{
    compact::{self, Day},
    definitions::{Facts, Ground, Reporting, STEPS, appraisal::Refused, outcome, stuck},
    documents::{
        Appraisal, Document as _, FollowUp, LearningWalk,
        appraisal::{Links, Reviews},
    },
    joined::{self, Bounds},
    rows, shelf,
    sight::follow_up_record,
    story::Told,
    thread::telling::Reader,
    views::{AsOf, Names, Reach, Views},
};

/// A thread as the definitions judge it, as far as its reader may know.
pub(crate) struct Judged {
    pub(crate) milestones: Vec<Milestone>,
    pub(crate) stuck: Vec<StuckReason>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) links: Vec<ThreadLink>,
    /// Development and evaluation, as far as it may be joined for this reader.
    pub(crate) parts: Vec<ThreadPart>,
    pub(crate) promoted: bool,
}

/// What a judgement is made from.
pub(crate) struct Case<'a> {
    pub(crate) id: Uuid,
    pub(crate) row: &'a rows::Thread,
    pub(crate) review_days: &'a [Day],
    pub(crate) on: Day,
    pub(crate) reporting: Reporting,
    /// Whether the reader may know what appraisal made of it.
    pub(crate) sees_appraisal: bool,
    /// Whether the reader sees it for an appraisal, so that development recorded for another purpose is not joined.
    pub(crate) for_appraisal: bool,
}

impl Case<'_> {
    /// Judges by the definitions; none while the agreement itself has not been read.
    pub(crate) fn judge(&self, views: &Views, reach: &Reach<'_>) -> Option<Judged> {
        let follow_up = &self.row.follow_up;
        let reaches_with = |purpose, on| reach.reaches(follow_up.urn, purpose, on);
        let bounds = Bounds {
            follow_up,
            for_appraisal: self.for_appraisal,
            on: self.on,
            reaches: &reaches_with,
        };
        let (parts, refused_parts) = joined::part(&self.row.parts, &bounds);
        let row = rows::Thread {
            parts,
            ..self.row.clone()
        };
        let facts = Facts::of(&row)?;
        let reaches = |on| reach.reaches(follow_up.urn, facts.purpose, on);
        let ground = Ground {
            on: self.on,
            reaches: &reaches,
            review_days: self.review_days,
            owner_left: facts.owner.is_some_and(|owner| views.has_left(owner, self.on)),
            reporting: self.reporting,
        };
        let mut stuck = stuck::reasons(&facts, &ground);
        if !self.sees_appraisal {
            stuck.retain(|reason| !matches!(reason, StuckReason::NotInAppraisal | StuckReason::NotPermitted));
        }
        let bounded = |(_, why): &(_, Refused)| matches!(why, Refused::Purpose(_));
        if refused_parts.iter().any(bounded) && !stuck.contains(&StuckReason::NotPermitted) {
            stuck.push(StuckReason::NotPermitted);
        }
        let (links, mut refusals) = self.joins(&reaches);
        refusals.extend(joined::refusals(self.id, follow_up, &refused_parts));
        Some(Judged {
            milestones: STEPS
                .into_iter()
                .map(|step| self.milestone(step, &facts, &ground, &links, &row))
                .collect(),
            stuck,
            refusals,
            links,
            parts: joined::shown(&row.parts, facts.agreed_on),
            promoted: follow_up.promoted_on(self.on),
        })
    }

    fn milestone(
        &self,
        step: Step,
        facts: &Facts,
        ground: &Ground<'_>,
        links: &[ThreadLink],
        row: &rows::Thread,
    ) -> Milestone {
        if step == Step::Discussed && !self.sees_appraisal {
            return Milestone {
                step: step.into(),
                absence: Absence::NotPermitted.into(),
                ..Milestone::default()
            };
        }
        let outcome = outcome(step, facts, ground);
        let refs = match step {
            Step::Agreed => [&row.follow_up.observation_id, &row.follow_up.learning_walk_id]
                .into_iter()
                .filter_map(|origin| compact::id(origin))
                .map(|origin| origin.to_string())
                .collect(),
            Step::Developed | Step::Evaluated => {
                let serving = row.parts.serving(step, &row.follow_up.person_id, facts.agreed_on);
                serving.map(|(part, _)| compact::id_text(&part.ref_id)).collect()
            }
            Step::Revisited => row
                .follow_up
                .revisits
                .iter()
                .map(|revisit| compact::id_text(&revisit.observation_id))
                .collect(),
            Step::Discussed => {
                let spoken = links
                    .iter()
                    .filter(|link| link.review != i32::from(ReviewKind::Unspecified));
                spoken
                    .map(|link| link.appraisal_id.clone())
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        };
        Milestone {
            step: step.into(),
            on: compact::iso(outcome.reached),
            absence: outcome.absence.into(),
            refs,
        }
    }

    /// The appraisals that name it: those that may, and those that are refused.
    fn joins(&self, reaches: &dyn Fn(Day) -> bool) -> (Vec<ThreadLink>, Vec<Refusal>) {
        let (mut links, mut refusals) = (Vec::new(), Vec::new());
        if !self.sees_appraisal {
            return (links, refusals);
        }
        for link in &self.row.links.links {
            let Some(standing) = rows::standing(&self.row.follow_up, link) else {
                continue;
            };
            let appraisal_id = compact::id_text(&link.appraisal_id);
            match standing.verdict(reaches(link.on)) {
                Ok(()) => links.push(ThreadLink {
                    appraisal_id,
                    objective_id: compact::id_text(&link.objective_id),
                    review: link.review,
                    on: compact::iso(Some(link.on)),
                }),
                Err(refused) => refusals.push(Refusal {
                    follow_up_id: self.id.to_string(),
                    appraisal_id,
                    purpose: self.row.follow_up.purpose,
                    reason: refused.sentence(),
                    on: compact::iso(Some(link.on)),
                    development_id: String::new(),
                }),
            }
        }
        (links, refusals)
    }
}

/// A thread as it stands in a list: without texts.
pub(crate) fn summary(id: Uuid, follow_up: &FollowUp, judged: Judged, names: &Names) -> ThreadSummary {
    ThreadSummary {
        follow_up_id: id.to_string(),
        urn: compact::urn_text(follow_up.urn),
        person: follow_up.person().map(|person| names.of(person)),
        owner: follow_up.owner().map(|owner| names.of(owner)),
        purpose: follow_up.purpose,
        state: follow_up.state().into(),
        stuck: judged.stuck.into_iter().map(Into::into).collect(),
        focus_areas: follow_up.focus_areas.clone(),
        agreed_on: compact::iso(follow_up.agreed_on),
        due_on: compact::iso(follow_up.due_on),
        milestones: judged.milestones,
    }
}

/// A thread as it was known, with everything that it is told from.
pub(crate) struct Known {
    pub(crate) id: Uuid,
    pub(crate) trust: Uuid,
    pub(crate) row: rows::Thread,
    pub(crate) reviews: Reviews,
    /// Events of the follow-up itself.
    pub(crate) events: Vec<Recorded>,
    /// Events of appraisals that name it.
    pub(crate) naming: Vec<Recorded>,
    /// Events of the observation or learning walk that it came from.
    pub(crate) origin: Vec<Recorded>,
    pub(crate) observed_on: Option<Day>,
    pub(crate) walked_on: Option<Day>,
    /// Events of development and evaluation that serve it.
    pub(crate) serving: Vec<Recorded>,
}

impl Views {
    /// Finds a follow-up, and asks whether its thread may be read.
    pub(crate) async fn open_thread(&self, actor: &Actor, id: Uuid, as_of: AsOf) -> Result<rows::Thread, Error> {
        let mut tx = self.read_any().await?;
        let row = rows::threads(&mut tx, &[id]).await?.remove(&id);
        let row = row.filter(|row| row.follow_up.agreed_on.is_some());
        let row = row.ok_or_else(|| Error::not_found("follow-up", id))?;
        self.gate
            .authorise(
                actor,
                Action::Read,
                &follow_up_record(Kind::Thread, &row.follow_up, as_of.on),
            )
            .await?;
        Ok(row)
    }

    /// Folds a thread anew from the events that were known.
    pub(crate) async fn thread_as_known(&self, id: Uuid, row: rows::Thread, as_of: AsOf) -> Result<Known, Error> {
        let trust = row.follow_up.trust().unwrap_or_default();
        let mut tx = self.read(trust).await?;
        let mut appraisals = self.appraisals_of(&mut tx, row.follow_up.person()).await?;
        let named_by: Vec<Uuid> = row
            .links
            .appraisal_ids
            .iter()
            .filter_map(|naming| compact::id(naming))
            .collect();
        for (naming, appraisal) in rows::appraisals(&mut tx, &named_by).await? {
            if !appraisals.iter().any(|(known, _)| *known == naming) {
                appraisals.push((naming, appraisal));
            }
        }
        let observation = match compact::id(&row.follow_up.observation_id) {
            Some(observation) => rows::observations(&mut tx, &[observation]).await?.remove(&observation),
            None => None,
        };
        let walk = match compact::id(&row.follow_up.learning_walk_id) {
            Some(walk) => shelf::load::<LearningWalk>(&mut tx, &[walk]).await?.remove(&walk),
            None => None,
        };
        drop(tx);
        let (follow_up, events) = self.as_known(&row.follow_up, as_of).await?;
        if follow_up.agreed_on.is_none() {
            return Err(Error::not_found("follow-up", id).because("NOT_KNOWN_THEN"));
        }
        let (observed_on, origin) = match observation {
            Some(observation) => {
                let (observation, events) = self.as_known(&observation, as_of).await?;
                (observation.conducted_on, events)
            }
            None => (None, Vec::new()),
        };
        let walked_on = match walk {
            Some(walk) => self.as_known(&walk, as_of).await?.0.on,
            None => None,
        };
        let (parts, serving) = self.parts_as_known(id, &row, as_of).await?;
        let (mut links, mut reviews, mut naming) = (Links::default(), Reviews::default(), Vec::new());
        let mut histories = self
            .histories(appraisals.iter().map(|(_, appraisal)| appraisal), as_of)
            .await?;
        for (appraisal_id, _) in appraisals {
            let events = histories.remove(&appraisal_id).unwrap_or_default();
            let appraisal = Appraisal::fold(&events).map_err(Error::internal)?;
            let named = appraisal
                .links(appraisal_id)
                .into_iter()
                .filter(|(named, _)| *named == id);
            links.replace(appraisal_id, named.map(|(_, link)| link).collect());
            if appraisal.person() == follow_up.person() {
                reviews.replace(appraisal_id, appraisal.reviews(appraisal_id));
            }
            for event in events {
                if Told::of(&event)
                    .map_err(Error::internal)?
                    .is_some_and(|told| told.names(id))
                {
                    naming.push(event);
                }
            }
        }
        Ok(Known {
            id,
            trust,
            row: rows::Thread {
                follow_up,
                links,
                parts,
            },
            reviews,
            events,
            naming,
            origin,
            observed_on,
            walked_on,
            serving,
        })
    }

    pub(crate) async fn appraisals_of(
        &self,
        tx: &mut db::Tx<'_>,
        person: Option<Uuid>,
    ) -> Result<Vec<(Uuid, Appraisal)>, Error> {
        let found: Vec<(Uuid, Vec<u8>)> = db::sql!(
            "select appraisal_id, document from appraisal where person_id = $1 order by appraisal_id",
            person
        )
        .fetch_all(tx)
        .await
        .map_err(crate::views::unread)?;
        let appraisal = |(id, document): (Uuid, Vec<u8>)| Ok((id, rows::decode(&document).map_err(Error::internal)?));
        found.into_iter().map(appraisal).collect()
    }

    /// Shows the joined-up life of one follow-up.
    pub async fn get_thread(&self, actor: &Actor, request: GetThreadRequest) -> Result<GetThreadResponse, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<Uuid>("follow_up_id", &request.follow_up_id);
        let known_at = violations.optional_instant("known_at", request.known_at.as_ref());
        let on = violations.optional_date("on", &request.on);
        let (id, known_at, on) = violations.all((id, known_at, on))?;
        let as_of = AsOf::new(known_at, on);
        self.reach(&request.at_least).await?;
        let row = self.open_thread(actor, id, as_of).await?;
        // Who may read what was written is asked of how things are now, not then.
        let sight = self.sight_of_follow_up(actor, &row.follow_up, as_of.on);
        let sees_appraisal = self.sees_appraisals_of(actor, &row.follow_up);
        if sight.texts {
            let record = follow_up_record(Kind::FollowUp, &row.follow_up, as_of.on);
            self.gate.authorise(actor, Action::Read, &record).await?;
        }
        let known = self.thread_as_known(id, row, as_of).await?;
        let completeness = self.completeness(known.trust);
        let reader = Reader {
            sight,
            sees_appraisal,
            for_appraisal: self.reads_for_appraisal(actor, &known.row.follow_up, as_of.on),
            sees_coaching: self.sees_coaching_of(actor, &known.row.follow_up),
            concerned: [known.row.follow_up.person(), known.row.follow_up.owner()].contains(&Some(actor.id)),
            own: known.row.follow_up.person() == Some(actor.id),
        };
        let thread = self.show(&known, as_of, reader, self.reporting(&completeness)).await?;
        Ok(GetThreadResponse {
            thread: Some(thread),
            completeness,
        })
    }

    async fn show(&self, known: &Known, as_of: AsOf, reader: Reader, reporting: Reporting) -> Result<Thread, Error> {
        let follow_up = &known.row.follow_up;
        let sight = reader.sight;
        let told = self.tell(&known.events, |_| sight.texts).await?;
        let mut tx = self.read(known.trust).await?;
        let actors = known
            .events
            .iter()
            .chain(&known.naming)
            .chain(&known.origin)
            .chain(&known.serving)
            .map(|event| event.metadata.actor_id);
        let people = actors.chain(follow_up.person()).chain(follow_up.owner());
        let names = self.names(&mut tx, known.trust, people).await?;
        let likely_links = if reader.concerned && as_of.known_at.is_none() {
            joined::likely(&mut tx, known.id, &known.row).await?
        } else {
            Vec::new()
        };
        drop(tx);
        let review_days = known.reviews.days();
        let case = Case {
            id: known.id,
            row: &known.row,
            review_days: &review_days,
            on: as_of.on,
            reporting,
            sees_appraisal: reader.sees_appraisal,
            for_appraisal: reader.for_appraisal,
        };
        let reach = self.reach_of(known.trust);
        let judged = case
            .judge(self, &reach)
            .ok_or_else(|| Error::not_found("follow-up", known.id))?;
        let story = known.story(&told, &names, &judged, reader);
        let (action, promises) = agreement(follow_up, &told);
        Ok(Thread {
            follow_up_id: known.id.to_string(),
            trust_id: known.trust.to_string(),
            urn: compact::urn_text(follow_up.urn),
            school_name: self.school_name(follow_up.urn),
            person: follow_up.person().map(|person| names.of(person)),
            owner: follow_up.owner().map(|owner| names.of(owner)),
            purpose: follow_up.purpose,
            state: follow_up.state().into(),
            stuck: judged.stuck.into_iter().map(Into::into).collect(),
            focus_areas: follow_up.focus_areas.clone(),
            action,
            text_withheld: !sight.texts,
            agreed_on: compact::iso(follow_up.agreed_on),
            due_on: compact::iso(follow_up.due_on),
            promoted: judged.promoted,
            observation_id: compact::id_text(&follow_up.observation_id),
            observed_on: compact::iso(known.observed_on),
            learning_walk_id: compact::id_text(&follow_up.learning_walk_id),
            walked_on: compact::iso(known.walked_on),
            milestones: judged.milestones,
            promises,
            story,
            refusals: judged.refusals,
            links: judged.links,
            parts: judged.parts,
            likely_links,
        })
    }
}

/// What was agreed, in words where they were opened.
fn agreement(follow_up: &FollowUp, told: &[Option<Told>]) -> (String, Vec<ThreadPromise>) {
    let agreed = told.iter().flatten().find_map(|told| match told {
        Told::FollowUp(event) => match &event.event {
            Some(OfFollowUp::Agreed(agreed)) => Some(agreed),
            _ => None,
        },
        _ => None,
    });
    let detail = |promise_id: &str| {
        let promised = agreed?
            .promises
            .iter()
            .find(|promise| promise.promise_id == promise_id)?;
        promised.detail.as_ref().map(|detail| detail.clear.clone())
    };
    let promise = |promise: &crate::documents::follow_up::Promise| {
        let promise_id = compact::id_text(&promise.promise_id);
        ThreadPromise {
            detail: detail(&promise_id).unwrap_or_default(),
            promise_id,
            kind: promise.kind,
            provided_on: compact::iso(promise.provided_on),
        }
    };
    let action = agreed
        .and_then(|agreed| agreed.action.as_ref())
        .map(|action| action.clear.clone());
    (
        action.unwrap_or_default(),
        follow_up.promises.iter().map(promise).collect(),
    )
}

/// What a thread was agreed to be, for a briefing.
pub(crate) fn action_of(told: &[Option<Told>]) -> String {
    agreement(&FollowUp::default(), told).0
}

/// The purpose of a follow-up.
pub(crate) fn purpose(follow_up: &FollowUp) -> Purpose {
    Purpose::try_from(follow_up.purpose).unwrap_or_default()
}
