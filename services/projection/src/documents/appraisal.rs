//! An appraisal as the appraisal service told it, and what of it concerns other rows.

use api::appraisal::v1::{
    AppraisalEvent, Discussion, Objective as AgreedObjective, Origin, Party, ReviewKind, appraisal_event::Event,
};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::compact::{self, Day};

/// One person's objectives and reviews in one cycle.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Appraisal {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(int32, tag = "3")]
    pub year: i32,
    #[prost(bytes = "vec", tag = "4")]
    pub person_id: Vec<u8>,
    /// Empty while nobody has been named.
    #[prost(bytes = "vec", tag = "5")]
    pub appraiser_id: Vec<u8>,
    #[prost(uint32, tag = "6")]
    pub urn: u32,
    #[prost(int32, tag = "7")]
    pub role_group: i32,
    #[prost(int32, optional, tag = "8")]
    pub planning_by: Option<Day>,
    #[prost(int32, optional, tag = "9")]
    pub mid_year_by: Option<Day>,
    #[prost(int32, optional, tag = "10")]
    pub final_by: Option<Day>,
    #[prost(message, repeated, tag = "11")]
    pub objectives: Vec<Objective>,
    #[prost(int32, optional, tag = "12")]
    pub objectives_on: Option<Day>,
    #[prost(message, optional, tag = "13")]
    pub mid_year: Option<Spoken>,
    #[prost(message, optional, tag = "14")]
    pub conclusion: Option<Spoken>,
    #[prost(message, repeated, tag = "15")]
    pub evidence: Vec<Evidence>,
    #[prost(bool, tag = "16")]
    pub signed_by_appraisee: bool,
    #[prost(bool, tag = "17")]
    pub signed_by_appraiser: bool,
    #[prost(bool, tag = "18")]
    pub closed: bool,
    #[prost(bool, tag = "19")]
    pub paused: bool,
    /// Whether it is to be concluded again: it was reopened, or moderation did not uphold it.
    #[prost(bool, tag = "20")]
    pub to_conclude_again: bool,
    #[prost(bool, tag = "21")]
    pub opened: bool,
    /// Every follow-up that it ever named, in order.
    #[prost(bytes = "vec", repeated, tag = "22")]
    pub ever_named: Vec<Vec<u8>>,
}

/// What somebody sets out to achieve.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Objective {
    #[prost(bytes = "vec", tag = "1")]
    pub objective_id: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub origin: i32,
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub follow_up_ids: Vec<Vec<u8>>,
    #[prost(int32, tag = "4")]
    pub outcome: i32,
}

/// What was spoken of at a review.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Spoken {
    #[prost(int32, tag = "1")]
    pub on: Day,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub follow_up_ids: Vec<Vec<u8>>,
    /// Development that was named and is no follow-up: hours, partnerships, enquiries.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub development_ids: Vec<Vec<u8>>,
}

/// Evidence put forward for an objective.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Evidence {
    #[prost(bytes = "vec", tag = "1")]
    pub objective_id: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub follow_up_ids: Vec<Vec<u8>>,
    #[prost(int32, tag = "3")]
    pub on: Day,
}

/// Everything that a thread's row is told of the appraisals that name it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Links {
    /// In order of appraisal and place.
    #[prost(message, repeated, tag = "1")]
    pub links: Vec<Link>,
    /// Every appraisal that ever named it, so that the past can be shown; in order.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub appraisal_ids: Vec<Vec<u8>>,
}

/// An appraisal names a follow-up.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Link {
    #[prost(bytes = "vec", tag = "1")]
    pub appraisal_id: Vec<u8>,
    /// Empty for a review.
    #[prost(bytes = "vec", tag = "2")]
    pub objective_id: Vec<u8>,
    /// Unspecified for an objective and its evidence.
    #[prost(enumeration = "ReviewKind", tag = "3")]
    pub review: i32,
    #[prost(int32, tag = "4")]
    pub on: Day,
    #[prost(bytes = "vec", tag = "5")]
    pub person_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "6")]
    pub trust_id: Vec<u8>,
    #[prost(int32, tag = "7")]
    pub year: i32,
    #[prost(uint32, tag = "8")]
    pub urn: u32,
    #[prost(int32, tag = "9")]
    pub role_group: i32,
    /// Whether it says that the objective comes from this follow-up.
    #[prost(bool, tag = "10")]
    pub origin: bool,
    /// Whether it is evidence put forward for the objective.
    #[prost(bool, tag = "11")]
    pub evidence: bool,
}

/// Everything that a person's row is told of their appraisals: the reviews that were held, in order.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Reviews {
    #[prost(message, repeated, tag = "1")]
    pub reviews: Vec<Review>,
}

