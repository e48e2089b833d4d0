//! The person record: who somebody is, what both sides owe, and one timeline of what its reader may see.
//!
//! The timeline is not stored. Each of the person's documents knows where its events are and when they happened; a page
//! is put together from these, and its events are fetched from their owners. What the reader may not see is counted.

mod development;

use std::collections::BTreeMap;

use api::{
    ids::PersonId,
    projection::v1::{
        GetPersonRecordRequest, GetPersonRecordResponse, Obligation, PersonSummary, PersonalRead, TimelineEntry,
    },
};
use db::sql;
use eventstore::{Position, Recorded};
use identity::{Action, Actor, Kind, Record};
use serde::{Deserialize, Serialize};
use service::{Error, Violations, page::Scope};
use uuid::Uuid;

use crate::{
    compact,
    documents::{
        Appraisal, Document, Enquiry, EvaluationPlan, Feedback, FollowUp, LearningRecord, Observation, Partnership,
        Person, Session,
    },
    obligations::Owed,
    open_items::{OpenItems, Shelf, shown, sides},
    rows, shelf,
    sight::Sight,
    views::{AsOf, Names, Views, unread},
};

/// How many of the latest reads a person is shown.
const READS_SHOWN: i64 = 200;

/// Where an event stands in the timeline: when it happened, then by source and position.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    occurred: i64,
    source: String,
    position: i64,
}

/// A person's documents.
struct About {
    id: Uuid,
    person: Person,
    follow_ups: Vec<(Uuid, FollowUp)>,
    observations: Vec<(Uuid, Observation)>,
    appraisals: Vec<(Uuid, Appraisal)>,
    learning: Vec<(Uuid, LearningRecord)>,
    sessions: Vec<(Uuid, Session)>,
    partnerships: Vec<(Uuid, Partnership)>,
    enquiries: Vec<(Uuid, Enquiry)>,
    feedback: Vec<(Uuid, Feedback)>,
}

impl Views {
    /// Shows one timeline of everything the reader may see about a person.
    pub async fn get_person_record(
        &self,
        actor: &Actor,
        request: GetPersonRecordRequest,
    ) -> Result<GetPersonRecordResponse, Error> {
        let parameters = GetPersonRecordRequest {
            page_size: 0,
            page_token: String::new(),
            at_least: Vec::new(),
            ..request.clone()
        };
        let scope = Scope::of("GetPersonRecord", &actor.id.to_string(), &parameters);
        let page = self
            .pager
            .page::<Place>(&scope, request.page_size, &request.page_token)?;
        let mut violations = Violations::new();
        let person = violations.id::<PersonId>("person_id", &request.person_id);
        let known_at = violations.optional_instant("known_at", request.known_at.as_ref());
        let on = violations.optional_date("on", &request.on);
        let (person, known_at, on) = violations.all((person, known_at, on))?;
        let as_of = AsOf::new(known_at, on);
        self.reach(&request.at_least).await?;
        let known = self.gate.roster().person(person).await?;
        let school = compact::date(as_of.on).and_then(|on| known.school_on(on));
        let record = Record::new(Kind::PersonRecord, known.trust).at(school).about(person);
        self.gate.authorise(actor, Action::Read, &record).await?;

        let trust = Uuid::from(known.trust);
        let about = self.about(trust, person.into()).await?;
        let mut places = about.places(as_of);
        places.sort_by(|a, b| b.cmp(a));
        if let Some(after) = &page.after {
            places.retain(|place| place < after);
        }
        let next_page_token = self.pager.cut(&scope, &page, &mut places, Clone::clone)?;
        let first_page = page.after.is_none();
        let events = self.events_at(&places).await?;
        let sights = self.sights(actor, &about, as_of);
        let seen = |event: &Recorded| sights.get(&event.stream_id.0).copied().unwrap_or_default();
        let (visible, withheld): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| seen(event).facts);
        let told = self.tell(&visible, |event| seen(event).texts).await?;
        let owed = if first_page {
            self.owed(actor, &about, person.into(), as_of, &sights).await?
        } else {
            Vec::new()
        };
        let (summary, _) = self.as_known(&about.person, as_of).await?;
        let completeness = self.completeness(trust);
        let (hours, training) = if first_page {
            self.hours_and_training(&about, &known, as_of, self.reporting(&completeness))
                .await?
        } else {
            (None, Vec::new())
        };
        let hours = hours.filter(|_| self.may_read_about(actor, Kind::LearningRecord, &about, as_of.on));
        let training = if self.may_read_about(actor, Kind::MandatoryStanding, &about, as_of.on) {
            training
        } else {
            Vec::new()
        };
        let reads = if first_page && actor.is(person) {
            self.gate.reads().about(person.into(), READS_SHOWN).await?
        } else {
            Vec::new()
        };

