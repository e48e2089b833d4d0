//! The store's tables.

use db::Migration;

pub(crate) const COMPONENT: &str = "eventstore";

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration::new(
        1,
        "events, head and receipts",
        "
        create table events (
          -- One row: an event, at one position of the store and one version of its stream.
          position {i64} primary key check (position > 0),
          event_id {uuid} not null,
          stream_id {uuid} not null,
          version {i64} not null check (version > 0),
          kind text not null,
          trust_id {uuid} not null,
          actor_id {uuid} not null,
          on_behalf_of {uuid},
          purpose {i32} not null,
          occurred_at {instant} not null,
          recorded_at {instant} not null,
          correlation_id {uuid} not null,
          causation_id {uuid},
          traceparent text,
          request_id {uuid} not null,
          payload {bytes} not null,
          constraint events_event_id_key unique (event_id),
          constraint events_stream_id_version_key unique (stream_id, version)
        ) {strict};

        create table head (
          -- The only row: how far the store goes. Who writes locks it, so that positions follow the order of commits.
          id {i32} primary key check (id = 1),
          position {i64} not null,
          -- Raised by the operator when the store was restored to an earlier time.
          epoch {i64} not null,
          -- When the last event was recorded: later ones are never earlier.
          recorded_at {instant} not null
        ) {strict};

        create table receipts (
          -- One row: an append that was accepted, so that the same request gets the same answer.
          request_id {uuid} primary key,
          -- What was asked for: the same request must ask for the same.
          digest {bytes} not null,
          -- The store's position after it.
          position {i64} not null,
          -- The first stream of the append, and its version after it.
          stream_id {uuid} not null,
          version {i64} not null,
          recorded_at {instant} not null
        ) {strict};
        ",
    ),
    Migration::each(2, "append only", APPEND_ONLY_PG, APPEND_ONLY_LITE),
];

const APPEND_ONLY_PG: &str = "
    insert into head (id, position, epoch, recorded_at) values (1, 0, 1, to_timestamp(0));
    -- Room for new versions of its one row on the same page.
    alter table head set (fillfactor = 10);

    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end $$;

    create function refuse_going_back() returns trigger language plpgsql as $$
    begin
      if new.position < old.position or new.epoch < old.epoch or new.recorded_at < old.recorded_at then
        raise exception 'head only moves forward' using errcode = 'restrict_violation';
      end if;
      return new;
    end $$;

    create trigger events_append_only before update or delete on events
      for each row execute function refuse_change();
    create trigger events_not_truncated before truncate on events
      for each statement execute function refuse_change();
    create trigger receipts_append_only before update or delete on receipts
      for each row execute function refuse_change();
    create trigger receipts_not_truncated before truncate on receipts
      for each statement execute function refuse_change();
    create trigger head_stays before delete on head
      for each row execute function refuse_change();
    create trigger head_moves_forward before update on head
      for each row execute function refuse_going_back();
";

const APPEND_ONLY_LITE: &str = "
    insert into head (id, position, epoch, recorded_at) values (1, 0, 1, 0);

    create trigger events_not_updated before update on events
      begin select raise(abort, 'events is append-only'); end;
    create trigger events_not_deleted before delete on events
      begin select raise(abort, 'events is append-only'); end;
    create trigger receipts_not_updated before update on receipts
      begin select raise(abort, 'receipts is append-only'); end;
    create trigger receipts_not_deleted before delete on receipts
      begin select raise(abort, 'receipts is append-only'); end;
    create trigger head_stays before delete on head
      begin select raise(abort, 'head is append-only'); end;
    create trigger head_moves_forward before update on head
      when new.position < old.position or new.epoch < old.epoch or new.recorded_at < old.recorded_at
      begin select raise(abort, 'head only moves forward'); end;
";
