//! Trusts.

use api::{
    directory::v1::{self as pb, trust_service_server::TrustService},
    ids::TrustId,
};
use identity::{Action, Record, access::Kind};
use service::{Call, Error, Plan, Violations, parse::SHORT_TEXT};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Directory, scope};
use crate::{
    term_dates::TermDates,
    trust::{Command, Identity, Trust},
};

#[tonic::async_trait]
impl TrustService for Directory {
    async fn register_trust(
        &self,
        request: Request<pb::RegisterTrustRequest>,
    ) -> Result<Response<pb::RegisterTrustResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = register_trust(&call);
        self.commands.run(call, plan).await
    }

    async fn rename_trust(
        &self,
        request: Request<pb::RenameTrustRequest>,
    ) -> Result<Response<pb::RenameTrustResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = rename_trust(&call);
        self.commands.run(call, plan).await
    }

    async fn set_trust_term_dates(
        &self,
        request: Request<pb::SetTrustTermDatesRequest>,
    ) -> Result<Response<pb::SetTrustTermDatesResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = set_trust_term_dates(&call);
        self.commands.run(call, plan).await
    }

    async fn get_trust(&self, request: Request<pb::GetTrustRequest>) -> Result<Response<pb::GetTrustResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let id = violations.id::<TrustId>("trust_id", &query.message.trust_id);
        let (id,) = violations.all((id,))?;
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &Record::new(Kind::Trust, id))
            .await?;
        self.roster().await?;
        Ok(Response::new(pb::GetTrustResponse {
            trust: Some(self.show_trust(id).await?),
        }))
    }

    async fn list_trusts(
        &self,
        request: Request<pb::ListTrustsRequest>,
    ) -> Result<Response<pb::ListTrustsResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let scope = scope("ListTrusts", &query.actor, &pb::ListTrustsRequest::default());
        let page = self
            .pager
            .page::<(String, Uuid)>(&scope, query.message.page_size, &query.message.page_token)?;
        let records = Record::new(Kind::Trust, query.actor.trust.unwrap_or_default());
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &records)
            .await?;
        let mut keys: Vec<(String, Uuid)> = self
            .roster()
            .await?
            .read()
            .trusts()
            .map(|trust| (trust.name.clone(), trust.id.0))
            .collect();
        keys.sort_unstable();
        keys.retain(|key| page.after.as_ref().is_none_or(|after| key > after));
        let next_page_token = self.pager.cut(&scope, &page, &mut keys, Clone::clone)?;
        let mut trusts = Vec::with_capacity(keys.len());
        for (_, id) in keys {
            trusts.push(self.show_trust(id.into()).await?);
        }
        Ok(Response::new(pb::ListTrustsResponse {
            trusts,
            next_page_token,
        }))
    }
}

impl Directory {
    async fn show_trust(&self, id: TrustId) -> Result<pb::Trust, Error> {
        let loaded = self.commands.get::<Trust>(id).await?;
        let school_count = self.commands.gate().roster().read().schools_of(id).count();
        let Identity {
            name,
            group_uid,
            group_id,
            companies_number,
        } = loaded.state.identity();
        Ok(pb::Trust {
            trust_id: id.into(),
            name,
            group_uid,
            group_id,
            companies_number,
            school_count: i32::try_from(school_count).unwrap_or(i32::MAX),
            version: loaded.version.0,
            term_dates: loaded.state.term_dates().map(TermDates::shown).collect(),
        })
    }
}

fn register_trust(call: &Call<pb::RegisterTrustRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.optional_id::<TrustId>("trust_id", &call.message.trust_id);
    let name = violations.text("name", &call.message.name, SHORT_TEXT);
    let mut code = |field, text: &str| {
        let text = text.trim().to_uppercase();
        let right = text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        violations.check(right, field, || "is not right: up to 12 letters and digits".to_owned());
        right.then_some(text)
    };
    let group_uid = code("group_uid", &call.message.group_uid);
    let group_id = code("group_id", &call.message.group_id);
    let companies_number = code("companies_number", &call.message.companies_number);
    let (id, name, group_uid, group_id, companies_number) =
        violations.all((id, name, group_uid, group_id, companies_number))?;
    let identity = Identity {
        name,
        group_uid,
        group_id,
        companies_number,
    };
    let id = id.unwrap_or_else(|| identity.trust_id());
    Ok(Plan::of::<Trust>(id, Command::Register { id, identity }))
}

fn rename_trust(call: &Call<pb::RenameTrustRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<TrustId>("trust_id", &call.message.trust_id);
    let name = violations.text("name", &call.message.name, SHORT_TEXT);
    let (id, name) = violations.all((id, name))?;
    Ok(Plan::of::<Trust>(id, Command::Rename(name)))
}

fn set_trust_term_dates(call: &Call<pb::SetTrustTermDatesRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<TrustId>("trust_id", &call.message.trust_id);
    let dates = TermDates::parse(call.message.cycle, &call.message.half_terms, &mut violations);
    let (id, dates) = violations.all((id, dates))?;
    Ok(Plan::of::<Trust>(id, Command::SetTermDates(dates)))
}
