//! How far a service has reacted to each source, and what is held for a later day. Kept in its own database, apart from every
//! view, so that nothing is answered anew when a view is rebuilt.

use chrono::NaiveDate;
use db::{Db, Migration, Rows, sql};
use eventstore::Position;

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "reactions",
    "create table reaction_checkpoint (
       -- One row: how far a source was answered.
       source text primary key,
       position {i64} not null
     ) {strict};

     create table reaction_held (
       -- One row: an event of the directory that is answered on a later day.
       position {i64} primary key,
       due_on {date} not null
     ) {strict};",
)];

/// How far sources have been answered.
#[derive(Clone, Debug)]
pub struct Progress {
    db: Db,
}

impl Progress {
    /// Makes the tables if they are missing.
    pub async fn open(db: Db) -> db::Result<Self> {
        db.migrate("reactions", MIGRATIONS).await?;
        Ok(Self { db })
    }

    /// The last event answered or held; 0 at first.
    pub async fn checkpoint(&self, source: &str) -> db::Result<Position> {
        let row: Option<(i64,)> = sql!("select position from reaction_checkpoint where source = $1", source)
            .fetch_optional(&self.db)
            .await?;
        Ok(Position(row.map_or(0, |(position,)| position)))
    }

    /// Of two processes that react, the slower one does not take it back.
    pub async fn advance(&self, source: &str, to: Position) -> db::Result<()> {
        sql!(
            "insert into reaction_checkpoint (source, position) values ($1, $2)
             on conflict (source) do update set position = excluded.position
             where excluded.position > reaction_checkpoint.position",
            source,
            to.0
        )
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// Keeps an event of the directory for its day.
    pub async fn hold(&self, position: Position, due_on: NaiveDate) -> db::Result<()> {
        sql!(
            "insert into reaction_held (position, due_on) values ($1, $2) on conflict do nothing",
            position.0,
            due_on
        )
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// As [`Self::hold`], for many.
    pub async fn hold_all(&self, held: &[(Position, NaiveDate)]) -> db::Result<()> {
        let mut tx = self.db.begin_write().await?;
        Rows::of("reaction_held")
            .column("position", held.iter().map(|(position, _)| position.0))
            .column("due_on", held.iter().map(|(_, due_on)| *due_on))
            .insert_missing(&mut tx)
            .await?;
        tx.commit().await
    }

    /// Held events whose day has come, in the order of their days.
    pub async fn due(&self, today: NaiveDate) -> db::Result<Vec<Position>> {
        let rows: Vec<(i64,)> = sql!(
            "select position from reaction_held where due_on <= $1 order by due_on, position",
            today
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(|(position,)| Position(position)).collect())
    }

    /// It was answered.
    pub async fn release(&self, position: Position) -> db::Result<()> {
        sql!("delete from reaction_held where position = $1", position.0)
            .execute(&self.db)
            .await?;
        Ok(())
    }
}
