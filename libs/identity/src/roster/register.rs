//! The fold itself: pure, so that tests and projections can use it without a feed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use api::{
    common::v1::RoleGroup,
    directory::v1::{
        Employment, FocusFrameworkEvent, HalfTerm, IdentifierScheme, NetworkEvent, PersonEvent, PolicyEvent,
        ReferencePublished, ReferenceSetEvent, Role, RoleScope, SchoolDetails, SchoolEvent, TrustEvent, network_event,
        person_event, reference_set_event, school_event, trust_event,
    },
    ids::{EmploymentId, NetworkId, PersonId, TrustId, Urn},
};
use chrono::{Days, NaiveDate};
use eventstore::{Position, Recorded};
use prost::Message as _;
use reference::{Edition, Item, Reference};
use uuid::Uuid;

use super::{Duty, Leave, Network, Person, Post, School, Scope, Trust, Vocabulary, person::assign};
use crate::{Policy, policy::Policies};

/// Trusts, schools, networks, people, policies and reference data, as told by the directory's events.
#[derive(Debug, Default)]
pub struct Register {
    trusts: HashMap<TrustId, Trust>,
    schools: HashMap<Urn, School>,
    /// A school's later events name it by stream only.
    school_streams: HashMap<Uuid, Urn>,
    networks: HashMap<NetworkId, Network>,
    people: HashMap<PersonId, Person>,
    people_by_trust: HashMap<TrustId, Vec<PersonId>>,
    /// Everybody who ever had a duty there.
    dutiful: HashMap<Scope, HashSet<PersonId>>,
    sign_ins: HashMap<String, PersonId>,
    policies: Policies,
    vocabulary: Vocabulary,
    reference: Reference,
}

