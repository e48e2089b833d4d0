//! What people are called, for pages of records that hold only who they are.

use std::{collections::HashMap, sync::Arc, time::Duration};

use api::directory::v1::GetPersonRequest;
use client::Clients;
use futures::{StreamExt as _, stream};
use moka::future::Cache;

use crate::visitor::Visitor;

/// How long a name is kept: somebody who was erased is soon nameless here as well.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// Names asked for at the same time.
const AT_ONCE: usize = 16;

/// Names by reader's trust and person.
pub(crate) struct Names {
    clients: Clients,
    known: Cache<(String, String), Arc<str>>,
}

/// What some people are called.
#[derive(Clone, Debug, Default)]
pub(crate) struct People(HashMap<String, Arc<str>>);

impl People {
    /// By name; "somebody" if the reader may not know.
    pub(crate) fn name(&self, id: &str) -> String {
        self.0
            .get(id)
            .map_or_else(|| "somebody".to_owned(), ToString::to_string)
    }

    /// Several, by comma.
    pub(crate) fn names(&self, ids: &[String]) -> String {
        ids.iter().map(|id| self.name(id)).collect::<Vec<_>>().join(", ")
    }
}

impl Names {
    pub(crate) fn new(clients: Clients) -> Self {
        Self {
            clients,
            known: Cache::builder().max_capacity(50_000).time_to_live(KEPT_FOR).build(),
        }
    }

    /// Looks up those of one page.
    pub(crate) async fn of<'a>(&self, visitor: &Visitor, ids: impl IntoIterator<Item = &'a str>) -> People {
        let mut wanted: Vec<&str> = ids.into_iter().filter(|id| !id.is_empty()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let found: Vec<(String, Option<Arc<str>>)> = stream::iter(wanted.into_iter().map(str::to_owned))
            .map(|id| async move {
                let name = self.name(visitor, &id).await;
                (id, name)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        People(found.into_iter().filter_map(|(id, name)| Some((id, name?))).collect())
    }

    async fn name(&self, visitor: &Visitor, id: &str) -> Option<Arc<str>> {
        let key = (visitor.me.trust_id.clone(), id.to_owned());
        if let Some(known) = self.known.get(&key).await {
            return Some(known);
        }
        let message = GetPersonRequest {
            person_id: id.to_owned(),
        };
        let answer = self.clients.people.clone().get_person(visitor.ask(message)).await;
        let person = answer.ok()?.into_inner().person?;
        let name: Arc<str> = format!("{} {}", person.given_name, person.family_name).into();
        self.known.insert(key, name.clone()).await;
        Some(name)
    }
}
