//! A network: schools of several trusts that report together. It sees aggregates, and those only of schools whose
//! trust allows it.
//!
//! registered ──► renamed
//! per school: joined ──► consent given ◄──► consent withdrawn ──► left, which ends the consent.

use std::collections::BTreeMap;

use api::{
    directory::v1::{
        NetworkConsentGiven, NetworkConsentWithdrawn, NetworkEvent, NetworkKind, NetworkRegistered, NetworkRenamed,
        SchoolJoinedNetwork, SchoolLeftNetwork, network_event,
    },
    ids::{NetworkId, TrustId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

/// A network as it is now.
#[derive(Clone, Debug, Default)]
pub struct Network {
    id: Option<NetworkId>,
    name: String,
    kind: NetworkKind,
    members: BTreeMap<Urn, Member>,
}

/// A school's part in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub joined_on: NaiveDate,
    pub consent: Option<Consent>,
}

/// A trust's leave to use its school's aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    pub trust: TrustId,
    pub from_on: NaiveDate,
}

/// A consent that ends because its school leaves the trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedConsent {
    pub urn: Urn,
    /// The trust that the school leaves.
    pub trust: TrustId,
    /// First day without it.
    pub on: NaiveDate,
}

/// What may be asked of a network.
#[derive(Clone, Debug)]
pub enum Command {
    /// Founds it.
    Register {
        id: NetworkId,
        name: String,
        kind: NetworkKind,
    },
    /// Changes its name.
    Rename(String),
    /// Brings in a school, which may have closed.
    Join {
        urn: Urn,
        closed_on: Option<NaiveDate>,
        on: NaiveDate,
    },
    /// Takes a school out; `on` is the last day.
    Leave { urn: Urn, on: NaiveDate },
    /// The school's trust, if it has one, allows its aggregates to be used.
    GiveConsent {
        urn: Urn,
        trust: Option<TrustId>,
        on: NaiveDate,
    },
    /// It no longer does.
    WithdrawConsent {
        urn: Urn,
        trust: Option<TrustId>,
        on: NaiveDate,
    },
    /// Schools leave the trust that consented; the next one decides anew. Does nothing where it had not.
    EndConsents(Vec<EndedConsent>),
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this network is registered already")]
    AlreadyRegistered,
    #[error("school {urn} closed on {closed_on}")]
    SchoolClosed { urn: Urn, closed_on: NaiveDate },
    #[error("school {urn} takes part since {joined_on} already")]
    AlreadyMember { urn: Urn, joined_on: NaiveDate },
    #[error("school {0} does not take part in this network")]
    NotMember(Urn),
    #[error("school {urn} takes part since {joined_on}: nothing about it can end or hold before")]
    BeforeJoined { urn: Urn, joined_on: NaiveDate },
    #[error("school {0} belongs to no trust that could decide for it")]
    InNoTrust(Urn),
    #[error("school {0} has no consent to withdraw")]
    NoConsent(Urn),
    #[error("the consent for school {urn} holds from {from_on}: it cannot be withdrawn from before")]
    WithdrawnBeforeGiven { urn: Urn, from_on: NaiveDate },
}

impl service::Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyRegistered => "NETWORK_ALREADY_REGISTERED",
            Self::SchoolClosed { .. } => "SCHOOL_CLOSED",
            Self::AlreadyMember { .. } => "SCHOOL_ALREADY_IN_NETWORK",
            Self::NotMember(_) => "SCHOOL_NOT_IN_NETWORK",
            Self::BeforeJoined { .. } => "BEFORE_SCHOOL_JOINED_NETWORK",
            Self::InNoTrust(_) => "SCHOOL_IN_NO_TRUST",
            Self::NoConsent(_) => "NO_NETWORK_CONSENT",
            Self::WithdrawnBeforeGiven { .. } => "CONSENT_WITHDRAWN_BEFORE_GIVEN",
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::AlreadyRegistered => "network_id",
            Self::BeforeJoined { .. } | Self::WithdrawnBeforeGiven { .. } => "on",
            _ => "urn",
        })
    }
}

type Events = Result<Vec<NetworkEvent>, Rejection>;

impl Aggregate for Network {
    type Event = NetworkEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, _: &Context) -> Events {
        match command {
            Command::Register { id, name, kind } => self.register(id, name, kind),
            Command::Rename(name) => Ok(self.rename(name)),
            Command::Join { urn, closed_on, on } => self.join(urn, closed_on, on),
            Command::Leave { urn, on } => self.leave(urn, on),
            Command::GiveConsent { urn, trust, on } => self.give_consent(urn, trust, on),
            Command::WithdrawConsent { urn, trust, on } => self.withdraw_consent(urn, trust, on),
            Command::EndConsents(consents) => Ok(self.end_consents(&consents)),
        }
    }

    fn evolve(&mut self, event: &NetworkEvent) {
        use network_event::Event;
        match &event.event {
            Some(Event::Registered(registered)) => {
                self.id = registered.network_id.parse().ok();
                self.kind = registered.kind();
                self.name.clone_from(&registered.name);
            }
            Some(Event::Renamed(renamed)) => self.name.clone_from(&renamed.name),
            Some(Event::SchoolJoined(joined)) => {
                if let (Ok(urn), Ok(joined_on)) = (joined.urn.parse(), joined.on.parse()) {
                    self.members.insert(
                        urn,
                        Member {
                            joined_on,
                            consent: None,
                        },
                    );
                }
            }
            Some(Event::SchoolLeft(left)) => {
                if let Ok(urn) = left.urn.parse::<Urn>() {
                    self.members.remove(&urn);
                }
            }
            Some(Event::ConsentGiven(given)) => {
                if let (Some(member), Ok(trust), Ok(from_on)) =
                    (self.member_mut(&given.urn), given.trust_id.parse(), given.on.parse())
                {
                    member.consent = Some(Consent { trust, from_on });
                }
            }
            Some(Event::ConsentWithdrawn(withdrawn)) => {
                if let Some(member) = self.member_mut(&withdrawn.urn) {
                    member.consent = None;
                }
            }
            None => {}
        }
    }
}

