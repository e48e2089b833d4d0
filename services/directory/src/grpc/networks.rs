//! Networks.

use api::{
    directory::v1::{self as pb, network_service_server::NetworkService},
    ids::{NetworkId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::{Action, Record, access::Kind};
use service::{Call, Error, Plan, Violations, parse::SHORT_TEXT};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Directory, date, scope, today, unknown};
use crate::network::{Command, Network};

#[tonic::async_trait]
impl NetworkService for Directory {
    async fn register_network(
        &self,
        request: Request<pb::RegisterNetworkRequest>,
    ) -> Result<Response<pb::RegisterNetworkResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = register_network(&call);
        self.commands.run(call, plan).await
    }

    async fn rename_network(
        &self,
        request: Request<pb::RenameNetworkRequest>,
    ) -> Result<Response<pb::RenameNetworkResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = rename_network(&call);
        self.commands.run(call, plan).await
    }

    async fn join_network(
        &self,
        request: Request<pb::JoinNetworkRequest>,
    ) -> Result<Response<pb::JoinNetworkResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.join_network_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn leave_network(
        &self,
        request: Request<pb::LeaveNetworkRequest>,
    ) -> Result<Response<pb::LeaveNetworkResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = part(&call.message.network_id, &call.message.urn, &call.message.on)
            .map(|(id, urn, on)| Plan::of::<Network>(id, Command::Leave { urn, on }));
        self.commands.run(call, plan).await
    }

    async fn give_network_consent(
        &self,
        request: Request<pb::GiveNetworkConsentRequest>,
    ) -> Result<Response<pb::GiveNetworkConsentResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.give_consent_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn withdraw_network_consent(
        &self,
        request: Request<pb::WithdrawNetworkConsentRequest>,
    ) -> Result<Response<pb::WithdrawNetworkConsentResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.withdraw_consent_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn get_network(
        &self,
        request: Request<pb::GetNetworkRequest>,
    ) -> Result<Response<pb::GetNetworkResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let id = violations.id::<NetworkId>("network_id", &query.message.network_id);
        let (id,) = violations.all((id,))?;
        let record = Record::new(Kind::Network, TrustId::default()).of_network(id);
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        Ok(Response::new(pb::GetNetworkResponse {
            network: Some(self.show_network(id).await?),
        }))
    }

    async fn list_networks(
        &self,
        request: Request<pb::ListNetworksRequest>,
    ) -> Result<Response<pb::ListNetworksResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let scope = scope("ListNetworks", &query.actor, &pb::ListNetworksRequest::default());
        let page = self
            .pager
            .page::<(String, Uuid)>(&scope, query.message.page_size, &query.message.page_token)?;
        let record = Record::new(Kind::Network, TrustId::default());
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        let mut keys: Vec<(String, Uuid)> = self
            .roster()
            .await?
            .read()
            .networks()
            .map(|network| (network.name.clone(), network.id.0))
            .collect();
        keys.sort_unstable();
        keys.retain(|key| page.after.as_ref().is_none_or(|after| key > after));
        let next_page_token = self.pager.cut(&scope, &page, &mut keys, Clone::clone)?;
        let mut networks = Vec::with_capacity(keys.len());
        for (_, id) in keys {
            networks.push(self.show_network(id.into()).await?);
        }
        Ok(Response::new(pb::ListNetworksResponse {
            networks,
            next_page_token,
        }))
    }
}

impl Directory {
    async fn show_network(&self, id: NetworkId) -> Result<pb::Network, Error> {
        let loaded = self.commands.get::<Network>(id).await?;
        let today = today();
        let members = loaded.state.members().map(|(urn, member)| pb::NetworkMember {
            urn: urn.into(),
            joined_on: member.joined_on.to_string(),
            consented: member.consent.is_some_and(|consent| consent.from_on <= today),
        });
        Ok(pb::Network {
            network_id: id.into(),
            name: loaded.state.name().to_owned(),
            kind: loaded.state.kind().into(),
            members: members.collect(),
            version: loaded.version.0,
        })
    }

    async fn join_network_plan(&self, call: &Call<pb::JoinNetworkRequest>) -> Result<Plan, Error> {
        let (id, urn, on) = part(&call.message.network_id, &call.message.urn, &call.message.on)?;
        let closed_on = self.place("urn", urn, on).await?.closed_on;
        Ok(Plan::of::<Network>(id, Command::Join { urn, closed_on, on }))
    }

    async fn give_consent_plan(&self, call: &Call<pb::GiveNetworkConsentRequest>) -> Result<Plan, Error> {
        let (id, urn, on) = part(&call.message.network_id, &call.message.urn, &call.message.on)?;
        let trust = self.deciding_trust(urn).await?;
        Ok(Plan::of::<Network>(id, Command::GiveConsent { urn, trust, on }))
    }

    async fn withdraw_consent_plan(&self, call: &Call<pb::WithdrawNetworkConsentRequest>) -> Result<Plan, Error> {
        let (id, urn, on) = part(&call.message.network_id, &call.message.urn, &call.message.on)?;
        let trust = self.deciding_trust(urn).await?;
        Ok(Plan::of::<Network>(id, Command::WithdrawConsent { urn, trust, on }))
    }

    /// The trust that the school belongs to now: nobody decides for later or earlier ones.
    async fn deciding_trust(&self, urn: Urn) -> Result<Option<TrustId>, Error> {
        let school = self
            .roster()
            .await?
            .school(urn)
            .await
            .map_err(|error| unknown("urn", error))?;
        Ok(school.trust)
    }
}

fn register_network(call: &Call<pb::RegisterNetworkRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.optional_id::<NetworkId>("network_id", &call.message.network_id);
    let name = violations.text("name", &call.message.name, SHORT_TEXT);
    let kind = violations.choice::<pb::NetworkKind>("kind", call.message.kind);
    let (id, name, kind) = violations.all((id, name, kind))?;
    let id = id.unwrap_or_else(|| Uuid::now_v7().into());
    Ok(Plan::of::<Network>(id, Command::Register { id, name, kind }))
}

fn rename_network(call: &Call<pb::RenameNetworkRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<NetworkId>("network_id", &call.message.network_id);
    let name = violations.text("name", &call.message.name, SHORT_TEXT);
    let (id, name) = violations.all((id, name))?;
    Ok(Plan::of::<Network>(id, Command::Rename(name)))
}

/// A school's part in a network, on a day.
fn part(network_id: &str, urn: &str, on: &str) -> Result<(NetworkId, Urn, NaiveDate), Error> {
    let mut violations = Violations::new();
    let id = violations.id::<NetworkId>("network_id", network_id);
    let urn = violations.id::<Urn>("urn", urn);
    let on = date(&mut violations, "on", on);
    violations.all((id, urn, on))
}
