//! Asks for coaching over gRPC.

use api::{
    coaching::v1::{self as pb, coaching_ask_service_server::CoachingAskService},
    ids::{CoachingAskId, PersonId, Urn},
};
use identity::{Action, Kind, Record};
use service::{Call, Error, Loaded, Plan, Violations, page::Scope};
use tonic::{Request, Response, Status};

use super::{Grpc, caller, one_of, today};
use crate::{
    coaching_ask::{CoachingAsk, Command, Ended, Provide},
    index::{AskCursor, AsksOf},
    recorded::text_of,
};

#[tonic::async_trait]
impl CoachingAskService for Grpc {
    async fn provide_coaching_ask(
        &self,
        request: Request<pb::ProvideCoachingAskRequest>,
    ) -> Result<Response<pb::ProvideCoachingAskResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_provide(&call).await;
        self.commands.run(call, plan).await
    }

    async fn list_coaching_asks(
        &self,
        request: Request<pb::ListCoachingAsksRequest>,
    ) -> Result<Response<pb::ListCoachingAsksResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let message = query.message;
        let mut violations = Violations::new();
        let urn = violations.optional_id::<Urn>("urn", &message.urn);
        let person = violations.optional_id::<PersonId>("person_id", &message.person_id);
        let owner = violations.optional_id::<PersonId>("owner_id", &message.owner_id);
        let choices = [
            urn.flatten().map(AsksOf::School),
            person.flatten().map(AsksOf::Person),
            owner.flatten().map(AsksOf::Owner),
        ];
        let of = match violations.is_empty() {
            true => one_of(&mut violations, "urn", choices.into_iter().flatten().collect()),
            false => None,
        };
        let (of,) = violations.all((of,))?;
        let scope = Scope::of(
            "ListCoachingAsks",
            &query.actor.id.to_string(),
            &pb::ListCoachingAsksRequest {
                page_size: 0,
                page_token: String::new(),
                ..message.clone()
            },
        );
        let page = self
            .pager
            .page::<AskCursor>(&scope, message.page_size, &message.page_token)?;
        let record = self.asks_record(of).await?;
        let gate = self.commands.gate();
        gate.authorise(&query.actor, Action::Read, &record).await?;
        let mut rows = self.index.asks(of, message.open_only, page.after, page.limit()).await?;
        let next_page_token = self.pager.cut(&scope, &page, &mut rows, |row| *row)?;
        let mut found: Vec<(CoachingAskId, Loaded<CoachingAsk>, Record)> = Vec::with_capacity(rows.len());
        for AskCursor { ask, .. } in rows {
            let loaded = self.commands.get::<CoachingAsk>(ask).await?;
            let record = loaded.state.as_record();
            found.push((CoachingAskId(ask), loaded, record));
        }
        let records = found.iter().map(|(_, _, record)| record);
        let decisions = gate.access().check_many(&query.actor, Action::Read, records);
        let mut decisions = decisions.iter();
        found.retain(|_| decisions.next().is_some_and(|decision| decision.permitted));
        gate.record_reads(&query.actor, found.iter().map(|(_, _, record)| record))
            .await?;
        Ok(Response::new(pb::ListCoachingAsksResponse {
            asks: found.iter().map(|(id, loaded, _)| shown(*id, loaded)).collect(),
            next_page_token,
        }))
    }
}

impl Grpc {
    async fn plan_provide(&self, call: &Call<pb::ProvideCoachingAskRequest>) -> Result<Plan, Error> {
        let message = &call.message;
        let mut violations = Violations::new();
        let id = violations.id::<CoachingAskId>("ask_id", &message.ask_id);
        let on = violations.date("on", &message.on);
        let by = violations.optional_id::<PersonId>("provided_by_id", &message.provided_by_id);
        let (id, on, by) = violations.all((id, on, by))?;
        let by = match by {
            Some(by) => {
                let trust = self.commands.get::<CoachingAsk>(id).await?.state.trust;
                self.colleague("provided_by_id", by, trust, on).await?.id
            }
            None => caller(&call.actor)?,
        };
        let provide = Provide {
            on,
            by: Some(by),
            session: None,
        };
        Ok(Plan::of::<CoachingAsk>(id, Command::Provide(provide)))
    }

    /// What a list is of, as access to it depends on it.
    async fn asks_record(&self, of: AsksOf) -> Result<Record, Error> {
        match of {
            AsksOf::School(urn) => {
                let school = self.commands.gate().roster().school(urn).await;
                let school = school.map_err(|error| super::at("urn", error))?;
                let trust = school.trust_on(today()).unwrap_or_default();
                Ok(Record::new(Kind::CoachingAsk, trust).at(urn))
            }
            AsksOf::Person(id) => {
                let person = self.person("person_id", id).await?;
                let record = Record::new(Kind::CoachingAsk, person.trust);
                Ok(record.at(person.school_on(today())).about(id))
            }
            AsksOf::Owner(id) => {
                let owner = self.person("owner_id", id).await?;
                let record = Record::new(Kind::CoachingAsk, owner.trust);
                Ok(record.at(owner.school_on(today())).supported_by(id))
            }
        }
    }
}

fn shown(id: CoachingAskId, loaded: &Loaded<CoachingAsk>) -> pb::CoachingAsk {
    let ask = &loaded.state;
    let opened = ask.opened.clone().unwrap_or_default();
    let provided_on = match ask.ended {
        Some(Ended::Provided { on }) => on.to_string(),
        _ => String::new(),
    };
    pb::CoachingAsk {
        ask_id: id.to_string(),
        follow_up_id: ask.follow_up.to_string(),
        promise_id: ask.promise.to_string(),
        person_id: ask.person.to_string(),
        owner_id: text_of(ask.owner),
        urn: text_of(ask.urn),
        support_kind: opened.support_kind,
        focus_areas: opened.focus_areas,
        purpose: opened.purpose,
        state: ask.stage().into(),
        promised_on: ask.promised_on.to_string(),
        provided_on,
        version: loaded.version.0,
    }
}