/// A review that was held.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Review {
    #[prost(bytes = "vec", tag = "1")]
    pub appraisal_id: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub kind: i32,
    #[prost(int32, tag = "3")]
    pub on: Day,
}

impl Links {
    /// Takes over what one appraisal says now, in place of what it said before.
    pub fn replace(&mut self, appraisal: Uuid, links: Vec<Link>) {
        let id = appraisal.as_bytes().as_slice();
        self.links.retain(|link| link.appraisal_id != id);
        self.links.extend(links);
        self.links.sort_by(|a, b| Link::place(a).cmp(&Link::place(b)));
        if let Err(at) = self.appraisal_ids.binary_search_by(|known| known.as_slice().cmp(id)) {
            self.appraisal_ids.insert(at, id.to_vec());
        }
    }
}

impl Link {
    fn place(&self) -> (&[u8], bool, i32, &[u8], Day) {
        (
            &self.appraisal_id,
            self.evidence,
            self.review,
            &self.objective_id,
            self.on,
        )
    }
}

impl Reviews {
    /// Takes over what one appraisal says now, in place of what it said before.
    pub fn replace(&mut self, appraisal: Uuid, reviews: Vec<Review>) {
        self.reviews
            .retain(|review| review.appraisal_id != appraisal.as_bytes().as_slice());
        self.reviews.extend(reviews);
        self.reviews
            .sort_by(|a, b| (a.on, &a.appraisal_id, a.kind).cmp(&(b.on, &b.appraisal_id, b.kind)));
    }

    /// The days, in order.
    pub fn days(&self) -> Vec<Day> {
        self.reviews.iter().map(|review| review.on).collect()
    }
}

impl Document for Appraisal {
    const SOURCE: &'static str = "appraisal";
    const AGGREGATE: &'static str = "appraisal";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        let event = AppraisalEvent::decode(recorded.payload.as_ref())?.event;
        match event {
            Some(Event::Opened(opened)) => {
                self.opened = true;
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.year = opened.year;
                self.person_id = compact::id_bytes(&opened.person_id);
                self.appraiser_id = compact::id_bytes(&opened.appraiser_id);
                self.urn = compact::urn(&opened.urn);
                self.role_group = opened.role_group;
                self.planning_by = compact::day(&opened.planning_by);
                self.mid_year_by = compact::day(&opened.mid_year_by);
                self.final_by = compact::day(&opened.final_by);
            }
            Some(Event::ObjectivesAgreed(agreed)) => self.set_objectives(&agreed.on, agreed.objectives),
            Some(Event::ObjectivesSet(set)) => self.set_objectives(&set.on, set.objectives),
            Some(Event::MidYearReviewed(review)) => self.mid_year = Some(spoken(&review.on, review.discussion)),
            Some(Event::EvidenceAdded(evidence)) => self.evidence.push(Evidence {
                objective_id: compact::id_bytes(&evidence.objective_id),
                follow_up_ids: compact::ids_bytes(&evidence.follow_up_ids),
                on: compact::day_of(recorded.metadata.occurred_at.date_naive()),
            }),
            Some(Event::Concluded(concluded)) => {
                self.conclusion = Some(spoken(&concluded.on, concluded.discussion));
                self.to_conclude_again = false;
                for conclusion in concluded.conclusions {
                    let id = compact::id_bytes(&conclusion.objective_id);
                    if let Some(objective) = self
                        .objectives
                        .iter_mut()
                        .find(|objective| objective.objective_id == id)
                    {
                        objective.outcome = conclusion.outcome;
                    }
                }
            }
            Some(Event::Moderated(moderated)) => {
                if !moderated.upheld {
                    self.conclude_again();
                }
            }
            Some(Event::Signed(signed)) => match signed.party() {
                Party::Appraisee => self.signed_by_appraisee = true,
                Party::Appraiser => self.signed_by_appraiser = true,
                Party::Unspecified => {}
            },
            Some(Event::Closed(_)) => self.closed = true,
            Some(Event::Reopened(_)) => self.conclude_again(),
            Some(Event::AppraiserReassigned(reassigned)) => self.appraiser_id = compact::id_bytes(&reassigned.to_id),
            Some(Event::Carried(carried)) => self.urn = compact::urn(&carried.to_urn),
            Some(Event::Paused(_)) => self.paused = true,
            Some(Event::Resumed(resumed)) => {
                self.paused = false;
                self.mid_year_by = compact::day(&resumed.mid_year_by).or(self.mid_year_by);
                self.final_by = compact::day(&resumed.final_by).or(self.final_by);
            }
            Some(_) | None => {}
        }
        self.remember_named();
        Ok(())
    }
}

