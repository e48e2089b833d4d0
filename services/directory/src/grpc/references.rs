//! Reference data: standards, mechanisms, principles, mandatory training.

use std::collections::BTreeSet;

use ::reference::{Edition, Item, Set};
use api::directory::v1::{self as pb, reference_service_server::ReferenceService};
use identity::{Action, Record, access::Kind};
use service::{
    Call, Error, Loaded, Plan, Violations,
    parse::{SHORT_TEXT, path},
};
use tonic::{Request, Response, Status};

use super::{Directory, date, stable_code};
use crate::reference_set::{self, Command, ReferenceSet, reference_set_id};

/// Most items of a set.
const MOST_ITEMS: usize = 500;

#[tonic::async_trait]
impl ReferenceService for Directory {
    async fn publish_reference(
        &self,
        request: Request<pb::PublishReferenceRequest>,
    ) -> Result<Response<pb::PublishReferenceResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = publish_plan(&call);
        self.commands.run(call, plan).await
    }

    async fn list_reference_sets(
        &self,
        request: Request<pb::ListReferenceSetsRequest>,
    ) -> Result<Response<pb::ListReferenceSetsResponse>, Status> {
        self.reader_of_references(request).await?;
        let mut sets = Vec::new();
        for set in Set::ALL {
            if let Some(loaded) = self.commands.load::<ReferenceSet>(reference_set_id(*set)).await? {
                sets.extend(loaded.state.edition("").map(|edition| summary(&loaded, edition)));
            }
        }
        Ok(Response::new(pb::ListReferenceSetsResponse { sets }))
    }

    async fn get_reference_set(
        &self,
        request: Request<pb::GetReferenceSetRequest>,
    ) -> Result<Response<pb::GetReferenceSetResponse>, Status> {
        let asked = self.reader_of_references(request).await?;
        let mut violations = Violations::new();
        let set = set(&mut violations, &asked.set);
        let (set,) = violations.all((set,))?;
        let loaded = self.commands.load::<ReferenceSet>(reference_set_id(set)).await?;
        let shown = loaded.as_ref().and_then(|loaded| {
            let edition = loaded.state.edition(&asked.edition)?;
            Some(pb::GetReferenceSetResponse {
                set: Some(summary(loaded, edition)),
                items: edition.items.iter().cloned().map(reference_set::message).collect(),
            })
        });
        let missing = || Error::not_found("edition of this set", &asked.edition);
        Ok(Response::new(shown.ok_or_else(missing)?))
    }
}

impl Directory {
    /// What is asked, by somebody who may read it: anybody who signs in.
    async fn reader_of_references<M: Send + 'static>(&self, request: Request<M>) -> Result<M, Error> {
        let query = self.commands.gate().caller(request).await?;
        self.commands
            .gate()
            .authorise(
                &query.actor,
                Action::Read,
                &Record::new(Kind::Framework, Default::default()),
            )
            .await?;
        Ok(query.message)
    }
}

fn publish_plan(call: &Call<pb::PublishReferenceRequest>) -> Result<Plan, Error> {
    let asked = &call.message;
    let mut violations = Violations::new();
    let set = set(&mut violations, &asked.set);
    let title = violations.text("title", &asked.title, SHORT_TEXT);
    let edition = violations.text("edition", &asked.edition, 40);
    let as_of = date(&mut violations, "as_of", &asked.as_of);
    let source = violations.text("source", &asked.source, 1_000);
    let licence = violations.text("licence", &asked.licence, SHORT_TEXT);
    let items = violations.some_of("items", &asked.items, MOST_ITEMS, item);
    let mut seen = BTreeSet::new();
    for (index, item) in asked.items.iter().enumerate() {
        violations.check(seen.insert(item.code.trim()), &path("items", index, "code"), || {
            format!("is `{}`, which another item has already", item.code.trim())
        });
    }
    let (set, title, edition, as_of, source, licence, items) =
        violations.all((set, title, edition, as_of, source, licence, items))?;
    Ok(Plan::of::<ReferenceSet>(
        reference_set_id(set),
        Command::Publish(Edition {
            set: set.code().to_owned(),
            title,
            edition,
            as_of: as_of.to_string(),
            source,
            licence,
            items,
        }),
    ))
}

fn set(violations: &mut Violations, code: &str) -> Option<Set> {
    let set = code.parse::<Set>().ok();
    violations.check(set.is_some(), "set", || {
        let known: Vec<_> = Set::ALL.iter().map(|set| set.code()).collect();
        format!("is no set of reference data: choose one of {}", known.join(", "))
    });
    set
}

fn item(violations: &mut Violations, path: &str, item: &pb::ReferenceItem) -> Option<Item> {
    let at = |name: &str| format!("{path}.{name}");
    let code = stable_code(violations, &at("code"), &item.code);
    let label = violations.text(&at("label"), &item.label, SHORT_TEXT);
    let group = violations.optional_text(&at("group"), &item.group, SHORT_TEXT);
    let description = violations.optional_text(&at("description"), &item.description, 1_000);
    let unit = violations.optional_text(&at("unit"), &item.unit, 40);
    if let Some(value) = item.value {
        violations.number(&at("value"), value, 0..=10_000);
    }
    violations.check(item.value.is_some() != item.unit.trim().is_empty(), &at("unit"), || {
        "goes with a value: give both or neither".to_owned()
    });
    Some(Item {
        code: code?,
        label: label?,
        group: group?.unwrap_or_default(),
        description: description?.unwrap_or_default(),
        value: item.value,
        unit: unit?.unwrap_or_default(),
    })
}

fn summary(loaded: &Loaded<ReferenceSet>, edition: &Edition) -> pb::ReferenceSetSummary {
    pb::ReferenceSetSummary {
        set: edition.set.clone(),
        title: edition.title.clone(),
        edition: edition.edition.clone(),
        as_of: edition.as_of.clone(),
        source: edition.source.clone(),
        licence: edition.licence.clone(),
        item_count: i32::try_from(edition.items.len()).unwrap_or(i32::MAX),
        editions: loaded.state.editions().map(str::to_owned).collect(),
        version: loaded.version.0,
    }
}
