//! What a build keeps beside its views: checkpoints, and what stalled or was skipped.

use chrono::{DateTime, Utc};
use db::{Db, Migration, Rows, Tx, sql};
use eventstore::Position;
use uuid::Uuid;

use crate::{Checkpoint, Error, Stalled};

const COMPONENT: &str = "projection";

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "checkpoints, stalled and skipped events",
    "
    create table checkpoints (
      -- One row: how far a source was applied to the views in this schema or file.
      source text primary key,
      -- Of the last event applied; 0 if none was.
      position {i64} not null,
      -- Of the events applied; null before the first.
      epoch {i64},
      -- When the last event applied was recorded; null before the first.
      recorded_at {instant}
    ) {strict};

    create table stalled (
      -- At most one row: why the projection stands still.
      id {i32} primary key check (id = 1),
      source text not null,
      position {i64} not null,
      -- Null if the source itself cannot be followed.
      event_id {uuid},
      error text not null,
      since {instant} not null
    ) {strict};

    create table skipped (
      -- One row: an event that was passed over on purpose.
      source text not null,
      position {i64} not null,
      event_id {uuid} not null,
      error text not null,
      reason text not null,
      at {instant} not null,
      primary key (source, position)
    ) {strict};
    ",
)];

/// Where a checkpoint stands, and where it is to stand.
pub(crate) struct Move {
    pub(crate) source: &'static str,
    pub(crate) from: Position,
    pub(crate) to: Position,
    pub(crate) epoch: Option<i64>,
    pub(crate) recorded_at: Option<DateTime<Utc>>,
}

/// Makes the tables, and a checkpoint for each source.
pub(crate) async fn prepare(db: &Db, sources: &[&'static str]) -> Result<(), Error> {
    db.migrate(COMPONENT, MIGRATIONS).await?;
    let mut tx = db.begin_write().await?;
    Rows::of("checkpoints")
        .column("source", sources.iter().copied())
        .column("position", sources.iter().map(|_| 0_i64))
        .insert_missing(&mut tx)
        .await?;
    Ok(tx.commit().await?)
}

pub(crate) async fn checkpoints(db: &Db, sources: &[&'static str]) -> Result<Vec<Checkpoint>, Error> {
    type Stored = (String, i64, Option<i64>, Option<DateTime<Utc>>);
    let rows: Vec<Stored> = sql!("select source, position, epoch, recorded_at from checkpoints")
        .fetch_all(db)
        .await?;
    let checkpoint = |source: &&'static str| {
        let (_, position, epoch, complete_up_to) = rows.iter().find(|(name, ..)| name == source)?;
        Some(Checkpoint {
            source,
            position: Position(*position),
            epoch: *epoch,
            complete_up_to: *complete_up_to,
        })
    };
    Ok(sources.iter().filter_map(checkpoint).collect())
}

/// Begins a transaction that holds the checkpoints of these sources. Always in the same order, against deadlocks.
pub(crate) async fn begin(db: &Db, moves: &[Move]) -> Result<Tx<'static>, Error> {
    let mut tx = db.begin_write().await?;
    if let Tx::Pg(_) = tx {
        // A commit lost in a crash takes its checkpoint with it, and is applied again.
        sql!("set local synchronous_commit = off").execute(&mut tx).await?;
    }
    let sources: Vec<String> = moves.iter().map(|step| step.source.to_owned()).collect();
    let held: Vec<(String, i64)> = sql!(
        "select source, position from checkpoints where source = any($1) order by source for update",
        sources
    )
    .fetch_all(&mut tx)
    .await?;
    let stands = |step: &Move| {
        held.iter()
            .any(|(source, position)| source == step.source && *position == step.from.0)
    };
    if moves.iter().all(stands) {
        Ok(tx)
    } else {
        Err(Error::LostRace)
    }
}

/// Moves checkpoints from where they are believed to stand.
pub(crate) async fn advance(tx: &mut Tx<'_>, moves: &[Move]) -> Result<(), Error> {
    for Move {
        source,
        from,
        to,
        epoch,
        recorded_at,
    } in moves
    {
        let moved = sql!(
            "update checkpoints
             set position = $3, epoch = coalesce($4, epoch), recorded_at = coalesce($5, recorded_at)
             where source = $1 and position = $2",
            *source,
            from.0,
            to.0,
            *epoch,
            *recorded_at
        )
        .execute(&mut *tx)
        .await?;
        if moved == 0 {
            return Err(Error::LostRace);
        }
    }
    Ok(())
}

pub(crate) async fn stall(db: &Db, stalled: &Stalled) -> Result<(), Error> {
    let mut tx = db.begin_write().await?;
    sql!("delete from stalled").execute(&mut tx).await?;
    sql!(
        "insert into stalled (id, source, position, event_id, error, since) values (1, $1, $2, $3, $4, $5)",
        stalled.source,
        stalled.position.0,
        stalled.event_id,
        stalled.error.as_str(),
        stalled.since
    )
    .execute(&mut tx)
    .await?;
    Ok(tx.commit().await?)
}

pub(crate) async fn go_on(db: &Db) -> Result<(), Error> {
    sql!("delete from stalled").execute(db).await?;
    Ok(())
}

/// Passes over the event that stalls, on purpose.
pub(crate) async fn skip(db: &Db, stalled: &Stalled, event_id: Uuid, reason: &str) -> Result<(), Error> {
    let from = Position(stalled.position.0 - 1);
    let step = Move {
        source: stalled.source,
        from,
        to: stalled.position,
        epoch: None,
        recorded_at: None,
    };
    let moves = [step];
    let mut tx = begin(db, &moves).await?;
    sql!(
        "insert into skipped (source, position, event_id, error, reason, at) values ($1, $2, $3, $4, $5, $6)",
        stalled.source,
        stalled.position.0,
        event_id,
        stalled.error.as_str(),
        reason,
        Utc::now()
    )
    .execute(&mut tx)
    .await?;
    sql!("delete from stalled").execute(&mut tx).await?;
    advance(&mut tx, &moves).await?;
    Ok(tx.commit().await?)
}
