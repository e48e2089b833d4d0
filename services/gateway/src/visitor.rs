//! Whoever opens a page: who they are, and requests in their name.

use std::{sync::Arc, time::Duration};

use api::{
    directory::v1::{self as directory, Role},
    ids::PersonId,
};
use axum::{extract::FromRequestParts, http::request::Parts};
use client::Clients;
use moka::future::Cache;
use tonic::metadata::{Ascii, MetadataValue};
use uuid::Uuid;

use crate::{
    Gateway,
    names::People,
    problem::Fault,
    sign_in::{Session, SignedOut},
    words::Vocabulary,
};

/// How long it is believed who somebody is. What they may see is asked of the services each time.
const BELIEVED_FOR: Duration = Duration::from_secs(60);

/// Who somebody is here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Me {
    /// Absent for an operator's account.
    pub(crate) person_id: Option<PersonId>,
    pub(crate) name: String,
    /// Empty for an operator's account.
    pub(crate) trust_id: String,
    pub(crate) trust_name: String,
    /// Schools that they work in or answer for, by URN, with their names.
    pub(crate) schools: Vec<School>,
    /// All schools of the trust, to name them.
    pub(crate) trust_schools: Vec<School>,
    pub(crate) roles: Vec<directory::GrantedRole>,
    /// Networks that they lead.
    pub(crate) networks: Vec<String>,
}

/// A school as pages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct School {
    pub(crate) urn: String,
    pub(crate) name: String,
}

impl Me {
    /// Whether they answer for something in one of these roles. It decides what is offered, never what is allowed.
    pub(crate) fn is_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|granted| roles.contains(&granted.role()))
    }

    /// Whether they answer for the whole trust.
    pub(crate) fn leads_trust(&self) -> bool {
        self.is_any(&[Role::TrustLeader, Role::TrustHr, Role::TrustCpdLead])
    }

    /// Whether they answer for a school or more.
    pub(crate) fn leads_school(&self) -> bool {
        self.is_any(&[Role::Head, Role::CpdLead, Role::SchoolLeader])
    }

    /// What a school of the trust is called; the trust's central team has no URN.
    pub(crate) fn school(&self, urn: &str) -> &str {
        if urn.is_empty() {
            return "Central team";
        }
        let known = self.trust_schools.iter().find(|school| school.urn == urn);
        known.map_or("a school that has left the trust", |school| &school.name)
    }

    /// Whether they answer for this school in one of these roles.
    pub(crate) fn answers_for(&self, urn: &str, roles: &[Role]) -> bool {
        self.roles.iter().any(|granted| {
            roles.contains(&granted.role()) && granted.scope.as_ref().is_some_and(|scope| scope.urn == urn)
        })
    }

    pub(crate) fn is_governor(&self) -> bool {
        self.is_any(&[Role::Governor])
    }
}

/// Whoever opens a page, signed in. As an extractor it sends everybody else to the sign-in, and back.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) me: Arc<Me>,
    pub(crate) session: Session,
    /// What they asked for, with its query.
    pub(crate) page: String,
    bearer: MetadataValue<Ascii>,
    gateway: Gateway,
}

impl Visitor {
    /// A request in their name.
    pub(crate) fn ask<M>(&self, message: M) -> tonic::Request<M> {
        let mut request = tonic::Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }

    /// The services.
    pub(crate) fn clients(&self) -> Clients {
        self.gateway.clients().clone()
    }

    /// What their trust's codes are called.
    pub(crate) async fn vocabulary(&self) -> Result<Arc<Vocabulary>, Fault> {
        self.gateway.words().of(self).await
    }

