//! Schools, and the import that keeps them up to date.

use std::collections::HashSet;

use api::{
    directory::v1::{self as pb, school_service_server::SchoolService},
    ids::{NetworkId, TrustId, Urn},
};
use identity::{Action, Record, access::Kind};
use service::{Call, Error, Plan, Violations};
use tonic::{Request, Response, Status};

use super::{Directory, date, scope, today, unknown};
use crate::{
    details,
    import::{self, Known},
    network::{self, EndedConsent, Network},
    school::{Command, School},
    term_dates::TermDates,
    trust::{Trust, normalised},
};

#[tonic::async_trait]
impl SchoolService for Directory {
    async fn register_school(
        &self,
        request: Request<pb::RegisterSchoolRequest>,
    ) -> Result<Response<pb::RegisterSchoolResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = register_school(&call);
        self.commands.run(call, plan).await
    }

    async fn correct_school_details(
        &self,
        request: Request<pb::CorrectSchoolDetailsRequest>,
    ) -> Result<Response<pb::CorrectSchoolDetailsResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = correct_school_details(&call);
        self.commands.run(call, plan).await
    }

    async fn join_trust(
        &self,
        request: Request<pb::JoinTrustRequest>,
    ) -> Result<Response<pb::JoinTrustResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.join_trust_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn leave_trust(
        &self,
        request: Request<pb::LeaveTrustRequest>,
    ) -> Result<Response<pb::LeaveTrustResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.leave_trust_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn link_predecessor(
        &self,
        request: Request<pb::LinkPredecessorRequest>,
    ) -> Result<Response<pb::LinkPredecessorResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.link_predecessor_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn set_school_term_dates(
        &self,
        request: Request<pb::SetSchoolTermDatesRequest>,
    ) -> Result<Response<pb::SetSchoolTermDatesResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = set_school_term_dates(&call);
        self.commands.run(call, plan).await
    }

    async fn close_school(
        &self,
        request: Request<pb::CloseSchoolRequest>,
    ) -> Result<Response<pb::CloseSchoolResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = close_school(&call);
        self.commands.run(call, plan).await
    }

    async fn import_schools(
        &self,
        request: Request<pb::ImportSchoolsRequest>,
    ) -> Result<Response<pb::ImportSchoolsResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.import_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn get_school(
        &self,
        request: Request<pb::GetSchoolRequest>,
    ) -> Result<Response<pb::GetSchoolResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let urn = violations.id::<Urn>("urn", &query.message.urn);
        let (urn,) = violations.all((urn,))?;
        let record = Record::new(Kind::School, TrustId::default()).at(urn);
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        Ok(Response::new(pb::GetSchoolResponse {
            school: Some(self.show_school(urn).await?),
        }))
    }

    async fn list_schools(
        &self,
        request: Request<pb::ListSchoolsRequest>,
    ) -> Result<Response<pb::ListSchoolsResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let asked = query.message;
        let mut violations = Violations::new();
        let trust = violations.optional_id::<TrustId>("trust_id", &asked.trust_id);
        let network = violations.optional_id::<NetworkId>("network_id", &asked.network_id);
        let (trust, network) = violations.all((trust, network))?;
        let parameters = pb::ListSchoolsRequest {
            page_size: 0,
            page_token: String::new(),
            ..asked.clone()
        };
        let scope = scope("ListSchools", &query.actor, &parameters);
        let page = self.pager.page::<i64>(&scope, asked.page_size, &asked.page_token)?;
        let record = Record::new(Kind::School, trust.unwrap_or_default());
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        let mut urns = self.find_schools(trust, network).await?;
        urns.sort_unstable();
        urns.retain(|urn| page.after.is_none_or(|after| i64::from(*urn) > after));
        let next_page_token = self.pager.cut(&scope, &page, &mut urns, |urn| i64::from(*urn))?;
        let mut schools = Vec::with_capacity(urns.len());
        for urn in urns {
            schools.push(self.show_school(urn).await?);
        }
        Ok(Response::new(pb::ListSchoolsResponse {
            schools,
            next_page_token,
        }))
    }
}

impl Directory {
    async fn find_schools(&self, trust: Option<TrustId>, network: Option<NetworkId>) -> Result<Vec<Urn>, Error> {
        let register = self.roster().await?.read();
        let members: Option<HashSet<Urn>> = match network {
            None => None,
            Some(id) => {
                let network = register.network(id).ok_or_else(|| Error::not_found("network", id))?;
                Some(network.schools_on(today()).collect())
            }
        };
        let wanted = |urn: &Urn| members.as_ref().is_none_or(|members| members.contains(urn));
        let urns = register
            .schools()
            .filter(|school| trust.is_none() || school.trust == trust);
        Ok(urns.map(|school| school.urn).filter(wanted).collect())
    }

    async fn show_school(&self, urn: Urn) -> Result<pb::School, Error> {
        let loaded = self.commands.load::<School>(urn.stream_id()).await?;
        let loaded = loaded.ok_or_else(|| Error::not_found("school", urn))?;
        let school = loaded.state;
        let membership = school.trust();
        Ok(pb::School {
            urn: urn.into(),
            details: Some(school.details().clone()),
            trust_id: membership.map(|membership| membership.trust.into()).unwrap_or_default(),
            predecessor_urns: school.predecessors().iter().map(|urn| String::from(*urn)).collect(),
            closed: school.closed_on().is_some_and(|on| on < today()),
            version: loaded.version.0,
            joined_on: membership
                .map(|membership| membership.since.to_string())
                .unwrap_or_default(),
            closed_on: school.closed_on().map(|on| on.to_string()).unwrap_or_default(),
            term_dates: school.term_dates().map(TermDates::shown).collect(),
        })
    }