        let mut tx = self.read(trust).await?;
        let appraiser = compact::id(&summary.appraiser_id);
        let line_manager = compact::id(&summary.line_manager_id);
        let people = visible.iter().map(|event| event.metadata.actor_id).chain(sides(&owed));
        let people: Vec<Uuid> = people
            .chain([person.into()])
            .chain(appraiser)
            .chain(line_manager)
            .chain(reads.iter().map(|read| read.reader_id))
            .collect();
        let names = self.names(&mut tx, trust, people).await?;
        drop(tx);
        let timeline = visible.iter().zip(&told).filter_map(|(event, told)| {
            let told = told.as_ref()?;
            Some(entry(event, told.summary(), told.text(), !seen(event).texts, &names))
        });
        let on_side = |side: fn(&Owed) -> Option<Uuid>| -> Vec<Obligation> {
            let owed = owed.iter().filter(|owed| side(owed) == Some(person.into()));
            owed.map(|owed| shown(owed, as_of.on, &names)).collect()
        };
        Ok(GetPersonRecordResponse {
            person: Some(PersonSummary {
                person: Some(names.of(person.into())),
                trust_id: trust.to_string(),
                employments: summary.employments,
                career_stage: summary.career_stage,
                on_leave_since: compact::iso(summary.on_leave_since),
                appraiser: appraiser.map(|appraiser| names.of(appraiser)),
                line_manager: line_manager.map(|manager| names.of(manager)),
                left: summary.left,
                erased: summary.erased,
            }),
            owed_by_person: on_side(|owed| owed.by),
            owed_to_person: on_side(|owed| owed.to),
            timeline: timeline.collect(),
            withheld_count: i32::try_from(withheld.len()).unwrap_or(i32::MAX),
            completeness,
            hours,
            training,
            next_page_token,
            reads: reads
                .into_iter()
                .map(|read| PersonalRead {
                    reader: Some(names.of(read.reader_id)),
                    record: read.record,
                    on: read.day.to_string(),
                    read_count: read.count,
                })
                .collect(),
        })
    }

    async fn about(&self, trust: Uuid, person: Uuid) -> Result<About, Error> {
        let mut tx = self.read(trust).await?;
        let row = rows::people(&mut tx, &[person])
            .await?
            .remove(&person)
            .unwrap_or_default();
        let follow_ups: Vec<(Uuid, Vec<u8>)> =
            sql!("select follow_up_id, document from thread where person_id = $1", person)
                .fetch_all(&mut tx)
                .await
                .map_err(unread)?;
        let observations: Vec<(Uuid, Vec<u8>)> = sql!(
            "select observation_id, document from observation where observee_id = $1",
            person
        )
        .fetch_all(&mut tx)
        .await
        .map_err(unread)?;
        let appraisals = self.appraisals_of(&mut tx, Some(person)).await?;
        let learning = shelf::concerning(&mut tx, person, false).await?;
        let sessions = shelf::concerning(&mut tx, person, false).await?;
        let partnerships = shelf::concerning(&mut tx, person, false).await?;
        let enquiries = shelf::concerning(&mut tx, person, false).await?;
        let feedback = shelf::concerning(&mut tx, person, false).await?;
        Ok(About {
            id: person,
            person: row.person,
            follow_ups: rows::decoded(follow_ups)?,
            observations: rows::decoded(observations)?,
            appraisals,
            learning,
            sessions,
            partnerships,
            enquiries,
            feedback,
        })
    }

    /// The events of a page, in its order.
    async fn events_at(&self, places: &[Place]) -> Result<Vec<Recorded>, Error> {
        let mut by_place = BTreeMap::new();
        let sources = [
            Person::SOURCE,
            FollowUp::SOURCE,
            Appraisal::SOURCE,
            LearningRecord::SOURCE,
            Partnership::SOURCE,
            Feedback::SOURCE,
        ];
        for source in sources {
            let positions: Vec<Position> = places
                .iter()
                .filter(|place| place.source == source)
                .map(|place| Position(place.position))
                .collect();
            for event in self.events(source, &positions).await? {
                by_place.insert((source, event.position.0), event);
            }
        }
        Ok(places
            .iter()
            .filter_map(|place| by_place.remove(&(place.source.as_str(), place.position)))
            .collect())
    }

    /// What the reader may see of each document.
    fn sights(&self, actor: &Actor, about: &About, as_of: AsOf) -> BTreeMap<Uuid, Sight> {
        let mut sights = BTreeMap::new();
        for (id, follow_up) in &about.follow_ups {
            sights.insert(*id, self.sight_of_follow_up(actor, follow_up, as_of.on));
        }
        for (id, observation) in &about.observations {
            sights.insert(*id, self.sight_of_observation(actor, observation));
        }
        for (id, appraisal) in &about.appraisals {
            sights.insert(*id, self.sight_of_appraisal(actor, appraisal));
        }
        // What somebody learned, booked, or did with others is shown to those to whom its own service shows it; what a pair
        // or a group writes is not here at all.
        let may = |kind| self.may_read_about(actor, kind, about, as_of.on);
        let sight = |facts, texts| Sight { facts, texts };
        let learning = sight(may(Kind::LearningRecord), may(Kind::LearningClaim));
        let booking = sight(may(Kind::Booking), false);
        let coaching = sight(may(Kind::CoachingActivity), false);
        sights.extend(about.learning.iter().map(|(id, _)| (*id, learning)));
        sights.extend(about.sessions.iter().map(|(id, _)| (*id, booking)));
        sights.extend(about.partnerships.iter().map(|(id, _)| (*id, coaching)));
        sights.extend(about.enquiries.iter().map(|(id, _)| (*id, coaching)));
        // Answers are known to who gave them.
        let own = Sight {
            facts: actor.id == about.id,
            texts: false,
        };
        sights.extend(about.feedback.iter().map(|(id, _)| (*id, own)));
        // Who may read the record may read when its person came, moved and was away.
        sights.insert(
            about.id,
            Sight {
                facts: true,
                texts: true,
            },
        );
        sights
    }

    /// What the person owes and is owed, as it was known, and as far as the reader may see it.
    async fn owed(
        &self,
        actor: &Actor,
        about: &About,
        person: Uuid,
        as_of: AsOf,
        sights: &BTreeMap<Uuid, Sight>,
    ) -> Result<Vec<Owed>, Error> {
        let visible = |id: &Uuid| sights.get(id).is_none_or(|sight| sight.facts);
        let items = match as_of.known_at {
            None => {
                let mut tx = self.read(about.person.trust().unwrap_or_default()).await?;
                OpenItems::of(&mut tx, person).await?
            }
            Some(_) => OpenItems {
                follow_ups: self.all_as_known(&about.follow_ups, as_of).await?,
                observations: self.all_as_known(&about.observations, as_of).await?,
                appraisals: self.all_as_known(&about.appraisals, as_of).await?,
                shelved: Shelf {
                    sessions: self.all_as_known(&about.sessions, as_of).await?,
                    learning: self.all_as_known(&about.learning, as_of).await?,
                    partnerships: self.all_as_known(&about.partnerships, as_of).await?,
                    feedback: self.all_as_known(&about.feedback, as_of).await?,
                    ..Shelf::default()
                },
            },
        };
        let items = OpenItems {
            follow_ups: items.follow_ups.into_iter().filter(|(id, _)| visible(id)).collect(),
            observations: items.observations.into_iter().filter(|(id, _)| visible(id)).collect(),
            appraisals: items.appraisals.into_iter().filter(|(id, _)| visible(id)).collect(),
            shelved: self.seen_on_shelf(items.shelved, actor, about, as_of, visible),
        };
        Ok(items.owed(as_of.on))
    }
}

