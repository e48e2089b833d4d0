//! What the directory holds from its first start: the shared vocabulary of practice and the sets of reference data, from
//! data files that state their source and date. A later edition of a file becomes a later version of what it holds.

use ::reference::{Reference, Set};
use api::directory::v1::FocusArea;
use serde::Deserialize;
use service::{Code, Commands, Plan};

use crate::{
    framework::{Command, Edition, FocusFramework, framework_id},
    reference_set::{self, ReferenceSet, reference_set_id},
};

const FOCUS_AREAS: &str = include_str!("../reference/focus_areas.json");

/// Why the data files of this build cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the shared vocabulary's file is damaged")]
pub struct Damaged(#[from] serde_json::Error);

/// Publishes the shared vocabulary and every set of reference data, unless this edition of it, or a later one, is there.
pub async fn load(commands: &Commands) -> Result<(), service::Error> {
    for set in Set::ALL {
        let edition = ::reference::Edition::clone(&Reference::shipped().edition(*set));
        let what = format!("{set}-{}", edition.edition);
        let publish = reference_set::Command::Publish(edition);
        ship(
            commands,
            &what,
            Plan::of::<ReferenceSet>(reference_set_id(*set), publish),
        )
        .await?;
    }
    let edition = shared_vocabulary().map_err(service::Error::internal)?;
    let what = format!("focus-areas-{}", edition.version);
    let plan = Plan::of::<FocusFramework>(framework_id(None), Command::Publish(edition));
    ship(commands, &what, plan).await
}

async fn ship(commands: &Commands, what: &str, plan: Plan) -> Result<(), service::Error> {
    match commands.bootstrap(what, plan).await {
        Err(refused) if refused.code() == Code::FailedPrecondition => {
            tracing::warn!(what, reason = refused.reason(), "what is there already stays as it is");
            Ok(())
        }
        done => done.map(drop),
    }
}

/// The shared vocabulary as this build ships it.
pub fn shared_vocabulary() -> Result<Edition, Damaged> {
    #[derive(Deserialize)]
    struct File {
        name: String,
        version: String,
        as_of: String,
        source: String,
        areas: Vec<Area>,
    }
    #[derive(Deserialize)]
    struct Area {
        code: String,
        label: String,
        subject: String,
        group: String,
    }
    let File {
        name,
        version,
        as_of,
        source,
        areas,
    } = serde_json::from_str(FOCUS_AREAS)?;
    let area = |Area {
                    code,
                    label,
                    subject,
                    group,
                }| FocusArea {
        code,
        label,
        subject,
        group,
    };
    Ok(Edition {
        trust: None,
        name,
        version,
        source: format!("{source} As of {as_of}."),
        areas: areas.into_iter().map(area).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_shared_vocabulary_names_each_area_once() {
        let edition = shared_vocabulary().unwrap();
        let codes: BTreeSet<_> = edition.areas.iter().map(|area| &area.code).collect();
        assert_eq!(codes.len(), edition.areas.len());
        assert!(codes.contains(&"questioning".to_owned()));
        assert!(
            edition
                .areas
                .iter()
                .all(|area| !area.label.is_empty() && !area.group.is_empty())
        );
        assert!(edition.source.contains("2025"));
    }
}
