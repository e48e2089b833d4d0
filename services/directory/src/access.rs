//! What each command touches, for the access policies: the action by its name, and the record that it is done to.

use api::ids::{PersonId, TrustId, Urn};
use identity::{Action, Record, access::Kind};
use service::Guarded;

use crate::{
    framework::{self, FocusFramework},
    identifier::{self, Identifier},
    network::{self, Network},
    person::{self, Person},
    policy::{self, Policy},
    reference_set::{self, ReferenceSet},
    school::{self, School},
    trust::{self, Trust},
};

/// Facts that belong to no trust, such as the shared vocabulary.
const NO_TRUST: TrustId = TrustId(uuid::Uuid::nil());

impl Guarded for Trust {
    const NAME: &'static str = "trust";

    fn creates(command: &trust::Command) -> bool {
        matches!(command, trust::Command::Register { .. } | trust::Command::Import { .. })
    }

    fn record(&self, command: &trust::Command) -> (Action, Record) {
        use trust::Command;
        match command {
            Command::Register { id, .. } => (Action::RegisterTrust, Record::new(Kind::Trust, *id)),
            Command::Import { id, .. } => (Action::ImportSchools, Record::new(Kind::Trust, *id)),
            Command::Rename(_) => (Action::RenameTrust, Record::new(Kind::Trust, self.id())),
            Command::SetTermDates(_) => (Action::SetTrustTermDates, Record::new(Kind::Trust, self.id())),
        }
    }
}

impl Guarded for School {
    const NAME: &'static str = "school";

    fn creates(command: &school::Command) -> bool {
        matches!(command, school::Command::Register { .. } | school::Command::Import(_))
    }

    fn record(&self, command: &school::Command) -> (Action, Record) {
        use school::Command;
        let trust = self.trust().map_or(NO_TRUST, |membership| membership.trust);
        let own = || school_record(trust, self.urn());
        match command {
            Command::Register { urn, .. } => (Action::RegisterSchool, school_record(NO_TRUST, Some(*urn))),
            Command::CorrectDetails(_) => (Action::CorrectSchoolDetails, own()),
            // It is the trust that takes the school in: one that is in another is refused by the rules.
            Command::JoinTrust { trust, .. } => (Action::JoinTrust, school_record(*trust, self.urn())),
            Command::LeaveTrust { .. } => (Action::LeaveTrust, own()),
            Command::LinkPredecessor { .. } => (Action::LinkPredecessor, own()),
            Command::SetTermDates(_) => (Action::SetSchoolTermDates, own()),
            Command::Close { .. } => (Action::CloseSchool, own()),
            // One import reaches into many trusts, and so belongs to none.
            Command::Import(imported) => (Action::ImportSchools, school_record(NO_TRUST, Some(imported.urn))),
        }
    }
}

fn school_record(trust: TrustId, urn: Option<Urn>) -> Record {
    Record::new(Kind::School, trust).at(urn)
}

impl Guarded for Network {
    const NAME: &'static str = "network";

    fn creates(command: &network::Command) -> bool {
        matches!(command, network::Command::Register { .. })
    }

    fn record(&self, command: &network::Command) -> (Action, Record) {
        use network::Command;
        let of = |trust: TrustId| {
            let record = Record::new(Kind::Network, trust);
            match self.id() {
                Some(id) => record.of_network(id),
                None => record,
            }
        };
        match command {
            Command::Register { id, .. } => (
                Action::RegisterNetwork,
                Record::new(Kind::Network, NO_TRUST).of_network(*id),
            ),
            Command::Rename(_) => (Action::RenameNetwork, of(NO_TRUST)),
            Command::Join { .. } => (Action::JoinNetwork, of(NO_TRUST)),
            Command::Leave { .. } => (Action::LeaveNetwork, of(NO_TRUST)),
            Command::GiveConsent { trust, .. } => (Action::GiveNetworkConsent, of(trust.unwrap_or(NO_TRUST))),
            Command::WithdrawConsent { trust, .. } => (Action::WithdrawNetworkConsent, of(trust.unwrap_or(NO_TRUST))),
            // A consequence of the school leaving: whoever may record that may record this.
            Command::EndConsents(consents) => {
                let trust = consents.first().map_or(NO_TRUST, |consent| consent.trust);
                (Action::LeaveTrust, Record::new(Kind::School, trust))
            }
        }
    }
}