impl About {
    fn places(&self, as_of: AsOf) -> Vec<Place> {
        fn of<D: Document>(document: &D, as_of: AsOf) -> impl Iterator<Item = Place> {
            let known = document
                .entries()
                .iter()
                .filter(move |entry| as_of.knows(entry.recorded_at()));
            known.map(|entry| Place {
                occurred: entry.occurred,
                source: D::SOURCE.to_owned(),
                position: entry.position,
            })
        }
        let follow_ups = self.follow_ups.iter().flat_map(|(_, document)| of(document, as_of));
        let observations = self.observations.iter().flat_map(|(_, document)| of(document, as_of));
        let appraisals = self.appraisals.iter().flat_map(|(_, document)| of(document, as_of));
        let development = self.development().into_iter();
        let development = development
            .filter(|(_, entry)| as_of.knows(entry.recorded_at()))
            .map(|(source, entry)| Place {
                occurred: entry.occurred,
                source: source.to_owned(),
                position: entry.position,
            });
        of(&self.person, as_of)
            .chain(follow_ups)
            .chain(observations)
            .chain(appraisals)
            .chain(development)
            .collect()
    }
}

fn entry(event: &Recorded, summary: String, text: String, text_withheld: bool, names: &Names) -> TimelineEntry {
    TimelineEntry {
        source: source_of(event).to_owned(),
        position: event.position.0,
        kind: event.kind.as_str().to_owned(),
        occurred_at: Some(compact::timestamp(event.metadata.occurred_at)),
        recorded_at: Some(compact::timestamp(event.recorded_at)),
        summary,
        text,
        purpose: event.metadata.purpose,
        actor: names.actor(event.metadata.actor_id),
        stream_id: event.stream_id.0.to_string(),
        text_withheld,
    }
}

/// The service that records events of this kind.
pub(crate) fn source_of(event: &Recorded) -> &'static str {
    source_of_aggregate(event.kind.aggregate())
}

/// The service that records what happens to this.
pub(crate) fn source_of_aggregate(aggregate: &str) -> &'static str {
    match aggregate {
        Person::AGGREGATE => Person::SOURCE,
        Appraisal::AGGREGATE => Appraisal::SOURCE,
        LearningRecord::AGGREGATE | Session::AGGREGATE => LearningRecord::SOURCE,
        Partnership::AGGREGATE | Enquiry::AGGREGATE => Partnership::SOURCE,
        Feedback::AGGREGATE | EvaluationPlan::AGGREGATE => Feedback::SOURCE,
        _ => FollowUp::SOURCE,
    }
}
