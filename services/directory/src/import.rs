//! Brings schools and their trusts up to date with a national register, all rows or none.
//!
//! Every row is checked before anything is decided. What then differs from what is known is recorded in one append;
//! a file imported twice records nothing the second time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    directory::v1::ImportRow,
    ids::{TrustId, Urn},
};
use chrono::NaiveDate;
use service::{Error, Violations, commands::Plan, parse::path};
use uuid::Uuid;

use crate::{
    details,
    network::{self, EndedConsent, Network},
    school::{self, Imported, School},
    trust::{self, Identity, Trust, normalised},
};

/// Most rows of one import: England has about 25,000 schools that are open.
const MOST_ROWS: usize = 30_000;

/// Most violations that are told at once.
const MOST_TOLD: usize = 200;

/// One row that is right, with the trust that it names.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub school: Imported,
    pub trust: Option<Identity>,
}

/// Checks all rows. Violations name the row by its number in the file.
pub fn parse(rows: &[ImportRow]) -> Result<Vec<Row>, Error> {
    let mut found = Violations::new();
    found.check(!rows.is_empty(), "rows", || "must have at least one element".to_owned());
    found.check(rows.len() <= MOST_ROWS, "rows", || {
        format!("has {} elements: give at most {MOST_ROWS}", rows.len())
    });
    if !found.is_empty() || rows.len() > MOST_ROWS {
        return Err(found
            .finish()
            .err()
            .unwrap_or_else(|| Error::invalid("rows", "cannot be read")));
    }
    let mut told = 0;
    let mut first_rows: HashMap<&str, i32> = HashMap::new();
    let mut parsed = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let number = if row.row > 0 {
            row.row
        } else {
            i32::try_from(index + 1).unwrap_or(i32::MAX)
        };
        let mut wrong = Violations::new();
        let school = parse_row(row, &mut wrong);
        if let Some(first) = first_rows.insert(&row.urn, number) {
            wrong.add("urn", format!("{} is in row {first} already", row.urn));
        }
        match (wrong.finish(), school) {
            (Ok(()), Some(school)) => parsed.push(school),
            (refused, _) => {
                let violations = refused
                    .err()
                    .map(|error| error.violations().to_vec())
                    .unwrap_or_default();
                for violation in violations.iter().take(MOST_TOLD.saturating_sub(told)) {
                    let column = column(&violation.field);
                    found.add(
                        path("rows", index, &violation.field),
                        format!("row {number}: {column} {}", violation.description),
                    );
                }
                told += violations.len();
            }
        }
    }
    found.finish()?;
    Ok(parsed)
}

fn parse_row(row: &ImportRow, violations: &mut Violations) -> Option<Row> {
    let urn = violations.id::<Urn>("urn", &row.urn);
    let details = details::parse("details", row.details.as_ref(), violations);
    let name = violations.optional_text("trust_name", &row.trust_name, service::parse::SHORT_TEXT);
    let group_uid = row.trust_uid.trim().to_owned();
    let digits = group_uid.len() <= 10 && group_uid.bytes().all(|byte| byte.is_ascii_digit());
    violations.check(digits, "trust_uid", || "is not a group UID: digits only".to_owned());
    let joined_on = violations.optional_date("joined_on", &row.joined_on);
    let closed_on = violations.optional_date("closed_on", &row.closed_on);
    let (urn, details, name, joined_on, closed_on) = (urn?, details?, name?, joined_on?, closed_on?);
    violations.check(name.is_some() || group_uid.is_empty(), "trust_name", || {
        "must be given with a group UID".to_owned()
    });
    let opened_on = details.opened_on.parse::<NaiveDate>().ok();
    let not_before_opened =
        |date: Option<NaiveDate>| date.is_none_or(|date| opened_on.is_none_or(|first| first <= date));
    violations.check(not_before_opened(closed_on), "closed_on", || {
        "is before the school opened".to_owned()
    });
    let trust = name.map(|name| Identity {
        name,
        group_uid,
        ..Identity::default()
    });
    Some(Row {
        school: Imported {
            urn,
            details,
            trust: None,
            joined_on,
            closed_on,
        },
        trust,
    })
}