    async fn join_trust_plan(&self, call: &Call<pb::JoinTrustRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let urn = violations.id::<Urn>("urn", &call.message.urn);
        let trust = violations.id::<TrustId>("trust_id", &call.message.trust_id);
        let on = date(&mut violations, "on", &call.message.on);
        let (urn, trust, on) = violations.all((urn, trust, on))?;
        self.commands
            .gate()
            .roster()
            .trust(trust)
            .await
            .map_err(|error| unknown("trust_id", error))?;
        Ok(Plan::of::<School>(urn.stream_id(), Command::JoinTrust { trust, on }))
    }

    /// What the trust consented to on the school's behalf ends with its last day there.
    async fn leave_trust_plan(&self, call: &Call<pb::LeaveTrustRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let urn = violations.id::<Urn>("urn", &call.message.urn);
        let on = date(&mut violations, "on", &call.message.on);
        let (urn, on) = violations.all((urn, on))?;
        let mut plan = Plan::of::<School>(urn.stream_id(), Command::LeaveTrust { on });
        let register = self.roster().await?.read();
        if let Some(trust) = register.school(urn).and_then(|school| school.trust) {
            let ended = EndedConsent {
                urn,
                trust,
                on: on.succ_opt().unwrap_or(on),
            };
            let takes_part = |network: &&identity::roster::Network| {
                network
                    .schools_on(on)
                    .chain(network.schools_on(today()))
                    .any(|member| member == urn)
            };
            for network in register.networks().filter(takes_part) {
                plan = plan.and::<Network>(network.id, network::Command::EndConsents(vec![ended]));
            }
        }
        Ok(plan)
    }

    /// An earlier school need not be known here: many closed long ago.
    async fn link_predecessor_plan(&self, call: &Call<pb::LinkPredecessorRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let urn = violations.id::<Urn>("urn", &call.message.urn);
        let predecessor = violations.id::<Urn>("predecessor_urn", &call.message.predecessor_urn);
        let on = date(&mut violations, "on", &call.message.on);
        let (urn, predecessor, on) = violations.all((urn, predecessor, on))?;
        let register = self.roster().await?.read();
        let mut continued: Vec<Urn> = Vec::new();
        let mut next = vec![predecessor];
        while let Some(earlier) = next.pop().and_then(|urn| register.school(urn)) {
            for urn in earlier
                .predecessors
                .iter()
                .filter(|urn| !continued.contains(urn))
                .copied()
                .collect::<Vec<_>>()
            {
                continued.push(urn);
                next.push(urn);
            }
        }
        Ok(Plan::of::<School>(
            urn.stream_id(),
            Command::LinkPredecessor {
                predecessor,
                continued,
                on,
            },
        ))
    }

    async fn import_plan(&self, call: &Call<pb::ImportSchoolsRequest>) -> Result<Plan, Error> {
        let rows = import::parse(&call.message.rows)?;
        let named: HashSet<String> = rows
            .iter()
            .filter_map(|row| row.trust.as_ref())
            .map(|identity| normalised(&identity.name))
            .collect();
        let mut known = Known::default();
        let mut alike = Vec::new();
        {
            let register = self.roster().await?.read();
            known.trusts.extend(register.trusts().map(|trust| trust.id));
            alike.extend(
                register
                    .trusts()
                    .filter(|trust| named.contains(&normalised(&trust.name)))
                    .map(|trust| trust.id),
            );
            known.schools.extend(
                register
                    .schools()
                    .filter_map(|school| Some((school.urn, school.trust?))),
            );
            for network in register.networks() {
                for urn in network.schools_on(today()) {
                    known.consents.entry(urn).or_default().push(network.id.0);
                }
            }
        }
        alike.sort_unstable();
        for id in alike {
            let identity = self.commands.get::<Trust>(id).await?.state.identity();
            known
                .by_name
                .entry(normalised(&identity.name))
                .or_insert((id, identity.group_uid));
        }
        import::plan(rows, known, call.today())
    }
}

fn register_school(call: &Call<pb::RegisterSchoolRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let urn = violations.id::<Urn>("urn", &call.message.urn);
    let details = details::parse("details", call.message.details.as_ref(), &mut violations);
    let (urn, details) = violations.all((urn, details))?;
    Ok(Plan::of::<School>(urn.stream_id(), Command::Register { urn, details }))
}

fn correct_school_details(call: &Call<pb::CorrectSchoolDetailsRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let urn = violations.id::<Urn>("urn", &call.message.urn);
    let details = details::parse("details", call.message.details.as_ref(), &mut violations);
    let (urn, details) = violations.all((urn, details))?;
    Ok(Plan::of::<School>(urn.stream_id(), Command::CorrectDetails(details)))
}

fn set_school_term_dates(call: &Call<pb::SetSchoolTermDatesRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let urn = violations.id::<Urn>("urn", &call.message.urn);
    let dates = TermDates::parse(call.message.cycle, &call.message.half_terms, &mut violations);
    let (urn, dates) = violations.all((urn, dates))?;
    Ok(Plan::of::<School>(urn.stream_id(), Command::SetTermDates(dates)))
}

fn close_school(call: &Call<pb::CloseSchoolRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let urn = violations.id::<Urn>("urn", &call.message.urn);
    let on = date(&mut violations, "on", &call.message.on);
    let (urn, on) = violations.all((urn, on))?;
    Ok(Plan::of::<School>(urn.stream_id(), Command::Close { on }))
}