impl Guarded for Person {
    const NAME: &'static str = "person";

    fn creates(command: &person::Command) -> bool {
        matches!(command, person::Command::Add(_))
    }

    fn record(&self, command: &person::Command) -> (Action, Record) {
        use person::Command;
        let action = match command {
            Command::Add(newcomer) => {
                let school = newcomer.first_post.as_ref().and_then(|offer| offer.terms.school);
                return (Action::AddPerson, person_record(newcomer.trust, newcomer.id).at(school));
            }
            Command::Correct { .. } => Action::CorrectPerson,
            Command::SetCareerStage { .. } => Action::SetCareerStage,
            Command::StartEmployment(_) => Action::StartEmployment,
            Command::ChangeEmployment(_) => Action::ChangeEmployment,
            Command::EndEmployment { .. } => Action::EndEmployment,
            Command::Move { .. } => Action::MovePerson,
            Command::StartLeave(_) => Action::StartLongLeave,
            Command::EndLeave { .. } => Action::EndLongLeave,
            Command::AssignLineManager { .. } => Action::AssignLineManager,
            Command::AssignAppraiser { .. } => Action::AssignAppraiser,
            Command::GrantRole(_) => Action::GrantRole,
            Command::RevokeRole { .. } => Action::RevokeRole,
            Command::LinkIdentifier(_) => Action::LinkIdentifier,
            Command::UnlinkIdentifier { .. } => Action::UnlinkIdentifier,
            Command::Erase { .. } => Action::ErasePerson,
        };
        (action, self.directory_entry())
    }
}

impl Person {
    /// Their entry as access to it depends on it, at the school of the post with most hours.
    pub fn directory_entry(&self) -> Record {
        let trust = self.trust().unwrap_or(NO_TRUST);
        person_record(trust, self.id()).at(self.posts().main().and_then(|terms| terms.school))
    }
}

fn person_record(trust: TrustId, id: PersonId) -> Record {
    Record::new(Kind::Person, trust).about(id)
}

impl Guarded for Identifier {
    const NAME: &'static str = "identifier";

    fn creates(command: &identifier::Command) -> bool {
        matches!(command, identifier::Command::Claim { .. })
    }

    fn record(&self, command: &identifier::Command) -> (Action, Record) {
        use identifier::Command;
        match command {
            Command::Claim { trust, person, .. } => (Action::LinkIdentifier, person_record(*trust, *person)),
            Command::Release { person } => (
                Action::UnlinkIdentifier,
                person_record(self.trust().unwrap_or(NO_TRUST), *person),
            ),
        }
    }
}

impl Guarded for FocusFramework {
    const NAME: &'static str = "vocabulary";

    fn creates(command: &framework::Command) -> bool {
        matches!(command, framework::Command::Publish(_))
    }

    fn record(&self, command: &framework::Command) -> (Action, Record) {
        use framework::Command;
        let of = |trust: Option<TrustId>| Record::new(Kind::Framework, trust.unwrap_or(NO_TRUST));
        match command {
            Command::Publish(edition) => (Action::PublishFramework, of(edition.trust)),
            Command::SetCrosswalk { .. } => (Action::SetCrosswalk, of(self.trust())),
        }
    }
}

impl Guarded for ReferenceSet {
    const NAME: &'static str = "reference set";

    fn creates(_: &reference_set::Command) -> bool {
        true
    }

    fn record(&self, _: &reference_set::Command) -> (Action, Record) {
        (Action::PublishReference, Record::new(Kind::Framework, NO_TRUST))
    }
}

impl Guarded for Policy {
    const NAME: &'static str = "policy";

    fn creates(_: &policy::Command) -> bool {
        true
    }

    fn record(&self, command: &policy::Command) -> (Action, Record) {
        let policy::Command::Set(setting) = command;
        let school = setting.school.map(|place| place.urn);
        (Action::SetPolicy, Record::new(Kind::Policy, setting.trust).at(school))
    }
}
