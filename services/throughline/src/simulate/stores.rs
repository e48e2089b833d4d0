//! The stores that a simulation writes to: those of `throughline up` in a folder, or those of its roles on PostgreSQL.

use std::path::Path;

use anyhow::Context as _;
use db::{Db, sql};
use eventstore::{EventStore, Position};
use identity::{Kek, Keys};

use super::scribe::SERVICES;
use crate::{Role, embedded};

/// The stores of all services that record, and the keys of people.
pub struct Stores {
    pub(super) keys: Keys,
    pub(super) own: Vec<Own>,
}

/// What one service keeps.
pub(super) struct Own {
    pub(super) role: Role,
    pub(super) db: Db,
    pub(super) store: EventStore,
}

impl Stores {
    /// As `throughline up` keeps them under a folder.
    pub async fn in_folder(data: &Path) -> anyhow::Result<Self> {
        let kek = Kek::load_or_create(&data.join("keys").join("key-encryption-key"));
        let keys = embedded::open(&data.join("keys").join("keys.db")).await?;
        let keys = Keys::over(keys, kek?).await?;
        Self::over(keys, async |role| {
            embedded::open(&data.join(format!("{}.db", role.name()))).await
        })
        .await
    }

    /// As `throughline serve` keeps them, when all roles share one database: a schema for each.
    pub async fn on_postgres(url: &str, kek: Kek) -> anyhow::Result<Self> {
        let open = async |schema: &str| {
            Db::open(db::Options::new(url).schema(schema))
                .await
                .with_context(|| format!("opening the schema {schema}"))
        };
        let keys = Keys::over(open("keys").await?, kek).await?;
        Self::over(keys, async |role| open(role.name()).await).await
    }

    /// Over databases of one's own.
    pub async fn over(keys: Keys, open: impl AsyncFn(Role) -> anyhow::Result<Db>) -> anyhow::Result<Self> {
        let mut own = Vec::with_capacity(SERVICES.len());
        for role in SERVICES {
            let db = open(role).await?;
            let store = EventStore::open(db.clone()).await?;
            own.push(Own { role, db, store });
        }
        Ok(Self { keys, own })
    }

    /// The keys that seal people's texts.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The store of a service, if it records.
    pub fn store(&self, role: Role) -> Option<&EventStore> {
        self.own.iter().find(|own| own.role == role).map(|own| &own.store)
    }

    /// Past years cannot be put before what is there.
    pub(super) async fn must_be_empty(&self) -> anyhow::Result<()> {
        for own in &self.own {
            let head = own.store.head().await?;
            anyhow::ensure!(
                head == Position(0),
                "the store of {} holds {head} events already: simulate into an empty one",
                own.role.name()
            );
        }
        Ok(())
    }

    /// PostgreSQL plans by what it knows of the tables: let it look at once.
    pub(super) async fn analyse(&self) -> anyhow::Result<()> {
        for own in &self.own {
            sql!("analyze events").execute(&own.db).await?;
            sql!("analyze receipts").execute(&own.db).await?;
        }
        Ok(())
    }
}
