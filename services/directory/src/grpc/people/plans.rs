//! Requests about people → what they ask for.

use api::{
    common::v1::{CareerStage, RoleGroup, Sealed},
    directory::v1::{self as pb, Employment, EmploymentEnd, IdentifierScheme, LeaveKind, Role, RoleScope},
    ids::{EmploymentId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::roster;
use service::{Call, Error, Plan, Violations};
use uuid::Uuid;

use super::{
    super::{date, optional_date, unknown},
    Directory,
};
use crate::{
    identifier::{self, Identifier},
    person::{self, Colleague, Command, Granting, Leave, Newcomer, Offer, Person, Place, Scope, Terms},
};

/// Most characters of a name.
const LONGEST_NAME: usize = 100;

/// Most characters of another system's identifier: a sign-in is an address and a subject.
pub(super) const LONGEST_IDENTIFIER: usize = 400;

/// Why somebody may be erased.
const REASONS: [&str; 3] = ["subject_request", "retention", "court_order"];

impl Directory {
    pub(super) async fn add_person_plan(&self, call: &Call<pb::AddPersonRequest>) -> Result<Plan, Error> {
        let asked = &call.message;
        let mut violations = Violations::new();
        let id = violations.optional_id::<PersonId>("person_id", &asked.person_id);
        let trust = violations.id::<TrustId>("trust_id", &asked.trust_id);
        let given = violations.text("given_name", &asked.given_name, LONGEST_NAME);
        let family = violations.text("family_name", &asked.family_name, LONGEST_NAME);
        let stage = violations.optional_choice::<CareerStage>("career_stage", asked.career_stage);
        let post = match &asked.employment {
            Some(post) => employment(&mut violations, post, true).map(Some),
            None => Some(None),
        };
        let appraiser = violations.optional_id::<PersonId>("appraiser_id", &asked.appraiser_id);
        let manager = violations.optional_id::<PersonId>("line_manager_id", &asked.line_manager_id);
        let (id, trust, given, family, stage, post, appraiser, manager) =
            violations.all((id, trust, given, family, stage, post, appraiser, manager))?;
        self.roster()
            .await?
            .trust(trust)
            .await
            .map_err(|error| unknown("trust_id", error))?;
        let id = id.unwrap_or_else(|| Uuid::now_v7().into());
        let on = post.as_ref().map_or(call.today(), |(_, terms)| terms.from_on);
        let first_post = match post {
            Some(post) => Some(self.offer(post).await?),
            None => None,
        };
        let newcomer = Newcomer {
            id,
            trust,
            given_name: Sealed::about(id, given),
            family_name: Sealed::about(id, family),
            career_stage: stage.unwrap_or_default(),
            first_post,
            line_manager: self.optional_colleague("line_manager_id", manager, on).await?,
            appraiser: self.optional_colleague("appraiser_id", appraiser, on).await?,
            on,
        };
        Ok(Plan::of::<Person>(id, Command::Add(Box::new(newcomer))))
    }

    pub(super) async fn start_employment_plan(&self, call: &Call<pb::StartEmploymentRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = person_id(&mut violations, &call.message.person_id);
        let post = violations.part("employment", call.message.employment.as_ref());
        let post = post.and_then(|post| employment(&mut violations, post, true));
        let (id, post) = violations.all((id, post))?;
        Ok(Plan::of::<Person>(
            id,
            Command::StartEmployment(self.offer(post).await?),
        ))
    }

    pub(super) async fn change_employment_plan(&self, call: &Call<pb::ChangeEmploymentRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = person_id(&mut violations, &call.message.person_id);
        let post = violations.part("employment", call.message.employment.as_ref());
        let post = post.and_then(|post| employment(&mut violations, post, false));
        let (id, post) = violations.all((id, post))?;
        Ok(Plan::of::<Person>(
            id,
            Command::ChangeEmployment(self.offer(post).await?),
        ))
    }

    pub(super) async fn move_person_plan(&self, call: &Call<pb::MovePersonRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = person_id(&mut violations, &call.message.person_id);
        let employment = violations.id::<EmploymentId>("employment_id", &call.message.employment_id);
        let urn = violations.id::<Urn>("to_urn", &call.message.to_urn);
        let on = date(&mut violations, "on", &call.message.on);
        let (id, employment, urn, on) = violations.all((id, employment, urn, on))?;
        let to = self.place("to_urn", urn, on).await?;
        Ok(Plan::of::<Person>(id, Command::Move { employment, to, on }))
    }

    pub(super) async fn assign_line_manager_plan(
        &self,
        call: &Call<pb::AssignLineManagerRequest>,
    ) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = person_id(&mut violations, &call.message.person_id);
        let manager = violations.id::<PersonId>("line_manager_id", &call.message.line_manager_id);
        let from_on = date(&mut violations, "from_on", &call.message.from_on);
        let (id, manager, from_on) = violations.all((id, manager, from_on))?;
        let manager = self.colleague("line_manager_id", manager, from_on).await?;
        Ok(Plan::of::<Person>(id, Command::AssignLineManager { manager, from_on }))
    }

    pub(super) async fn assign_appraiser_plan(&self, call: &Call<pb::AssignAppraiserRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = person_id(&mut violations, &call.message.person_id);
        let appraiser = violations.id::<PersonId>("appraiser_id", &call.message.appraiser_id);
        let from_on = date(&mut violations, "from_on", &call.message.from_on);
        let (id, appraiser, from_on) = violations.all((id, appraiser, from_on))?;
        let appraiser = self.colleague("appraiser_id", appraiser, from_on).await?;
        Ok(Plan::of::<Person>(id, Command::AssignAppraiser { appraiser, from_on }))
    }

    pub(super) async fn grant_role_plan(&self, call: &Call<pb::GrantRoleRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = person_id(&mut violations, &call.message.person_id);
        let role = violations.choice::<Role>("role", call.message.role);
        let scope = role_scope(&mut violations, call.message.scope.as_ref());
        let from_on = date(&mut violations, "from_on", &call.message.from_on);
        let (id, role, scope, from_on) = violations.all((id, role, scope, from_on))?;
        let mut granting = Granting {
            role,
            scope,
            place: None,
            by_network_lead: false,
            from_on,
        };
        match scope {
            Scope::School(urn) => granting.place = Some(self.place("scope.urn", urn, from_on).await?),
            Scope::Trust(_) => {}
            Scope::Network(network) => {
                let register = self.roster().await?.read();
                if register.network(network).is_none() {
                    return Err(Error::invalid(
                        "scope.network_id",
                        format!("there is no network {network}"),
                    ));
                }
                let actor = call.actor.person_id().and_then(|actor| register.person(actor));
                let there = roster::Scope::Network(network);
                granting.by_network_lead = actor.is_some_and(|actor| actor.has(Role::NetworkLead, there, call.today()));
            }
        }
        Ok(Plan::of::<Person>(id, Command::GrantRole(granting)))
    }

    /// The identifier is claimed together with its link, so that it leads to one person.
    pub(super) async fn link_identifier_plan(&self, call: &Call<pb::LinkIdentifierRequest>) -> Result<Plan, Error> {
        let (id, scheme, value) = identified(&call.message.person_id, call.message.scheme, &call.message.value)?;
        let trust = self.trust_of(id).await?;
        let digest = self.commands.keys().digest(scheme, &value).await?;
        let claim = identifier::stream_id(trust, scheme, &digest);
        let link = person::Identifier {
            scheme,
            digest,
            value: Sealed::about(id, value),
        };
        Ok(Plan::of::<Person>(id, Command::LinkIdentifier(link)).and::<Identifier>(
            claim,
            identifier::Command::Claim {
                trust,
                scheme,
                person: id,
            },
        ))
    }

    pub(super) async fn unlink_identifier_plan(&self, call: &Call<pb::UnlinkIdentifierRequest>) -> Result<Plan, Error> {
        let (id, scheme, value) = identified(&call.message.person_id, call.message.scheme, &call.message.value)?;
        let trust = self.trust_of(id).await?;
        let digest = self.commands.keys().digest(scheme, &value).await?;
        let claim = identifier::stream_id(trust, scheme, &digest);
        Ok(Plan::of::<Person>(id, Command::UnlinkIdentifier { scheme, digest })
            .and::<Identifier>(claim, identifier::Command::Release { person: id }))
    }

    pub(super) async fn erase_person_plan(&self, call: &Call<pb::ErasePersonRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = person_id(&mut violations, &call.message.person_id);
        let reason = call.message.reason.clone();
        violations.check(REASONS.contains(&reason.as_str()), "reason", || {
            format!("is `{reason}`: must be one of {}", REASONS.join(", "))
        });
        let (id,) = violations.all((id,))?;
        let person = self.commands.get::<Person>(id).await?.state;
        let released = person.identifiers().iter().map(|known| known.digest.clone()).collect();
        let mut plan = Plan::of::<Person>(id, Command::Erase { reason, released });
        if let Some(trust) = person.trust() {
            for known in person.identifiers() {
                let claim = identifier::stream_id(trust, known.scheme, &known.digest);
                plan = plan.and::<Identifier>(claim, identifier::Command::Release { person: id });
            }
        }
        Ok(plan)
    }

    async fn offer(&self, (employment, terms): (EmploymentId, Terms)) -> Result<Offer, Error> {
        let place: Option<Place> = match terms.school {
            Some(urn) => Some(self.place("employment.urn", urn, terms.from_on).await?),
            None => None,
        };
        Ok(Offer {
            employment,
            place,
            terms,
        })
    }

    async fn optional_colleague(
        &self,
        field: &str,
        id: Option<PersonId>,
        on: NaiveDate,
    ) -> Result<Option<Colleague>, Error> {
        match id {
            Some(id) => Ok(Some(self.colleague(field, id, on).await?)),
            None => Ok(None),
        }
    }
}

pub(super) fn correct_person(call: &Call<pb::CorrectPersonRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = person_id(&mut violations, &call.message.person_id);
    let given = violations.text("given_name", &call.message.given_name, LONGEST_NAME);
    let family = violations.text("family_name", &call.message.family_name, LONGEST_NAME);
    let (id, given, family) = violations.all((id, given, family))?;
    let (given_name, family_name) = (Sealed::about(id, given), Sealed::about(id, family));
    Ok(Plan::of::<Person>(
        id,
        Command::Correct {
            given_name,
            family_name,
        },
    ))
}

pub(super) fn set_career_stage(call: &Call<pb::SetCareerStageRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = person_id(&mut violations, &call.message.person_id);
    let stage = violations.choice::<CareerStage>("career_stage", call.message.career_stage);
    let from_on = date(&mut violations, "from_on", &call.message.from_on);
    let (id, stage, from_on) = violations.all((id, stage, from_on))?;
    Ok(Plan::of::<Person>(id, Command::SetCareerStage { stage, from_on }))
}

pub(super) fn end_employment(call: &Call<pb::EndEmploymentRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = person_id(&mut violations, &call.message.person_id);
    let employment = violations.id::<EmploymentId>("employment_id", &call.message.employment_id);
    let on = date(&mut violations, "on", &call.message.on);
    let reason = violations.choice::<EmploymentEnd>("reason", call.message.reason);
    let (id, employment, on, reason) = violations.all((id, employment, on, reason))?;
    Ok(Plan::of::<Person>(
        id,
        Command::EndEmployment { employment, on, reason },
    ))
}

pub(super) fn start_long_leave(call: &Call<pb::StartLongLeaveRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = person_id(&mut violations, &call.message.person_id);
    let kind = violations.choice::<LeaveKind>("kind", call.message.kind);
    let from_on = date(&mut violations, "from_on", &call.message.from_on);
    let expected_until = optional_date(&mut violations, "expected_until", &call.message.expected_until);
    let (id, kind, from_on, expected_until) = violations.all((id, kind, from_on, expected_until))?;
    Ok(Plan::of::<Person>(
        id,
        Command::StartLeave(Leave {
            kind,
            from_on,
            expected_until,
        }),
    ))
}

pub(super) fn end_long_leave(call: &Call<pb::EndLongLeaveRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = person_id(&mut violations, &call.message.person_id);
    let on = date(&mut violations, "on", &call.message.on);
    let (id, on) = violations.all((id, on))?;
    Ok(Plan::of::<Person>(id, Command::EndLeave { on }))
}

pub(super) fn revoke_role(call: &Call<pb::RevokeRoleRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = person_id(&mut violations, &call.message.person_id);
    let role = violations.choice::<Role>("role", call.message.role);
    let scope = role_scope(&mut violations, call.message.scope.as_ref());
    let on = date(&mut violations, "on", &call.message.on);
    let (id, role, scope, on) = violations.all((id, role, scope, on))?;
    Ok(Plan::of::<Person>(id, Command::RevokeRole { role, scope, on }))
}

fn person_id(violations: &mut Violations, text: &str) -> Option<PersonId> {
    violations.id::<PersonId>("person_id", text)
}

/// A new post may come without an identifier; one that changes is known by its own.
fn employment(violations: &mut Violations, post: &Employment, new: bool) -> Option<(EmploymentId, Terms)> {
    let id = if new && post.employment_id.is_empty() {
        Some(Uuid::now_v7().into())
    } else {
        violations.id::<EmploymentId>("employment.employment_id", &post.employment_id)
    };
    let school = violations.optional_id::<Urn>("employment.urn", &post.urn);
    let role_group = violations.choice::<RoleGroup>("employment.role_group", post.role_group);
    let job_title = violations.optional_text("employment.job_title", &post.job_title, LONGEST_NAME);
    let fte_percent = violations.number("employment.fte_percent", post.fte_percent, 1..=100);
    let from_on = date(violations, "employment.from_on", &post.from_on);
    let terms = Terms {
        school: school?,
        role_group: role_group?,
        job_title: job_title?.unwrap_or_default(),
        fte_percent: u32::try_from(fte_percent?).ok()?,
        from_on: from_on?,
    };
    Some((id?, terms))
}

fn role_scope(violations: &mut Violations, scope: Option<&RoleScope>) -> Option<Scope> {
    let scope = violations.part("scope", scope)?;
    match (scope.urn.as_str(), scope.trust_id.as_str(), scope.network_id.as_str()) {
        (urn, "", "") if !urn.is_empty() => violations.id("scope.urn", urn).map(Scope::School),
        ("", trust, "") if !trust.is_empty() => violations.id("scope.trust_id", trust).map(Scope::Trust),
        ("", "", network) if !network.is_empty() => violations.id("scope.network_id", network).map(Scope::Network),
        _ => {
            violations.add(
                "scope",
                "must name a school, a trust or a network, and only one of them",
            );
            None
        }
    }
}

/// Somebody, and an identifier of theirs as other systems write it.
fn identified(person: &str, scheme: i32, value: &str) -> Result<(PersonId, IdentifierScheme, String), Error> {
    let mut violations = Violations::new();
    let id = person_id(&mut violations, person);
    let scheme = violations.choice::<IdentifierScheme>("scheme", scheme);
    let value = violations.text("value", value, LONGEST_IDENTIFIER);
    if let (Some(scheme), Some(value)) = (scheme, &value) {
        let right = match scheme {
            IdentifierScheme::Trn => value.len() == 7 && value.bytes().all(|byte| byte.is_ascii_digit()),
            IdentifierScheme::Oidc => value
                .split_once('#')
                .is_some_and(|(issuer, subject)| issuer.starts_with("http") && !subject.is_empty()),
            _ => true,
        };
        violations.check(right, "value", || match scheme {
            IdentifierScheme::Trn => "is not a teacher reference number: seven digits".to_owned(),
            _ => "is not a sign-in such as https://issuer.example#subject".to_owned(),
        });
    }
    violations.all((id, scheme, value))
}
