//! Who of a school's staff is due for which mandatory training.
//!
//! An item is required of those whom the catalogue's mandatory training for it is for. Whoever completed it once, such as
//! a first aider, is due again when that expires, required or not.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    catalogue::v1::{ListMandatoryDueRequest, ListMandatoryDueResponse, MandatoryDue},
    ids::{PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::context::today;
use identity::{
    Record,
    access::Kind,
    roster::{Person, Post},
};
use reference::Set;
use service::{Error, Query, Violations, recorded::text_of};
use uuid::Uuid;

use crate::{
    activity::is_for,
    grpc::Edge,
    index::{activities::Requirement, learning::Completed},
};

/// Where a page ended: the person and the item.
type Cursor = (Uuid, String);

pub(super) async fn due(
    edge: &Edge,
    query: &Query<ListMandatoryDueRequest>,
) -> Result<ListMandatoryDueResponse, Error> {
    let message = &query.message;
    let items = edge.roster().read().reference().edition(Set::MandatoryTraining);
    let mut violations = Violations::new();
    let item = match message.item.as_str() {
        "" => Some(None),
        item => violations.code("item", item, &items).map(Some),
    };
    let parts = (
        violations.id::<Urn>("urn", &message.urn),
        violations.optional_date("due_by", &message.due_by),
        item,
    );
    let (urn, due_by, item) = violations.all(parts)?;
    let today = today();
    let due_by = due_by.unwrap_or(today);
    let (_, trust) = edge.school("urn", urn, today).await?;
    edge.read(&query.actor, &about(trust, urn)).await?;
    let parameters = ListMandatoryDueRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let asked = (message.page_size, message.page_token.as_str());
    let (scope, page) = edge.page::<Cursor>("ListMandatoryDue", &query.actor, &parameters, asked)?;

    let requirements = edge.index.requirements(trust, urn).await?;
    let staff = staff(edge, urn, today);
    let people: Vec<PersonId> = staff.iter().map(|(person, _)| person.id).collect();
    let latest = latest(edge.index.completions(&people).await?);
    let mut lines = Vec::new();
    let (mut held_count, mut required_count) = (0, 0);
    for (person, post) in &staff {
        for wanted in wanted_of(person, post, &requirements, &latest) {
            if item.as_ref().is_some_and(|item| *item != wanted) {
                continue;
            }
            required_count += 1;
            let completed = latest.get(&(person.id, wanted.clone()));
            if completed.is_some_and(|completed| completed.expires_on.is_none_or(|expires_on| expires_on > due_by)) {
                held_count += 1;
            } else {
                lines.push(line(person.id, wanted, completed, today));
            }
        }
    }
    let rest = page.after.as_ref().map_or(0, |(person, item)| {
        lines.partition_point(|(id, line)| (id.0, &line.item) <= (*person, item))
    });
    let mut shown = lines.split_off(rest);
    let next_page_token = edge
        .pager
        .cut(&scope, &page, &mut shown, |(id, line)| (id.0, line.item.clone()))?;
    let with_records = shown
        .into_iter()
        .map(|(id, line)| (about(trust, urn).about(id), line))
        .collect();
    Ok(ListMandatoryDueResponse {
        due: edge.readable(&query.actor, with_records).await?,
        held_count,
        required_count,
        next_page_token,
    })
}

fn about(trust: TrustId, urn: Urn) -> Record {
    Record::new(Kind::MandatoryStanding, trust).at(urn)
}

/// Who works at a school, with their post there, in the order of their identifiers. Nobody asks those who are away.
fn staff(edge: &Edge, urn: Urn, on: NaiveDate) -> Vec<(Person, Post)> {
    let register = edge.roster().read();
    let mut staff: Vec<(Person, Post)> = register
        .people_at(urn, on)
        .filter(|person| !person.on_leave(on) && !person.erased)
        .filter_map(|person| Some((person.clone(), *person.post_at(urn, on)?)))
        .collect();
    staff.sort_by_key(|(person, _)| person.id);
    staff.dedup_by_key(|(person, _)| person.id);
    staff
}

/// What is required of somebody, and what they completed once and let expire. Each once, by item.
fn wanted_of(
    person: &Person,
    post: &Post,
    requirements: &[Requirement],
    latest: &BTreeMap<(PersonId, String), Completed>,
) -> BTreeSet<String> {
    let required = requirements
        .iter()
        .filter(|required| is_for(Some(&required.audience), post.role_group, person.career_stage))
        .map(|required| required.item.clone());
    let renewed = latest
        .range((person.id, String::new())..)
        .take_while(|((id, _), _)| *id == person.id)
        .filter(|(_, completed)| completed.expires_on.is_some())
        .map(|((_, item), _)| item.clone());
    required.chain(renewed).collect()
}

/// Of several completions the one that holds longest.
fn latest(completions: Vec<Completed>) -> BTreeMap<(PersonId, String), Completed> {
    let holds_until = |completed: &Completed| (completed.expires_on.unwrap_or(NaiveDate::MAX), completed.on);
    let mut latest: BTreeMap<(PersonId, String), Completed> = BTreeMap::new();
    for completed in completions {
        let key = (completed.person, completed.item.clone());
        match latest.get(&key) {
            Some(known) if holds_until(known) >= holds_until(&completed) => {}
            _ => {
                latest.insert(key, completed);
            }
        }
    }
    latest
}

fn line(person: PersonId, item: String, completed: Option<&Completed>, today: NaiveDate) -> (PersonId, MandatoryDue) {
    let expires_on = completed.and_then(|completed| completed.expires_on);
    let line = MandatoryDue {
        person_id: person.into(),
        item,
        last_on: text_of(completed.map(|completed| completed.on)),
        expires_on: text_of(expires_on),
        overdue: expires_on.is_none_or(|expires_on| expires_on < today),
    };
    (person, line)
}
