//! Trusts, schools and networks, as far as rules and views need to know them.

use std::collections::BTreeMap;

use api::{
    directory::v1::{NetworkKind, Phase},
    ids::{NetworkId, TrustId, Urn},
};
use chrono::NaiveDate;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    pub id: TrustId,
    pub name: String,
    /// First and last day of each half-term, by cycle.
    pub half_terms: BTreeMap<i32, Vec<(NaiveDate, NaiveDate)>>,
}

/// A school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    pub urn: Urn,
    pub name: String,
    pub phase: Phase,
    /// The trust that it belongs to now.
    pub trust: Option<TrustId>,
    /// Trusts with first and last day, earliest first.
    pub memberships: Vec<(TrustId, NaiveDate, Option<NaiveDate>)>,
    /// The earlier schools that it continues.
    pub predecessors: Vec<Urn>,
    /// Its own half-terms, by cycle; empty where the trust's hold.
    pub half_terms: BTreeMap<i32, Vec<(NaiveDate, NaiveDate)>>,
    /// Last day.
    pub closed_on: Option<NaiveDate>,
}

impl School {
    /// The trust that it belonged to on that day.
    pub fn trust_on(&self, date: NaiveDate) -> Option<TrustId> {
        self.memberships
            .iter()
            .rev()
            .find(|(_, from_on, until)| *from_on <= date && until.is_none_or(|until| date <= until))
            .map(|(trust, ..)| *trust)
    }
}

/// Schools of several trusts that report together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    pub id: NetworkId,
    pub name: String,
    pub kind: NetworkKind,
    pub(super) schools: BTreeMap<Urn, Span>,
    pub(super) consents: BTreeMap<(Urn, TrustId), Span>,
}

/// First day, and first day after.
pub(super) type Span = (NaiveDate, Option<NaiveDate>);

impl Network {
    /// Schools that take part on that day.
    pub fn schools_on(&self, date: NaiveDate) -> impl Iterator<Item = Urn> {
        self.schools
            .iter()
            .filter(move |(_, span)| covers(span, date))
            .map(|(urn, _)| *urn)
    }

    /// Whether that trust allows the school's aggregates to be used on that day.
    pub fn has_consent(&self, school: Urn, trust: TrustId, date: NaiveDate) -> bool {
        self.consents
            .get(&(school, trust))
            .is_some_and(|span| covers(span, date))
    }
}

fn covers((from_on, until): &Span, date: NaiveDate) -> bool {
    *from_on <= date && until.is_none_or(|until| date < until)
}
