//! Who may do what: Cedar policies kept as files, denied unless permitted.
//!
//! A decision depends on the action, the kind of record, and the actor's standing to it. The standing is settled
//! from the roster at that moment, so roles come from the directory and take effect, or end, at once; the policies
//! (`policies/*.cedar`) say what follows. Since they see nothing else, each distinct question is evaluated once and
//! remembered.

mod kinds;
mod record;
mod standing;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, RwLock},
};

use api::common::v1::Purpose;
use cedar_policy::{
    Authorizer, Context, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request, RestrictedExpression,
    Schema,
};
use chrono::{DateTime, NaiveDate, Utc};

pub use kinds::{Action, Kind};
pub use record::Record;
use standing::{Facts, purpose_name};

use crate::{
    Roster,
    actor::{Actor, Principal},
    context::date_in_england,
    roster::Register,
};

const SCHEMA: &str = include_str!("../policies/schema.cedarschema");

const POLICIES: &[&str] = &[
    include_str!("../policies/guards.cedar"),
    include_str!("../policies/records.cedar"),
    include_str!("../policies/directory.cedar"),
    include_str!("../policies/observations.cedar"),
    include_str!("../policies/appraisal.cedar"),
    include_str!("../policies/coaching.cedar"),
    include_str!("../policies/evaluation.cedar"),
    include_str!("../policies/catalogue.cedar"),
    include_str!("../policies/planning.cedar"),
];

/// More distinct questions than there can be in earnest; beyond it, memory is cleared.
const MEMORY: usize = 50_000;

/// It is not permitted. Says nothing of why, nor of whether there is such a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not permitted on this {}", .action.name(), .kind.name())]
pub struct Denied {
    pub action: Action,
    pub kind: Kind,
}

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub permitted: bool,
    /// Somebody else's personal record is being read: the reading itself must be recorded.
    pub must_record: bool,
    action: Action,
    kind: Kind,
}

impl Decision {
    /// Goes on only if it is permitted.
    pub fn require(self) -> Result<Self, Denied> {
        if self.permitted {
            Ok(self)
        } else {
            Err(Denied {
                action: self.action,
                kind: self.kind,
            })
        }
    }
}

/// Decides by the policies and the roster. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    roster: Roster,
}

impl Access {
    pub fn new(roster: Roster) -> Self {
        Self { roster }
    }

    /// Whether the actor may do this to that record now.
    pub fn check(&self, actor: &Actor, action: Action, record: &Record) -> Decision {
        self.check_at(actor, action, record, Utc::now())
    }

    /// As [`Self::check`], at a given moment.
    pub fn check_at(&self, actor: &Actor, action: Action, record: &Record, now: DateTime<Utc>) -> Decision {
        decide(actor, action, record, &self.roster.read(), date_in_england(now))
    }

    /// As [`Self::check`], for many records at once.
    pub fn check_many<'a>(
        &self,
        actor: &Actor,
        action: Action,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Vec<Decision> {
        let date = date_in_england(Utc::now());
        let register = self.roster.read();
        records
            .into_iter()
            .map(|record| decide(actor, action, record, &register, date))
            .collect()
    }
}

