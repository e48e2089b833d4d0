//! Views that count development: emergent needs, priorities, entitlement and fairness, time, coaching and capacity,
//! talent and succession.
//!
//! Each reads its events from the [`ledger`] with one query, and is a pure function of them, of the places ([`Places`])
//! and of the words in which they speak ([`words`]). So each can be asked as known at an earlier moment.

pub(crate) mod coaching;
pub(crate) mod entitlement;
#[cfg(test)]
mod given;
pub(crate) mod ledger;
pub(crate) mod needs;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod priorities;
pub(crate) mod release;
pub(crate) mod sentences;
pub(crate) mod talent;
pub(crate) mod time;
pub(crate) mod took_part;
pub(crate) mod words;

use api::{
    common::v1::{AtLeast, Completeness},
    ids::TrustId,
};
use chrono::{DateTime, Utc};
use identity::Actor;
use service::{Error, Violations};
use uuid::Uuid;

use self::{
    ledger::{Kinds, Ledger},
    places::Places,
    words::Words,
};
use crate::{
    compact::{self, Day},
    link_report::Scope,
    suppression::Suppression,
    tables,
    views::{Views, unread},
};

/// What a view is asked for, apart from what is its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ask {
    pub(crate) scope: Scope,
    pub(crate) known_at: Option<DateTime<Utc>>,
    /// The last day that counts: the day asked for, else today or the day of the moment, never after the year's end.
    pub(crate) on: Day,
}

impl Ask {
    /// Parses what all views are asked for.
    pub(crate) fn parse(scope: Scope, known_at: Option<&prost_types::Timestamp>, on: &str) -> Result<Self, Error> {
        let mut violations = Violations::new();
        let known_at = violations.optional_instant("known_at", known_at);
        let on = violations.optional_date("on", on);
        if let Some(Some(on)) = on {
            violations.check(on >= scope.from && on < scope.until, "on", || {
                format!("must be a day of the academic year {} asked for", scope.cycle)
            });
        }
        let (known_at, on) = violations.all((known_at, on))?;
        let today = identity::context::date_in_england(known_at.unwrap_or_else(Utc::now));
        let last = scope.until.pred_opt().unwrap_or(scope.until);
        Ok(Self {
            on: compact::day_of(on.unwrap_or_else(|| today.min(last))),
            scope,
            known_at,
        })
    }
}

/// What every view on development is counted with.
pub(crate) struct Ground {
    pub(crate) ask: Ask,
    pub(crate) places: Places,
    pub(crate) words: Words,
    pub(crate) suppression: Suppression,
    pub(crate) ledger: Ledger,
}

impl Ground {
    /// Whether what happened at a school is counted; 0 is the central team.
    pub(crate) fn covers(&self, urn: u32) -> bool {
        let scope = &self.ask.scope;
        scope.urn.is_none_or(|wanted| wanted.number() == urn)
            && scope.phase.is_none_or(|wanted| self.places.phase(urn) == wanted)
    }

    /// Whether a day is in the year asked for, and not after the last that counts.
    pub(crate) fn counts(&self, on: Day) -> bool {
        compact::day_of(self.ask.scope.from) <= on && on <= self.ask.on
    }

    /// The trust.
    pub(crate) fn trust(&self) -> TrustId {
        self.ask.scope.trust
    }
}

impl Views {
    /// Lets a reader see counts, waits until the views are as far as they ask, and reads what is counted.
    pub(crate) async fn ground(
        &self,
        actor: &Actor,
        ask: Ask,
        at_least: &[AtLeast],
        kinds: Vec<Kinds>,
    ) -> Result<(Ground, Vec<Completeness>), Error> {
        let (suppression, completeness) = self.let_in(actor, &ask, at_least).await?;
        Ok((self.laid(ask, suppression, kinds).await?, completeness))
    }

    /// Lets a reader see counts, and waits until the views are as far as they ask. Answers which counts are too small for
    /// them, and how far the sources have been read.
    pub(crate) async fn let_in(
        &self,
        actor: &Actor,
        ask: &Ask,
        at_least: &[AtLeast],
    ) -> Result<(Suppression, Vec<Completeness>), Error> {
        let suppression = self.authorise_counts(actor, ask.scope.trust, ask.scope.urn).await?;
        self.reach(at_least).await?;
        Ok((suppression, self.completeness(ask.scope.trust.into())))
    }

    /// Reads what is counted, for a reader who was let in.
    pub(crate) async fn laid(&self, ask: Ask, suppression: Suppression, kinds: Vec<Kinds>) -> Result<Ground, Error> {
        let trust = ask.scope.trust;
        let wanted = [kinds, vec![Kinds::lasting(&[&words::KINDS])]].concat();
        let mut tx = self.read(trust.into()).await?;
        let ledger = Ledger::read(&mut tx, trust.into(), &wanted, ask.known_at).await?;
        drop(tx);
        let words = Words::of(&self.shared_words(ask.known_at).await?, &ledger).map_err(Error::internal)?;
        let places = Places::of(self, trust, ask.scope.cycle);
        Ok(Ground {
            ask,
            places,
            words,
            suppression,
            ledger,
        })
    }

    /// What belongs to no trust: the shared vocabulary.
    async fn shared_words(&self, known_at: Option<DateTime<Utc>>) -> Result<Ledger, Error> {
        let wanted = [Kinds::lasting(&[&words::KINDS])];
        let mut tx = tables::read_any(&self.handle.db()).await.map_err(unread)?;
        Ok(Ledger::read(&mut tx, Uuid::nil(), &wanted, known_at).await?)
    }
}

/// A number of things as the protocol counts them.
pub(crate) fn count(things: usize) -> i32 {
    i32::try_from(things).unwrap_or(i32::MAX)
}

/// Hours from minutes.
pub(crate) fn hours(minutes: i64) -> f64 {
    i32::try_from(minutes).map_or(f64::INFINITY, f64::from) / 60.0
}

/// The value in the middle, or half-way between the two; none of nothing.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len().is_multiple_of(2) {
        Some(f64::midpoint(values[middle - 1], upper))
    } else {
        Some(upper)
    }
}