impl Appraisal {
    /// Keeps what is named now for when it is not any more, so that the past can be shown.
    fn remember_named(&mut self) {
        let objectives = self.objectives.iter().flat_map(|objective| &objective.follow_up_ids);
        let evidence = self.evidence.iter().flat_map(|evidence| &evidence.follow_up_ids);
        let spoken = self
            .mid_year
            .iter()
            .chain(&self.conclusion)
            .flat_map(|spoken| &spoken.follow_up_ids);
        let named: Vec<_> = objectives.chain(evidence).chain(spoken).cloned().collect();
        self.ever_named.extend(named);
        self.ever_named.sort_unstable();
        self.ever_named.dedup();
    }

    fn set_objectives(&mut self, on: &str, objectives: Vec<AgreedObjective>) {
        self.objectives_on = compact::day(on);
        let objective = |objective: AgreedObjective| Objective {
            objective_id: compact::id_bytes(&objective.objective_id),
            origin: objective.origin,
            follow_up_ids: compact::ids_bytes(&objective.follow_up_ids),
            outcome: 0,
        };
        self.objectives = objectives.into_iter().map(objective).collect();
    }

    fn conclude_again(&mut self) {
        self.to_conclude_again = true;
        self.closed = false;
        self.signed_by_appraisee = false;
        self.signed_by_appraiser = false;
    }

    /// The trust; absent until the opening has been read.
    pub fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    /// Who is appraised.
    pub fn person(&self) -> Option<Uuid> {
        compact::id(&self.person_id)
    }

    /// Who appraises; absent while nobody has been named.
    pub fn appraiser(&self) -> Option<Uuid> {
        compact::id(&self.appraiser_id)
    }

    /// Whether anybody still owes anything.
    pub fn open(&self) -> bool {
        self.opened && !self.closed
    }

    /// Development named at a review that is no follow-up, with the day of the review.
    pub fn named_development(&self) -> Vec<(Uuid, Day)> {
        let reviews = self.mid_year.iter().chain(&self.conclusion);
        reviews
            .flat_map(|spoken| compact::ids(&spoken.development_ids).map(|development| (development, spoken.on)))
            .collect()
    }

    /// Its objectives.
    pub fn objective_ids(&self) -> impl Iterator<Item = Uuid> {
        self.objectives
            .iter()
            .filter_map(|objective| compact::id(&objective.objective_id))
    }

    /// What the threads' rows are told: each follow-up named, and where.
    pub fn links(&self, appraisal: Uuid) -> Vec<(Uuid, Link)> {
        let link = |on, objective_id: &[u8], review: ReviewKind| Link {
            appraisal_id: appraisal.as_bytes().to_vec(),
            objective_id: objective_id.to_vec(),
            review: review.into(),
            on,
            person_id: self.person_id.clone(),
            trust_id: self.trust_id.clone(),
            year: self.year,
            urn: self.urn,
            role_group: self.role_group,
            origin: false,
            evidence: false,
        };
        let mut links = Vec::new();
        for objective in &self.objectives {
            let origin = objective.origin == i32::from(Origin::FollowUp);
            let on = self.objectives_on.unwrap_or_default();
            let named = Link {
                origin,
                ..link(on, &objective.objective_id, ReviewKind::Unspecified)
            };
            links.extend(named_in(&objective.follow_up_ids).map(|id| (id, named.clone())));
        }
        for evidence in &self.evidence {
            let named = Link {
                evidence: true,
                ..link(evidence.on, &evidence.objective_id, ReviewKind::Unspecified)
            };
            links.extend(named_in(&evidence.follow_up_ids).map(|id| (id, named.clone())));
        }
        for (spoken, kind) in [
            (&self.mid_year, ReviewKind::MidYear),
            (&self.conclusion, ReviewKind::Final),
        ] {
            if let Some(spoken) = spoken {
                links.extend(named_in(&spoken.follow_up_ids).map(|id| (id, link(spoken.on, &[], kind))));
            }
        }
        links
    }

    /// What the person's row is told: the reviews that were held.
    pub fn reviews(&self, appraisal: Uuid) -> Vec<Review> {
        [
            (&self.mid_year, ReviewKind::MidYear),
            (&self.conclusion, ReviewKind::Final),
        ]
        .into_iter()
        .filter_map(|(spoken, kind)| {
            let spoken = spoken.as_ref()?;
            Some(Review {
                appraisal_id: appraisal.as_bytes().to_vec(),
                kind: kind.into(),
                on: spoken.on,
            })
        })
        .collect()
    }
}

fn spoken(on: &str, discussion: Option<Discussion>) -> Spoken {
    let discussion = discussion.unwrap_or_default();
    Spoken {
        on: compact::day(on).unwrap_or_default(),
        follow_up_ids: compact::ids_bytes(&discussion.follow_up_ids),
        development_ids: compact::ids_bytes(&discussion.development_ids),
    }
}

fn named_in(ids: &[Vec<u8>]) -> impl Iterator<Item = Uuid> {
    ids.iter().filter_map(|named| compact::id(named))
}