/// Whether the actor may do this to that record on that day, by this register.
pub fn decide(actor: &Actor, action: Action, record: &Record, register: &Register, date: NaiveDate) -> Decision {
    let facts = Facts::of(actor, record, register, date);
    let permitted = Rules::embedded().permit(Question {
        principal: PrincipalKind::of(actor.principal),
        action,
        kind: record.kind,
        purpose: record.purpose,
        facts,
    });
    let must_record = permitted && action.is_reading() && record.kind.is_personal() && !facts.has(Facts::SUBJECT);
    Decision {
        permitted,
        must_record,
        action,
        kind: record.kind,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PrincipalKind {
    Person,
    Operator,
    System,
}

impl PrincipalKind {
    fn of(principal: Principal) -> Self {
        match principal {
            Principal::Person(_) => Self::Person,
            Principal::Operator => Self::Operator,
            Principal::System(_) => Self::System,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Operator => "Operator",
            Self::System => "System",
        }
    }
}

/// All that a decision depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Question {
    principal: PrincipalKind,
    action: Action,
    kind: Kind,
    purpose: Purpose,
    facts: Facts,
}

struct Rules {
    authorizer: Authorizer,
    policies: PolicySet,
    /// The actions with the groups that they are in. Principal and record have no attributes of their own.
    entities: Entities,
    principals: HashMap<&'static str, EntityUid>,
    actions: HashMap<&'static str, EntityUid>,
    records: HashMap<&'static str, EntityUid>,
    answers: RwLock<HashMap<Question, bool>>,
}

impl Rules {
    /// Those in the files, parsed once.
    fn embedded() -> &'static Self {
        static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
        RULES.get_or_init(|| Arc::new(Self::parse().expect("the files are validated in a test")))
    }

    fn parse() -> Result<Self, Box<dyn std::error::Error>> {
        let schema = schema()?;
        let uid = |name: &'static str| -> Result<_, Box<dyn std::error::Error>> {
            Ok((
                name,
                EntityUid::from_type_name_and_id(name.parse::<EntityTypeName>()?, EntityId::new("it")),
            ))
        };
        let action = |action: &Action| -> Result<_, Box<dyn std::error::Error>> {
            Ok((
                action.name(),
                EntityUid::from_type_name_and_id("Action".parse()?, EntityId::new(action.name())),
            ))
        };
        let principals = [PrincipalKind::Person, PrincipalKind::Operator, PrincipalKind::System];
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: policies()?,
            entities: schema.action_entities()?,
            principals: principals
                .into_iter()
                .map(|kind| uid(kind.name()))
                .collect::<Result<_, _>>()?,
            actions: Action::ALL.iter().map(action).collect::<Result<_, _>>()?,
            records: Kind::ALL
                .iter()
                .map(|kind| uid(kind.name()))
                .collect::<Result<_, _>>()?,
            answers: RwLock::default(),
        })
    }

    fn permit(&self, question: Question) -> bool {
        if let Some(answer) = self.answers.read().expect("no panic while held").get(&question) {
            return *answer;
        }
        let answer = self.evaluate(question);
        let mut answers = self.answers.write().expect("no panic while held");
        if answers.len() >= MEMORY {
            answers.clear();
        }
        answers.insert(question, answer);
        answer
    }

    fn evaluate(&self, question: Question) -> bool {
        let facts = Facts::ALL.iter().map(|(fact, name)| {
            (
                (*name).to_owned(),
                RestrictedExpression::new_bool(question.facts.has(*fact)),
            )
        });
        let purpose = RestrictedExpression::new_string(purpose_name(question.purpose).to_owned());
        let context = Context::from_pairs(facts.chain([("purpose".to_owned(), purpose)]));
        let request = context.map_err(|error| error.to_string()).and_then(|context| {
            Request::new(
                self.principals[question.principal.name()].clone(),
                self.actions[question.action.name()].clone(),
                self.records[question.kind.name()].clone(),
                context,
                None,
            )
            .map_err(|error| error.to_string())
        });
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(error, "an access question cannot be asked");
                return false;
            }
        };
        let response = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
        let mut errors = response.diagnostics().errors().peekable();
        if errors.peek().is_some() {
            // A policy that cannot be evaluated might have been one that forbids.
            for error in errors {
                tracing::error!(%error, "an access policy cannot be evaluated");
            }
            return false;
        }
        response.decision() == cedar_policy::Decision::Allow
    }
}

fn schema() -> Result<Schema, Box<dyn std::error::Error>> {
    Ok(Schema::from_cedarschema_str(SCHEMA)?.0)
}

/// All files as one set, each policy named by its `@id`.
fn policies() -> Result<PolicySet, Box<dyn std::error::Error>> {
    let mut all = PolicySet::new();
    for file in POLICIES {
        for policy in file.parse::<PolicySet>()?.policies() {
            let id = policy.annotation("id").ok_or("every policy has an @id")?;
            all.add(policy.new_id(id.parse()?))?;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