impl Register {
    /// Folds events in order.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Self {
        let mut register = Self::default();
        for event in events {
            register.apply(event);
        }
        register
    }

    pub fn trust(&self, id: TrustId) -> Option<&Trust> {
        self.trusts.get(&id)
    }

    pub fn trusts(&self) -> impl Iterator<Item = &Trust> {
        self.trusts.values()
    }

    pub fn school(&self, urn: Urn) -> Option<&School> {
        self.schools.get(&urn)
    }

    pub fn schools(&self) -> impl Iterator<Item = &School> {
        self.schools.values()
    }

    /// Schools that belong to a trust now.
    pub fn schools_of(&self, trust: TrustId) -> impl Iterator<Item = &School> {
        self.schools.values().filter(move |school| school.trust == Some(trust))
    }

    pub fn network(&self, id: NetworkId) -> Option<&Network> {
        self.networks.get(&id)
    }

    pub fn networks(&self) -> impl Iterator<Item = &Network> {
        self.networks.values()
    }

    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id)
    }

    /// Everybody whom a trust employs, or last did.
    pub fn people_of(&self, trust: TrustId) -> impl Iterator<Item = &Person> {
        self.people_by_trust
            .get(&trust)
            .into_iter()
            .flatten()
            .filter_map(|id| self.people.get(id))
    }

    /// Everybody with a post at a school on that day.
    pub fn people_at(&self, school: Urn, date: NaiveDate) -> impl Iterator<Item = &Person> {
        let trust = self
            .school(school)
            .and_then(|school| school.trust_on(date).or(school.trust));
        trust
            .into_iter()
            .flat_map(|trust| self.people_of(trust))
            .filter(move |person| person.post_at(school, date).is_some())
    }

    /// Everybody who answers for this there on that day, in no order.
    pub fn holding(&self, role: Role, scope: Scope, date: NaiveDate) -> impl Iterator<Item = PersonId> {
        self.dutiful
            .get(&scope)
            .into_iter()
            .flatten()
            .copied()
            .filter(move |id| self.people.get(id).is_some_and(|person| person.has(role, scope, date)))
    }

    /// Headteachers of a school.
    pub fn heads(&self, school: Urn, date: NaiveDate) -> impl Iterator<Item = PersonId> {
        self.holding(Role::Head, Scope::School(school), date)
    }

    /// Those who lead professional development in a school.
    pub fn cpd_leads(&self, school: Urn, date: NaiveDate) -> impl Iterator<Item = PersonId> {
        self.holding(Role::CpdLead, Scope::School(school), date)
    }

    /// Human resources of a trust.
    pub fn trust_hr(&self, trust: TrustId, date: NaiveDate) -> impl Iterator<Item = PersonId> {
        self.holding(Role::TrustHr, Scope::Trust(trust), date)
    }

    /// Who appraises somebody on that day.
    pub fn appraiser_of(&self, person: PersonId, date: NaiveDate) -> Option<PersonId> {
        self.person(person)?.appraiser(date)
    }

    /// Who signs in with this digest.
    pub fn signing_in(&self, digest: &str) -> Option<PersonId> {
        self.sign_ins.get(digest).copied()
    }

    /// The values in force at a school, or for a trust as a whole, on a day.
    pub fn policy_at(&self, trust: TrustId, school: Option<Urn>, date: NaiveDate) -> Arc<Policy> {
        self.policies.at(trust, school, date)
    }

    /// The words in which practice is described, and what a trust's own mean to others.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Standards, mechanisms, principles and the like, in the editions in use: what this build ships until the
    /// directory says otherwise.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Takes in one event. Total: what is not understood is passed over. Returns who was erased by it.
    pub fn apply(&mut self, event: &Recorded) -> Option<PersonId> {
        let stream = event.stream_id.0;
        let trust = TrustId(event.metadata.trust_id);
        let payload = &*event.payload;
        match event.kind.aggregate() {
            "person" => {
                let event = PersonEvent::decode(payload).ok()?.event?;
                return self.apply_to_person(PersonId(stream), trust, event);
            }
            "school" => self.apply_to_school(stream, SchoolEvent::decode(payload).ok()?.event?),
            "trust" => self.apply_to_trust(TrustId(stream), TrustEvent::decode(payload).ok()?.event?),
            "network" => self.apply_to_network(NetworkId(stream), NetworkEvent::decode(payload).ok()?.event?),
            "focus_framework" => self
                .vocabulary
                .apply(stream, FocusFrameworkEvent::decode(payload).ok()?.event?),
            "reference_set" => self.apply_reference(ReferenceSetEvent::decode(payload).ok()?.event?),
            "policy" => self.apply_policy(trust, event.position, &PolicyEvent::decode(payload).ok()?),
            _ => {}
        }
        None
    }

    fn apply_policy(&mut self, trust: TrustId, position: Position, event: &PolicyEvent) {
        if let Some(event) = &event.event {
            self.policies.apply(trust, position, event);
        }
    }

    fn apply_reference(&mut self, event: reference_set_event::Event) {
        let reference_set_event::Event::Published(ReferencePublished {
            set,
            title,
            edition,
            as_of,
            source,
            licence,
            items,
        }) = event;
        let item = |item: api::directory::v1::ReferenceItem| Item {
            code: item.code,
            label: item.label,
            group: item.group,
            description: item.description,
            value: item.value,
            unit: item.unit,
        };
        self.reference.put(Edition {
            set,
            title,
            edition,
            as_of,
            source,
            licence,
            items: items.into_iter().map(item).collect(),
        });
    }

    fn apply_to_trust(&mut self, id: TrustId, event: trust_event::Event) {
        use trust_event::Event;
        let trust = self.trusts.entry(id).or_insert_with(|| Trust {
            id,
            name: String::new(),
            half_terms: Default::default(),
        });
        match event {
            Event::Registered(registered) => trust.name = registered.name,
            Event::Renamed(renamed) => trust.name = renamed.name,
            Event::TermDatesSet(set) => drop(trust.half_terms.insert(set.cycle, half_terms(&set.half_terms))),
        }
    }

    fn apply_to_school(&mut self, stream: Uuid, event: school_event::Event) {
        use school_event::Event;
        if let Event::Registered(registered) = &event
            && let Ok(urn) = registered.urn.parse()
        {
            self.school_streams.insert(stream, urn);
        }
        let Some(urn) = self.school_streams.get(&stream) else {
            return;
        };
        let school = self.schools.entry(*urn).or_insert_with(|| unknown_school(*urn));
        match event {
            Event::Registered(registered) => describe(school, registered.details),
            Event::DetailsCorrected(corrected) => describe(school, corrected.details),
            Event::JoinedTrust(joined) => {
                if let (Ok(trust), Some(on)) = (joined.trust_id.parse(), day(&joined.on)) {
                    school.memberships.push((trust, on, None));
                    school.trust = Some(trust);
                }
            }
            Event::LeftTrust(left) => {
                if let (Ok(trust), Some(on)) = (left.trust_id.parse::<TrustId>(), day(&left.on)) {
                    let member = school
                        .memberships
                        .iter_mut()
                        .rev()
                        .find(|member| member.0 == trust && member.2.is_none());
                    if let Some((_, _, until)) = member {
                        *until = Some(on);
                    }
                    if school.trust == Some(trust) {
                        school.trust = None;
                    }
                }
            }
            Event::PredecessorLinked(linked) => school.predecessors.extend(linked.predecessor_urn.parse::<Urn>()),
            Event::TermDatesSet(set) => drop(school.half_terms.insert(set.cycle, half_terms(&set.half_terms))),
            Event::Closed(closed) => school.closed_on = day(&closed.on),
        }
    }

    fn apply_to_network(&mut self, id: NetworkId, event: network_event::Event) {
        use network_event::Event;
        let network = self.networks.entry(id).or_insert_with(|| Network {
            id,
            name: String::new(),
            kind: Default::default(),
            schools: Default::default(),
            consents: Default::default(),
        });
        match event {
            Event::Registered(registered) => {
                network.kind = registered.kind();
                network.name = registered.name;
            }
            Event::Renamed(renamed) => network.name = renamed.name,
            Event::SchoolJoined(joined) => {
                if let (Ok(urn), Some(on)) = (joined.urn.parse(), day(&joined.on)) {
                    network.schools.insert(urn, (on, None));
                }
            }
            Event::SchoolLeft(left) => {
                if let (Ok(urn), Some(on)) = (left.urn.parse::<Urn>(), day(&left.on))
                    && let Some((_, until)) = network.schools.get_mut(&urn)
                {
                    *until = on.succ_opt();
                }
            }
            Event::ConsentGiven(given) => {
                if let (Ok(urn), Ok(trust), Some(on)) = (given.urn.parse(), given.trust_id.parse(), day(&given.on)) {
                    network.consents.insert((urn, trust), (on, None));
                }
            }
            Event::ConsentWithdrawn(withdrawn) => {
                if let (Ok(urn), Ok(trust), Some(on)) = (
                    withdrawn.urn.parse::<Urn>(),
                    withdrawn.trust_id.parse::<TrustId>(),
                    day(&withdrawn.on),
                ) && let Some((_, until)) = network.consents.get_mut(&(urn, trust))
                {
                    *until = Some(on);
                }
            }
        }
    }

    fn apply_to_person(&mut self, id: PersonId, trust: TrustId, event: person_event::Event) -> Option<PersonId> {
        use person_event::Event;
        let person = self.people.entry(id).or_insert_with(|| {
            self.people_by_trust.entry(trust).or_default().push(id);
            Person::new(id, trust)
        });
        match event {
            Event::Added(added) => person.career_stage = added.career_stage(),
            Event::DetailsCorrected(_) => {}
            Event::CareerStageSet(set) => person.career_stage = set.career_stage(),
            Event::EmploymentStarted(started) => {
                if let Some(post) = started.employment.as_ref().and_then(post) {
                    // Most people only ever have one: no spare room.
                    person.posts.reserve_exact(1);
                    person.posts.push(post);
                    person.left_on = None;
                }
            }
            Event::EmploymentChanged(changed) => {
                if let Some(post) = changed.employment.as_ref().and_then(post) {
                    succeed(&mut person.posts, post);
                }
            }
            Event::EmploymentEnded(ended) => {
                if let (Ok(employment), Some(on)) = (ended.employment_id.parse(), day(&ended.on)) {
                    end(&mut person.posts, employment, on);
                }
            }
            Event::Moved(moved) => {
                if let (Ok(employment), Some(on)) = (moved.employment_id.parse::<EmploymentId>(), day(&moved.on))
                    && let Some(before) = person.posts.iter().rev().find(|post| post.employment == employment)
                {
                    let there = Post {
                        school: moved.to_urn.parse().ok(),
                        from_on: on,
                        until: None,
                        ..*before
                    };
                    succeed(&mut person.posts, there);
                }
            }
            Event::LeaveStarted(started) => {
                if let Some(from_on) = day(&started.from_on) {
                    person.leave.push(Leave { from_on, back_on: None });
                }
            }
            Event::LeaveEnded(ended) => {
                if let Some(leave) = person.leave.iter_mut().rev().find(|leave| leave.back_on.is_none()) {
                    leave.back_on = day(&ended.on);
                }
            }
            Event::LineManagerAssigned(assigned) => {
                if let (Ok(manager), Some(from_on)) = (assigned.line_manager_id.parse(), day(&assigned.from_on)) {
                    assign(&mut person.line_managers, from_on, manager);
                }
            }
            Event::AppraiserAssigned(assigned) => {
                if let (Ok(appraiser), Some(from_on)) = (assigned.appraiser_id.parse(), day(&assigned.from_on)) {
                    assign(&mut person.appraisers, from_on, appraiser);
                }
            }
            Event::RoleGranted(granted) => {
                if let (Some(scope), Some(from_on)) = (granted.scope.as_ref().and_then(scope), day(&granted.from_on)) {
                    person.duties.push(Duty {
                        role: granted.role(),
                        scope,
                        from_on,
                        until: None,
                    });
                    self.dutiful.entry(scope).or_default().insert(id);
                }
            }
            Event::RoleRevoked(revoked) => {
                let (role, on) = (revoked.role(), day(&revoked.on));
                let scope = revoked.scope.as_ref().and_then(scope);
                let held = |duty: &&mut Duty| duty.role == role && Some(duty.scope) == scope && duty.until.is_none();
                for duty in person.duties.iter_mut().filter(held) {
                    duty.until = on;
                }
            }
            Event::IdentifierLinked(linked) => {
                if linked.scheme() == IdentifierScheme::Oidc {
                    self.sign_ins.insert(linked.digest, id);
                }
            }
            Event::IdentifierUnlinked(unlinked) => {
                if self.sign_ins.get(&unlinked.digest) == Some(&id) {
                    self.sign_ins.remove(&unlinked.digest);
                }
            }
            Event::Left(left) => person.left_on = day(&left.on),
            Event::Erased(_) => {
                person.erased = true;
                self.sign_ins.retain(|_, whose| *whose != id);
                return Some(id);
            }
        }
        None
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

fn half_terms(half_terms: &[HalfTerm]) -> Vec<(NaiveDate, NaiveDate)> {
    half_terms
        .iter()
        .filter_map(|term| Some((day(&term.starts_on)?, day(&term.ends_on)?)))
        .collect()
}

fn unknown_school(urn: Urn) -> School {
    School {
        urn,
        name: String::new(),
        phase: Default::default(),
        trust: None,
        memberships: Vec::new(),
        predecessors: Vec::new(),
        half_terms: Default::default(),
        closed_on: None,
    }
}

fn describe(school: &mut School, details: Option<SchoolDetails>) {
    if let Some(details) = details {
        school.phase = details.phase();
        school.name = details.name;
    }
}

fn scope(scope: &RoleScope) -> Option<Scope> {
    let school = scope.urn.parse().ok().map(Scope::School);
    let trust = || scope.trust_id.parse().ok().map(Scope::Trust);
    let network = || scope.network_id.parse().ok().map(Scope::Network);
    school.or_else(trust).or_else(network)
}

fn post(employment: &Employment) -> Option<Post> {
    Some(Post {
        employment: employment.employment_id.parse().ok()?,
        school: employment.urn.parse().ok(),
        role_group: RoleGroup::try_from(employment.role_group).unwrap_or_default(),
        fte_percent: u8::try_from(employment.fte_percent.clamp(0, 100)).unwrap_or_default(),
        from_on: day(&employment.from_on)?,
        until: None,
    })
}

/// The post as it is from a day on replaces how it was.
fn succeed(posts: &mut Vec<Post>, next: Post) {
    let until = posts
        .iter()
        .rev()
        .find(|post| post.employment == next.employment)
        .and_then(|post| post.until);
    posts.retain(|post| post.employment != next.employment || post.from_on < next.from_on);
    if let Some(before) = next.from_on.checked_sub_days(Days::new(1)) {
        end(posts, next.employment, before);
    }
    posts.push(Post { until, ..next });
}

fn end(posts: &mut [Post], employment: EmploymentId, on: NaiveDate) {
    for post in posts.iter_mut().filter(|post| post.employment == employment) {
        if post.until.is_none_or(|until| until > on) {
            post.until = Some(on);
        }
    }
}
