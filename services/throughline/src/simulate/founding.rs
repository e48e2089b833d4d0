//! How it begins: a trust and its people, its schools, what it offers, and a network of schools.

use api::{
    common::v1::{CareerStage, RoleGroup, Sealed},
    directory::v1::{NetworkKind, Role},
    ids::{EmploymentId, PersonId, TrustId, derived},
};
use catalogue_service::activity::{self, Activity};
use directory_service::{
    network as networks,
    person::{self, Granting, Newcomer, Offer, Scope, Terms},
    school as schools, trust as trusts,
};
use identity::Actor;

use super::{
    offering::{course, offered},
    school::{School, moment, september},
    scribe::Stream,
};
use crate::demo::{staff::name, words};

/// Who keeps the directory.
fn operator() -> Actor {
    Actor::operator("simulation", None)
}

impl School {
    /// The first school speaks for its trust.
    pub(super) fn found_trust(&mut self) -> anyhow::Result<()> {
        let trust = self.trust.clone();
        let register = trusts::Command::Register {
            id: trust.id,
            identity: trusts::Identity {
                name: trust.name.clone(),
                ..Default::default()
            },
        };
        self.scribe
            .tell(&mut Stream::<trusts::Trust>::new(trust.id), operator(), register)?;
        self.central(
            trust.leader,
            "Chief executive",
            Role::TrustLeader,
            Scope::Trust(trust.id),
        )?;
        self.central(
            trust.hr,
            "Director of human resources",
            Role::TrustHr,
            Scope::Trust(trust.id),
        )?;
        for (focus, _) in &trust.courses {
            let (id, offer) = course(trust.id, focus);
            let publish = activity::Command::Publish {
                trust: trust.id,
                urn: None,
                offer,
            };
            let leader = Actor::person(trust.leader, trust.id);
            self.scribe.tell(&mut Stream::<Activity>::new(id), leader, publish)?;
        }
        if trust.network.is_some() {
            self.put(september(trust.first_year), 6, 0, |school| school.found_network());
        }
        Ok(())
    }

    /// Somebody of the trust's central team.
    fn central(&mut self, id: PersonId, job_title: &str, role: Role, scope: Scope) -> anyhow::Result<()> {
        let on = self.scribe.today();
        let (given_name, family_name) = name(&mut self.scribe.rng);
        self.central_names.push((id, format!("{given_name} {family_name}")));
        let newcomer = Newcomer {
            id,
            trust: self.trust.id,
            given_name: Sealed::about(id, given_name),
            family_name: Sealed::about(id, family_name),
            career_stage: CareerStage::Unspecified,
            first_post: Some(Offer {
                employment: EmploymentId(derived("employment", &id.to_string())),
                place: None,
                terms: Terms {
                    school: None,
                    role_group: RoleGroup::Leadership,
                    job_title: job_title.to_owned(),
                    fte_percent: 100,
                    from_on: on,
                },
            }),
            line_manager: None,
            appraiser: None,
            on,
        };
        let mut stream = Stream::<person::Person>::new(id);
        self.scribe
            .tell(&mut stream, operator(), person::Command::Add(Box::new(newcomer)))?;
        let granting = Granting {
            role,
            scope,
            place: None,
            by_network_lead: false,
            from_on: on,
        };
        self.scribe
            .tell(&mut stream, operator(), person::Command::GrantRole(granting))?;
        Ok(())
    }

    /// A school begins: it belongs to its trust, its staff take up their posts, and it says what it offers.
    pub(super) fn open(&mut self) -> anyhow::Result<()> {
        let urn = self.place.urn;
        let imported = schools::Imported {
            urn,
            details: self.place.details.clone(),
            trust: Some(self.trust.id),
            joined_on: Some(self.scribe.today()),
            closed_on: None,
        };
        let import = schools::Command::Import(Box::new(imported));
        let mut stream = Stream::<schools::School>::new(urn.stream_id());
        self.scribe.tell(&mut stream, operator(), import)?;
        self.employ_all()?;
        self.publish_own()
    }

    /// Schools take part, and their trusts consent.
    fn found_network(&mut self) -> anyhow::Result<()> {
        let trust = self.trust.clone();
        let Some(network) = &trust.network else { return Ok(()) };
        let on = self.scribe.today();
        self.scribe.go_on_to(moment(on, 6, 30));
        let mut stream = Stream::<networks::Network>::new(network.id);
        let register = networks::Command::Register {
            id: network.id,
            name: "The Learning Network".to_owned(),
            kind: NetworkKind::Region,
        };
        self.scribe.tell(&mut stream, operator(), register)?;
        for (urn, trust, leader) in network.members.iter().copied() {
            let join = networks::Command::Join {
                urn,
                closed_on: None,
                on,
            };
            self.scribe.tell(&mut stream, operator(), join)?;
            let consent = networks::Command::GiveConsent {
                urn,
                trust: Some(trust),
                on,
            };
            self.scribe.tell(&mut stream, Actor::person(leader, trust), consent)?;
        }
        self.central(
            network.lead,
            "Director of a network",
            Role::NetworkLead,
            Scope::Network(network.id),
        )
    }
}

/// The trust's courses, one about each focus.
pub(super) fn courses(trust: TrustId) -> Vec<(&'static str, catalogue_service::session::OfferedActivity)> {
    let focuses = words::FOCUS_AREAS.into_iter().chain([words::RISING_FOCUS]);
    focuses
        .map(|focus| {
            let (id, offer) = course(trust, focus);
            (focus, offered(id, trust, None, &offer))
        })
        .collect()
}
