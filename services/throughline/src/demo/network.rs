//! A network of the schools played: they take part, their trusts consent, and somebody leads it.

use anyhow::Context as _;
use api::{
    common::v1::{CareerStage, RoleGroup},
    directory::v1 as directory,
    ids::derived,
};
use chrono::NaiveDate;
use rand::rngs::ChaCha8Rng;
use uuid::Uuid;

use super::{
    CastMember,
    hand::{Hand, Stage, ask},
    staff::{self, Member, Part},
    world::World,
};

const NAME: &str = "The Estuary Network";

/// A network and who leads it.
pub(super) struct Network {
    pub(super) id: Uuid,
    pub(super) lead: Member,
}

struct Joining<'a> {
    hand: Hand<'a>,
}

impl Network {
    pub(super) fn make_up(rng: &mut ChaCha8Rng) -> Self {
        let (given_name, family_name) = staff::name(rng);
        Self {
            id: derived("demo network", "the first"),
            lead: Member {
                id: derived("demo person", "network lead"),
                urn: String::new(),
                given_name,
                family_name,
                part: Part::Support,
                role_group: RoleGroup::Leadership,
                career_stage: CareerStage::Unspecified,
                job_title: "Director of a network".to_owned(),
                fte_percent: 100,
                appraiser_id: None,
            },
        }
    }

    /// Whom a visitor can be, to see what a network sees.
    pub(super) fn cast(&self) -> CastMember {
        CastMember {
            part: "network-lead".to_owned(),
            name: self.lead.name(),
            person_id: self.lead.id,
            what_they_do: format!("leads {NAME}"),
        }
    }

    /// Registers the network; all schools played join it, and their trusts consent.
    pub(super) async fn found(&self, stage: &Stage, worlds: &[World], first_year: i32) -> anyhow::Result<()> {
        let on = NaiveDate::from_ymd_opt(first_year, 9, 4).context("the year is out of range")?;
        let mut joining = Joining {
            hand: Hand::of(stage, self.id),
        };
        ask!(
            joining,
            networks.register_network,
            &stage.operator,
            on,
            directory::RegisterNetworkRequest {
                network_id: self.id.to_string(),
                name: NAME.to_owned(),
                kind: directory::NetworkKind::Region.into(),
            }
        )?;
        for world in worlds {
            for school in &world.schools {
                ask!(
                    joining,
                    networks.join_network,
                    &stage.operator,
                    on,
                    directory::JoinNetworkRequest {
                        network_id: self.id.to_string(),
                        urn: school.urn.clone(),
                        on: on.to_string(),
                    }
                )?;
                ask!(
                    joining,
                    networks.give_network_consent,
                    world.leader.id,
                    on,
                    directory::GiveNetworkConsentRequest {
                        network_id: self.id.to_string(),
                        urn: school.urn.clone(),
                        on: on.to_string(),
                    }
                )?;
            }
        }
        let home = worlds.first().context("no trust was played")?;
        let add = self.lead.add(&home.trust.trust_id, on);
        let added = stage
            .clients
            .people
            .clone()
            .add_person(stage.signed(&stage.operator, add)?)
            .await
            .context("adding who leads the network")?;
        stage.took(&added.into_inner().recorded.unwrap_or_default());
        ask!(
            joining,
            people.grant_role,
            &stage.operator,
            on,
            directory::GrantRoleRequest {
                person_id: self.lead.id.to_string(),
                role: directory::Role::NetworkLead.into(),
                scope: Some(directory::RoleScope {
                    network_id: self.id.to_string(),
                    ..Default::default()
                }),
                from_on: on.to_string(),
            }
        )?;
        Ok(())
    }
}