    /// What some people are called.
    pub(crate) async fn names<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> People {
        self.gateway.names().of(self, ids).await
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Their own identifier; an operator's account has no page of its own.
    pub(crate) fn person(&self) -> Result<PersonId, Fault> {
        self.me.person_id.ok_or_else(Fault::nobody)
    }
}

impl FromRequestParts<Gateway> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Fault> {
        let back = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let session = gateway
            .sessions()
            .of(&parts.headers)
            .await?
            .ok_or_else(|| SignedOut::from(back.as_str()))?;
        let bearer = session.bearer()?;
        let me = gateway.visitors().who(&session, &bearer).await?;
        let visitor = Self {
            me,
            session,
            page: back,
            bearer,
            gateway: gateway.clone(),
        };
        gateway.calendars().visited(&visitor).await;
        Ok(visitor)
    }
}

/// Who is behind each session.
pub(crate) struct Visitors {
    clients: Clients,
    known: Cache<Uuid, Arc<Me>>,
}

impl Visitors {
    pub(crate) fn new(clients: Clients) -> Self {
        Self {
            clients,
            known: Cache::builder().max_capacity(10_000).time_to_live(BELIEVED_FOR).build(),
        }
    }

    /// Spares the first page of a visit the question.
    pub(crate) async fn remember(&self, session: &Session, me: Me) {
        self.known.insert(session.id(), Arc::new(me)).await;
    }

    async fn who(&self, session: &Session, bearer: &MetadataValue<Ascii>) -> Result<Arc<Me>, Fault> {
        if let Some(known) = self.known.get(&session.id()).await {
            return Ok(known);
        }
        let me = Arc::new(self.ask(bearer).await?);
        self.known.insert(session.id(), me.clone()).await;
        Ok(me)
    }

    /// Whom a token speaks for.
    pub(crate) async fn ask(&self, bearer: &MetadataValue<Ascii>) -> Result<Me, Fault> {
        fn signed<M>(bearer: &MetadataValue<Ascii>, message: M) -> tonic::Request<M> {
            let mut request = tonic::Request::new(message);
            request.metadata_mut().insert("authorization", bearer.clone());
            request
        }
        let answer = self
            .clients
            .people
            .clone()
            .who_am_i(signed(bearer, directory::WhoAmIRequest {}))
            .await?
            .into_inner();
        let Some(person) = answer.person else {
            return Ok(Me {
                name: "Operator".into(),
                ..Me::default()
            });
        };
        let trust = directory::GetTrustRequest {
            trust_id: person.trust_id.clone(),
        };
        let all = directory::ListSchoolsRequest {
            trust_id: person.trust_id.clone(),
            page_size: 500,
            ..Default::default()
        };
        let (mut trusts, mut schools) = (self.clients.trusts.clone(), self.clients.schools.clone());
        let (trust, schools) = tokio::join!(
            trusts.get_trust(signed(bearer, trust)),
            schools.list_schools(signed(bearer, all)),
        );
        let trust = trust?.into_inner().trust.unwrap_or_default();
        let scopes = || person.roles.iter().filter_map(|role| role.scope.as_ref());
        let own: Vec<&str> = scopes()
            .map(|scope| scope.urn.as_str())
            .chain(person.employments.iter().map(|post| post.urn.as_str()))
            .collect();
        let whole = scopes().any(|scope| scope.trust_id == person.trust_id);
        let trust_schools: Vec<School> = schools?
            .into_inner()
            .schools
            .into_iter()
            .map(|school| School {
                urn: school.urn,
                name: school.details.map(|details| details.name).unwrap_or_default(),
            })
            .collect();
        let schools = trust_schools
            .iter()
            .filter(|school| whole || own.contains(&school.urn.as_str()))
            .cloned()
            .collect();
        Ok(Me {
            person_id: person.person_id.parse().ok(),
            name: format!("{} {}", person.given_name, person.family_name),
            networks: scopes()
                .map(|scope| scope.network_id.clone())
                .filter(|network| !network.is_empty())
                .collect(),
            trust_id: person.trust_id,
            trust_name: trust.name,
            schools,
            trust_schools,
            roles: person.roles,
        })
    }
}
