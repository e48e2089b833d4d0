//! Where views live: a schema of a PostgreSQL database, or a file in a folder, for each build of each version.

use std::{fs, path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use db::{Db, Migration, Tx, sql};
use sqlx::AssertSqlSafe;
use tokio::sync::OnceCell;

use crate::{Error, Projection};

const COMPONENT: &str = "projections";

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "builds",
    "
    create table builds (
      -- One row: a schema or file which holds, or held, a projection's views.
      projection text not null,
      version {i64} not null,
      -- Counts the rebuilds of the version, from 1.
      build {i64} not null,
      started_at {instant} not null,
      -- Since when its views are the ones to read; null while it catches up.
      active_since {instant},
      -- Since when they are not any more; null until then.
      retired_at {instant},
      -- Since when the schema or file is gone.
      removed_at {instant},
      primary key (projection, version, build)
    ) {strict};
    ",
)];

/// Where views live.
#[derive(Clone, Debug)]
pub struct Home {
    place: Place,
    connections: u32,
    /// Opened once, since it is looked at again and again.
    builds: Arc<OnceCell<Db>>,
}

#[derive(Clone, Debug)]
enum Place {
    Postgres(String),
    Folder(PathBuf),
}

/// One build of one version of a projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Build {
    pub(crate) projection: &'static str,
    pub(crate) version: u32,
    pub(crate) build: i64,
    pub(crate) is_active: bool,
}

impl Build {
    fn store(&self) -> String {
        store_name(self.projection, i64::from(self.version), self.build)
    }
}

/// `threads_v2`, and `threads_v2_3` for its third build.
fn store_name(projection: &str, version: i64, build: i64) -> String {
    match build {
        1 => format!("{projection}_v{version}"),
        build => format!("{projection}_v{version}_{build}"),
    }
}

impl Home {
    /// `postgres://…` for a database, or `sqlite:folder`.
    pub fn new(url: impl Into<String>) -> Result<Self, Error> {
        let url = url.into();
        let place = match url.strip_prefix("sqlite:") {
            Some(folder) => Place::Folder(folder.trim_start_matches("//").into()),
            None if url.starts_with("postgres:") || url.starts_with("postgresql:") => Place::Postgres(url),
            None => return Err(Error::Settings("views live at postgres:… or in sqlite:folder".into())),
        };
        Ok(Self {
            place,
            connections: 8,
            builds: Arc::default(),
        })
    }

    /// How many connections each build may hold. 8 unless set.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// A schema or file beside the builds, for what is more than the events say: no rebuild touches it.
    pub async fn beside(&self, name: &str) -> Result<Db, Error> {
        self.open(name, 2).await
    }

    async fn open(&self, store: &str, connections: u32) -> Result<Db, Error> {
        Ok(Db::open(self.place(store)?.connections(connections)).await?)
    }

    fn place(&self, store: &str) -> Result<db::Options, Error> {
        Ok(match &self.place {
            Place::Postgres(url) => db::Options::new(url.as_str()).schema(store),
            Place::Folder(folder) => {
                fs::create_dir_all(folder)
                    .map_err(|error| Error::Settings(format!("{} cannot be made: {error}", folder.display())))?;
                db::Options::new(format!("sqlite:{}", folder.join(store).with_extension("db").display()))
            }
        })
    }

    async fn builds(&self) -> Result<&Db, Error> {
        let open = async || {
            let db = self.open(COMPONENT, 2).await?;
            db.migrate(COMPONENT, MIGRATIONS).await?;
            Ok(db)
        };
        self.builds.get_or_try_init(open).await
    }