/// As people know the column.
fn column(field: &str) -> &str {
    match field.rsplit('.').next().unwrap_or(field) {
        "urn" => "URN",
        "name" => "name",
        "phase" => "phase",
        "la_code" => "local authority code",
        "establishment_number" => "establishment number",
        "pupils" => "number of pupils",
        "town" => "town",
        "postcode" => "postcode",
        "opened_on" => "opening date",
        "closed_on" => "closing date",
        "joined_on" => "joining date",
        "trust_name" => "trust",
        "trust_uid" => "trust's group UID",
        other => other,
    }
}

/// What is known of the trusts and networks that an import may touch.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Trusts by identifier.
    pub trusts: BTreeSet<TrustId>,
    /// Trusts by their normalised name, with their group UID if it is known.
    pub by_name: HashMap<String, (TrustId, String)>,
    /// The trust that each school belongs to.
    pub schools: HashMap<Urn, TrustId>,
    /// Networks in which a school's trust consented.
    pub consents: HashMap<Urn, Vec<Uuid>>,
}

impl Known {
    /// The trust that a row means: by group UID, else by name, else a new one.
    fn trust_id(&self, identity: &Identity) -> TrustId {
        let derived = identity.trust_id();
        if self.trusts.contains(&derived) {
            return derived;
        }
        match self.by_name.get(&normalised(&identity.name)) {
            Some((known, uid)) if uid.is_empty() || identity.group_uid.is_empty() || *uid == identity.group_uid => {
                *known
            }
            _ => derived,
        }
    }
}

/// Rows without a group UID mean the trust of the same name that has one elsewhere in the file.
fn prepare(rows: &[Row], known: &mut Known) {
    for identity in rows
        .iter()
        .filter_map(|row| row.trust.as_ref())
        .filter(|identity| !identity.group_uid.is_empty())
    {
        let id = known.trust_id(identity);
        known.trusts.insert(id);
        known
            .by_name
            .entry(normalised(&identity.name))
            .or_insert_with(|| (id, identity.group_uid.clone()));
    }
}

/// One plan for all rows. Its receipt is that of the first school.
pub fn plan(rows: Vec<Row>, mut known: Known, today: NaiveDate) -> Result<Plan, Error> {
    prepare(&rows, &mut known);
    let mut trusts: BTreeMap<TrustId, Identity> = BTreeMap::new();
    let mut ended: BTreeMap<Uuid, Vec<EndedConsent>> = BTreeMap::new();
    let mut plan: Option<Plan> = None;
    for Row { mut school, trust } in rows {
        let urn = school.urn;
        if let Some(identity) = trust {
            let id = known.trust_id(&identity);
            school.trust = Some(id);
            if let Some(before) = known.schools.get(&urn).filter(|before| **before != id) {
                let consent = EndedConsent {
                    urn,
                    trust: *before,
                    on: school.joined_on.unwrap_or(today),
                };
                for network in known.consents.get(&urn).into_iter().flatten() {
                    ended.entry(*network).or_default().push(consent);
                }
            }
            trusts.entry(id).or_insert(identity);
        }
        let step = Plan::of::<School>(urn.stream_id(), school::Command::Import(Box::new(school)));
        plan = Some(match plan {
            None => step,
            Some(plan) => plan.with(step),
        });
    }
    let mut plan = plan.ok_or_else(|| Error::invalid("rows", "must have at least one element"))?;
    for (id, identity) in trusts {
        plan = plan.and::<Trust>(id, trust::Command::Import { id, identity });
    }
    for (id, consents) in ended {
        plan = plan.and::<Network>(id, network::Command::EndConsents(consents));
    }
    Ok(plan)
}

#[cfg(test)]
mod tests;
