//! People and their posts.

mod plans;
mod show;

use api::{
    directory::v1::{self as pb, IdentifierScheme, person_service_server::PersonService},
    ids::{PersonId, TrustId, Urn},
};
use identity::{Action, Principal, Record, access::Kind, keys::ERASED};
use service::{Error, Violations};
use tonic::{Request, Response, Status};

use self::plans as plan;
use super::{Directory, scope, today};
use crate::{
    identifier::{self, Identifier},
    person::Person,
};

#[tonic::async_trait]
impl PersonService for Directory {
    async fn add_person(
        &self,
        request: Request<pb::AddPersonRequest>,
    ) -> Result<Response<pb::AddPersonResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.add_person_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn correct_person(
        &self,
        request: Request<pb::CorrectPersonRequest>,
    ) -> Result<Response<pb::CorrectPersonResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::correct_person(&call);
        self.commands.run(call, plan).await
    }

    async fn set_career_stage(
        &self,
        request: Request<pb::SetCareerStageRequest>,
    ) -> Result<Response<pb::SetCareerStageResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::set_career_stage(&call);
        self.commands.run(call, plan).await
    }

    async fn start_employment(
        &self,
        request: Request<pb::StartEmploymentRequest>,
    ) -> Result<Response<pb::StartEmploymentResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.start_employment_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn change_employment(
        &self,
        request: Request<pb::ChangeEmploymentRequest>,
    ) -> Result<Response<pb::ChangeEmploymentResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.change_employment_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn end_employment(
        &self,
        request: Request<pb::EndEmploymentRequest>,
    ) -> Result<Response<pb::EndEmploymentResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::end_employment(&call);
        self.commands.run(call, plan).await
    }

    async fn move_person(
        &self,
        request: Request<pb::MovePersonRequest>,
    ) -> Result<Response<pb::MovePersonResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.move_person_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn start_long_leave(
        &self,
        request: Request<pb::StartLongLeaveRequest>,
    ) -> Result<Response<pb::StartLongLeaveResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::start_long_leave(&call);
        self.commands.run(call, plan).await
    }

    async fn end_long_leave(
        &self,
        request: Request<pb::EndLongLeaveRequest>,
    ) -> Result<Response<pb::EndLongLeaveResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::end_long_leave(&call);
        self.commands.run(call, plan).await
    }

    async fn assign_line_manager(
        &self,
        request: Request<pb::AssignLineManagerRequest>,
    ) -> Result<Response<pb::AssignLineManagerResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.assign_line_manager_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn assign_appraiser(
        &self,
        request: Request<pb::AssignAppraiserRequest>,
    ) -> Result<Response<pb::AssignAppraiserResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.assign_appraiser_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn grant_role(
        &self,
        request: Request<pb::GrantRoleRequest>,
    ) -> Result<Response<pb::GrantRoleResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.grant_role_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn revoke_role(
        &self,
        request: Request<pb::RevokeRoleRequest>,
    ) -> Result<Response<pb::RevokeRoleResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::revoke_role(&call);
        self.commands.run(call, plan).await
    }

    async fn link_identifier(
        &self,
        request: Request<pb::LinkIdentifierRequest>,
    ) -> Result<Response<pb::LinkIdentifierResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.link_identifier_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn unlink_identifier(
        &self,
        request: Request<pb::UnlinkIdentifierRequest>,
    ) -> Result<Response<pb::UnlinkIdentifierResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.unlink_identifier_plan(&call).await;
        self.commands.run(call, plan).await
    }

    /// The key is destroyed before the answer is given; asking again with the same request id completes what failed.
    async fn erase_person(
        &self,
        request: Request<pb::ErasePersonRequest>,
    ) -> Result<Response<pb::ErasePersonResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let person = call.message.person_id.clone();
        let plan = self.erase_person_plan(&call).await;
        let answer = self.commands.run(call, plan).await?;
        let id = person.parse::<PersonId>().map_err(Error::internal)?;
        let loaded = self.commands.get::<Person>(id).await?;
        self.commands
            .keys()
            .destroy(loaded.trust_id, id.0)
            .await
            .map_err(Error::from)?;
        Ok(answer)
    }

    async fn get_person(
        &self,
        request: Request<pb::GetPersonRequest>,
    ) -> Result<Response<pb::GetPersonResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let id = violations.id::<PersonId>("person_id", &query.message.person_id);
        let (id,) = violations.all((id,))?;
        let loaded = self.commands.get::<Person>(id).await?;
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &loaded.state.directory_entry())
            .await?;
        let person = self.show_people(&query.actor, vec![loaded]).await?.pop();
        Ok(Response::new(pb::GetPersonResponse { person }))
    }

    async fn who_am_i(&self, request: Request<pb::WhoAmIRequest>) -> Result<Response<pb::WhoAmIResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let person = match query.actor.principal {
            Principal::Person(id) => {
                let loaded = self.commands.get::<Person>(id).await?;
                self.show_people(&query.actor, vec![loaded]).await?.pop()
            }
            Principal::Operator | Principal::System(_) => None,
        };
        let operator = query.actor.principal == Principal::Operator;
        Ok(Response::new(pb::WhoAmIResponse { person, operator }))
    }

    /// Import accounts may find whom an identifier leads to without being shown their name.
    async fn find_person(
        &self,
        request: Request<pb::FindPersonRequest>,
    ) -> Result<Response<pb::FindPersonResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let trust = violations.id::<TrustId>("trust_id", &query.message.trust_id);
        let scheme = violations.choice::<IdentifierScheme>("scheme", query.message.scheme);
        let value = violations.text("value", &query.message.value, plan::LONGEST_IDENTIFIER);
        let (trust, scheme, value) = violations.all((trust, scheme, value))?;
        self.commands
            .gate()
            .authorise(&query.actor, Action::Find, &Record::new(Kind::Person, trust))
            .await?;
        let digest = self.commands.keys().digest(scheme, &value).await.map_err(Error::from)?;
        let claim = self
            .commands
            .load::<Identifier>(identifier::stream_id(trust, scheme, &digest))
            .await?;
        let owner = claim.and_then(|claim| claim.state.owner());
        let nobody = || Error::not_found("person", "with this identifier");
        let loaded = self.commands.get::<Person>(owner.ok_or_else(nobody)?).await?;
        if loaded.state.trust() != Some(trust) {
            return Err(nobody().into());
        }
        let named = self
            .commands
            .gate()
            .access()
            .check(&query.actor, Action::Read, &loaded.state.directory_entry());
        let mut person = self.show_people(&query.actor, vec![loaded]).await?.pop();
        if let Some(person) = person
            .as_mut()
            .filter(|person| !named.permitted && person.given_name != ERASED)
        {
            person.given_name.clear();
            person.family_name.clear();
        }
        Ok(Response::new(pb::FindPersonResponse { person }))
    }

    async fn list_people(
        &self,
        request: Request<pb::ListPeopleRequest>,
    ) -> Result<Response<pb::ListPeopleResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let asked = &query.message;
        let mut violations = Violations::new();
        let trust = violations.id::<TrustId>("trust_id", &asked.trust_id);
        let urn = violations.optional_id::<Urn>("urn", &asked.urn);
        let (trust, urn) = violations.all((trust, urn))?;
        let parameters = pb::ListPeopleRequest {
            page_size: 0,
            page_token: String::new(),
            ..asked.clone()
        };
        let scope = scope("ListPeople", &query.actor, &parameters);
        let page = self
            .pager
            .page::<uuid::Uuid>(&scope, asked.page_size, &asked.page_token)?;
        let record = Record::new(Kind::Person, trust).at(urn);
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        let mut ids = self
            .find_people(trust, urn, asked.include_left, page.after, page.limit())
            .await?;
        let next_page_token = self.pager.cut(&scope, &page, &mut ids, |id| id.0)?;
        let mut loaded = Vec::with_capacity(ids.len());
        for id in ids {
            loaded.push(self.commands.get::<Person>(id).await?);
        }
        let people = self.show_people(&query.actor, loaded).await?;
        Ok(Response::new(pb::ListPeopleResponse {
            people,
            next_page_token,
        }))
    }
}

impl Directory {
    /// In the order in which they were added.
    async fn find_people(
        &self,
        trust: TrustId,
        urn: Option<Urn>,
        include_left: bool,
        after: Option<uuid::Uuid>,
        limit: i64,
    ) -> Result<Vec<PersonId>, Error> {
        let today = today();
        let register = self.roster().await?.read();
        let passed = after.and_then(|after| register.people_of(trust).position(|person| person.id.0 == after));
        let wanted = |person: &&identity::roster::Person| {
            let goes_on = |until: Option<chrono::NaiveDate>| include_left || until.is_none_or(|until| today <= until);
            let there = |urn| {
                person
                    .posts
                    .iter()
                    .any(|post| post.school == Some(urn) && goes_on(post.until))
            };
            (include_left || !person.left(today) && !person.erased) && urn.is_none_or(there)
        };
        let found = register
            .people_of(trust)
            .skip(passed.map_or(0, |last| last + 1))
            .filter(wanted);
        Ok(found
            .map(|person| person.id)
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .collect())
    }
}