impl Network {
    /// Its identifier; absent before it is registered.
    pub fn id(&self) -> Option<NetworkId> {
        self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What brings its schools together.
    pub fn kind(&self) -> NetworkKind {
        self.kind
    }

    /// Schools that take part, by URN.
    pub fn members(&self) -> impl Iterator<Item = (Urn, Member)> {
        self.members.iter().map(|(urn, member)| (*urn, *member))
    }

    fn member_mut(&mut self, urn: &str) -> Option<&mut Member> {
        self.members.get_mut(&urn.parse().ok()?)
    }

    fn register(&self, id: NetworkId, name: String, kind: NetworkKind) -> Events {
        if self.id.is_some() {
            return Err(Rejection::AlreadyRegistered);
        }
        Ok(vec![
            NetworkRegistered {
                name,
                kind: kind.into(),
                network_id: id.into(),
            }
            .into(),
        ])
    }

    fn rename(&self, name: String) -> Vec<NetworkEvent> {
        if name == self.name {
            Vec::new()
        } else {
            vec![NetworkRenamed { name }.into()]
        }
    }

    fn join(&self, urn: Urn, closed_on: Option<NaiveDate>, on: NaiveDate) -> Events {
        if let Some(closed_on) = closed_on.filter(|closed_on| *closed_on < on) {
            return Err(Rejection::SchoolClosed { urn, closed_on });
        }
        match self.members.get(&urn) {
            None => Ok(vec![
                SchoolJoinedNetwork {
                    urn: urn.into(),
                    on: on.to_string(),
                }
                .into(),
            ]),
            Some(member) if member.joined_on == on => Ok(Vec::new()),
            Some(member) => Err(Rejection::AlreadyMember {
                urn,
                joined_on: member.joined_on,
            }),
        }
    }

    fn leave(&self, urn: Urn, on: NaiveDate) -> Events {
        let member = self.member(urn, on)?;
        let mut events = Vec::new();
        if let Some(Consent { trust, from_on }) = member.consent {
            // The consent holds to the last day in the network.
            let from = on.succ_opt().unwrap_or(on).max(from_on);
            events.push(withdrawn(urn, trust, from));
        }
        events.push(
            SchoolLeftNetwork {
                urn: urn.into(),
                on: on.to_string(),
            }
            .into(),
        );
        Ok(events)
    }

    fn give_consent(&self, urn: Urn, trust: Option<TrustId>, on: NaiveDate) -> Events {
        let trust = trust.ok_or(Rejection::InNoTrust(urn))?;
        let member = self.member(urn, on)?;
        match member.consent {
            Some(consent) if consent.trust == trust => Ok(Vec::new()),
            _ => Ok(vec![
                NetworkConsentGiven {
                    urn: urn.into(),
                    trust_id: trust.into(),
                    on: on.to_string(),
                }
                .into(),
            ]),
        }
    }

    fn withdraw_consent(&self, urn: Urn, trust: Option<TrustId>, on: NaiveDate) -> Events {
        let trust = trust.ok_or(Rejection::InNoTrust(urn))?;
        let member = self.member(urn, on)?;
        let consent = member
            .consent
            .filter(|consent| consent.trust == trust)
            .ok_or(Rejection::NoConsent(urn))?;
        if on < consent.from_on {
            return Err(Rejection::WithdrawnBeforeGiven {
                urn,
                from_on: consent.from_on,
            });
        }
        Ok(vec![withdrawn(urn, trust, on)])
    }

    fn end_consents(&self, consents: &[EndedConsent]) -> Vec<NetworkEvent> {
        let mut events = Vec::new();
        for EndedConsent { urn, trust, on } in consents {
            let given = self.members.get(urn).and_then(|member| member.consent);
            if let Some(consent) = given.filter(|given| given.trust == *trust) {
                events.push(withdrawn(*urn, *trust, (*on).max(consent.from_on)));
            }
        }
        events
    }

    fn member(&self, urn: Urn, on: NaiveDate) -> Result<Member, Rejection> {
        let member = self.members.get(&urn).ok_or(Rejection::NotMember(urn))?;
        if on < member.joined_on {
            return Err(Rejection::BeforeJoined {
                urn,
                joined_on: member.joined_on,
            });
        }
        Ok(*member)
    }
}

fn withdrawn(urn: Urn, trust: TrustId, on: NaiveDate) -> NetworkEvent {
    NetworkConsentWithdrawn {
        urn: urn.into(),
        trust_id: trust.into(),
        on: on.to_string(),
    }
    .into()
}

#[cfg(test)]
mod tests;