    /// Opens a build's views, their tables made.
    pub(crate) async fn views(
        &self,
        build: &Build,
        projection: &impl Projection,
        sources: &[&'static str],
    ) -> Result<Db, Error> {
        // The checkpoint moves with the tables: what a power cut takes is applied again.
        let options = self.place(&build.store())?.connections(self.connections).rebuildable();
        let db = Db::open(options).await?;
        crate::store::prepare(&db, sources).await?;
        db.migrate(projection.name(), projection.migrations()).await?;
        Ok(db)
    }

    /// The build of this version to go on with: the one in use, else the newest, begun if there is none.
    pub(crate) async fn latest(&self, projection: &impl Projection) -> Result<Build, Error> {
        let (name, version) = (projection.name(), projection.version());
        let db = self.builds().await?;
        let mut tx = alone(db).await?;
        let found: Option<(i64, bool)> = sql!(
            "select build, active_since is not null
             from builds
             where projection = $1 and version = $2 and retired_at is null
             order by active_since is not null desc, build desc
             limit 1",
            name,
            i64::from(version)
        )
        .fetch_optional(&mut tx)
        .await?;
        let (build, is_active) = match found {
            Some(found) => found,
            None => (begin(&mut tx, name, version).await?, false),
        };
        tx.commit().await?;
        Ok(Build {
            projection: name,
            version,
            build,
            is_active,
        })
    }

    /// Begins another build of this version.
    pub(crate) async fn begin(&self, projection: &impl Projection) -> Result<Build, Error> {
        let (name, version) = (projection.name(), projection.version());
        let db = self.builds().await?;
        let mut tx = alone(db).await?;
        let build = begin(&mut tx, name, version).await?;
        tx.commit().await?;
        Ok(Build {
            projection: name,
            version,
            build,
            is_active: false,
        })
    }

    /// Makes a build's views the ones to read. All earlier ones of the projection retire.
    pub(crate) async fn activate(&self, build: &Build) -> Result<(), Error> {
        let db = self.builds().await?;
        let mut tx = db.begin_write().await?;
        let (name, version, now) = (build.projection, i64::from(build.version), Utc::now());
        sql!(
            "update builds
             set retired_at = $4
             where projection = $1 and retired_at is null and (version < $2 or (version = $2 and build < $3))",
            name,
            version,
            build.build,
            now
        )
        .execute(&mut tx)
        .await?;
        sql!(
            "update builds
             set active_since = $4
             where projection = $1 and version = $2 and build = $3 and active_since is null",
            name,
            version,
            build.build,
            now
        )
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes views that retired before a moment. They hold personal data, so they must not stay for long.
    pub(crate) async fn remove_retired(&self, projection: &'static str, before: DateTime<Utc>) -> Result<(), Error> {
        let db = self.builds().await?;
        let retired: Vec<(i64, i64)> = sql!(
            "select version, build from builds where projection = $1 and retired_at < $2 and removed_at is null",
            projection,
            before
        )
        .fetch_all(db)
        .await?;
        for (version, build) in retired {
            let store = store_name(projection, version, build);
            match (&self.place, db) {
                (Place::Postgres(_), Db::Pg(pool)) => {
                    let drop = AssertSqlSafe(format!("drop schema if exists \"{store}\" cascade"));
                    sqlx::raw_sql(drop).execute(pool).await.map_err(db::Error::from)?;
                }
                (Place::Folder(folder), _) => {
                    for ending in ["db", "db-wal", "db-shm"] {
                        // Mostly, some of them do not exist.
                        fs::remove_file(folder.join(&store).with_extension(ending)).ok();
                    }
                }
                (Place::Postgres(_), Db::Lite(_)) => {}
            }
            sql!(
                "update builds set removed_at = $4 where projection = $1 and version = $2 and build = $3",
                projection,
                version,
                build,
                Utc::now()
            )
            .execute(db)
            .await?;
            tracing::info!(projection, version, build, "removed retired views");
        }
        Ok(())
    }
}

/// Begins to write as the only one: several processes may start at once.
async fn alone(db: &Db) -> Result<Tx<'static>, Error> {
    let mut tx = db.begin_write().await?;
    if let Tx::Pg(_) = tx {
        sql!("lock table builds in share row exclusive mode")
            .execute(&mut tx)
            .await?;
    }
    Ok(tx)
}

async fn begin(tx: &mut Tx<'_>, projection: &str, version: u32) -> Result<i64, Error> {
    let (build,) = sql!(
        "insert into builds (projection, version, build, started_at)
         select $1, $2, coalesce(max(build), 0) + 1, $3
         from builds
         where projection = $1 and version = $2
         returning build",
        projection,
        i64::from(version),
        Utc::now()
    )
    .fetch_one(tx)
    .await?;
    Ok(build)
}

#[cfg(test)]
mod tests {
    use eventstore::Recorded;

    use super::*;

    struct Nothing;

    impl Projection for Nothing {
        fn name(&self) -> &'static str {
            "nothing"
        }

        fn version(&self) -> u32 {
            3
        }

        fn migrations(&self) -> &'static [Migration] {
            &[]
        }

        async fn apply(&self, _: &mut Tx<'_>, _: &'static str, _: &[Recorded]) -> Result<(), Error> {
            Ok(())
        }
    }

    /// A build replaces another, whose views are then removed. `stores` lists what is there.
    async fn retires(home: &Home, stores: impl AsyncFn() -> Vec<String>) {
        let first = home.latest(&Nothing).await.unwrap();
        home.views(&first, &Nothing, &["one"]).await.unwrap().close().await;
        home.activate(&first).await.unwrap();
        let second = home.begin(&Nothing).await.unwrap();
        home.views(&second, &Nothing, &["one"]).await.unwrap().close().await;
        assert_eq!(
            home.latest(&Nothing).await.unwrap(),
            Build {
                is_active: true,
                ..first
            }
        );
        home.activate(&second).await.unwrap();
        assert_eq!(
            home.latest(&Nothing).await.unwrap(),
            Build {
                is_active: true,
                ..second
            }
        );
        home.remove_retired("nothing", Utc::now() - chrono::TimeDelta::hours(1))
            .await
            .unwrap();
        assert_eq!(stores().await, ["nothing_v3", "nothing_v3_2"]);
        for _ in 0..2 {
            home.remove_retired("nothing", Utc::now()).await.unwrap();
            assert_eq!(stores().await, ["nothing_v3_2"]);
        }
        assert_eq!(home.begin(&Nothing).await.unwrap().build, 3);
    }

    #[tokio::test]
    async fn retired_schemas_are_removed() {
        let postgres = testkit::postgres().await;
        let home = Home::new(postgres.url()).unwrap();
        retires(&home, async || {
            let names = sql!("select nspname::text from pg_namespace where nspname like 'nothing%' order by 1");
            let names: Vec<(String,)> = names.fetch_all(home.builds().await.unwrap()).await.unwrap();
            names.into_iter().map(|(name,)| name).collect()
        })
        .await;
    }

    #[tokio::test]
    async fn retired_files_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(format!("sqlite:{}", folder.path().display())).unwrap();
        retires(&home, async || {
            let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
            let files = files.filter(|file| file.extension().is_some_and(|ending| ending == "db"));
            let mut names: Vec<_> = files
                .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
                .collect();
            names.retain(|name| name.starts_with("nothing"));
            names.sort();
            names
        })
        .await;
    }
}
