//! Partnerships over gRPC.

mod plan;
mod reply;

use api::{
    coaching::v1::{self as pb, PartnerCandidate, Situation, partnership_service_server::PartnershipService},
    ids::{PartnershipId, PersonId, Urn},
};
use identity::{Action, Actor, Kind, Record, roster::Person};
use service::{Code, Error, Loaded, Violations, page::Scope};
use tonic::{Request, Response, Status};

use super::{Grpc, caller, focus_areas, one_of, today};
use crate::{
    chooser,
    index::{ActivityOf, LATEST},
    partnership::{Load, Partnership},
};

/// Candidates that a recommendation names at the most.
const MOST_CANDIDATES: usize = 20;

#[tonic::async_trait]
impl PartnershipService for Grpc {
    async fn propose_partnership(
        &self,
        request: Request<pb::ProposePartnershipRequest>,
    ) -> Result<Response<pb::ProposePartnershipResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::propose(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn accept_partnership(
        &self,
        request: Request<pb::AcceptPartnershipRequest>,
    ) -> Result<Response<pb::AcceptPartnershipResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::accept(&call);
        self.commands.run(call, plan).await
    }

    async fn agree_partnership(
        &self,
        request: Request<pb::AgreePartnershipRequest>,
    ) -> Result<Response<pb::AgreePartnershipResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::agree(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn decline_partnership(
        &self,
        request: Request<pb::DeclinePartnershipRequest>,
    ) -> Result<Response<pb::DeclinePartnershipResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::decline(&call);
        self.commands.run(call, plan).await
    }

    async fn plan_coaching_session(
        &self,
        request: Request<pb::PlanCoachingSessionRequest>,
    ) -> Result<Response<pb::PlanCoachingSessionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::plan_session(&call);
        self.commands.run(call, plan).await
    }

    async fn cancel_coaching_session(
        &self,
        request: Request<pb::CancelCoachingSessionRequest>,
    ) -> Result<Response<pb::CancelCoachingSessionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::cancel_session(&call);
        self.commands.run(call, plan).await
    }

    async fn record_coaching_session(
        &self,
        request: Request<pb::RecordCoachingSessionRequest>,
    ) -> Result<Response<pb::RecordCoachingSessionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::record_session(&call);
        self.commands.run(call, plan).await
    }

    async fn draft_log(&self, request: Request<pb::DraftLogRequest>) -> Result<Response<pb::DraftLogResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::draft_log(&call);
        self.commands.run(call, plan).await
    }

    async fn agree_log(&self, request: Request<pb::AgreeLogRequest>) -> Result<Response<pb::AgreeLogResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::agree_log(&call);
        self.commands.run(call, plan).await
    }

    async fn review_partnership(
        &self,
        request: Request<pb::ReviewPartnershipRequest>,
    ) -> Result<Response<pb::ReviewPartnershipResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::review(&call);
        self.commands.run(call, plan).await
    }

    async fn link_partnership(
        &self,
        request: Request<pb::LinkPartnershipRequest>,
    ) -> Result<Response<pb::LinkPartnershipResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::link(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn complete_partnership(
        &self,
        request: Request<pb::CompletePartnershipRequest>,
    ) -> Result<Response<pb::CompletePartnershipResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::complete(&call);
        self.commands.run(call, plan).await
    }

    async fn end_partnership(
        &self,
        request: Request<pb::EndPartnershipRequest>,
    ) -> Result<Response<pb::EndPartnershipResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::end(&call);
        self.commands.run(call, plan).await
    }

    async fn recommend_partnership(
        &self,
        request: Request<pb::RecommendPartnershipRequest>,
    ) -> Result<Response<pb::RecommendPartnershipResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let person_id = violations.optional_id::<PersonId>("person_id", &query.message.person_id);
        let situation = violations.choice::<Situation>("situation", query.message.situation);
        let areas = focus_areas(&mut violations, &query.message.focus_areas);
        let (person_id, situation, areas) = violations.all((person_id, situation, areas))?;
        let person_id = match person_id {
            Some(person_id) => person_id,
            None => caller(&query.actor)?,
        };
        let person = self.person("person_id", person_id).await?;
        let record = Record::new(Kind::CoachingActivity, person.trust)
            .at(person.school_on(today()))
            .about(person_id);
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        let recommended = chooser::recommend(situation).ok_or_else(|| Error::internal("a situation was parsed"))?;
        let candidates = self.candidates(&person, &areas).await?;
        let advice = chooser::advice(
            recommended.kind,
            person.career_stage,
            candidates.len(),
            !areas.is_empty(),
        );
        Ok(Response::new(pb::RecommendPartnershipResponse {
            kind: recommended.kind.into(),
            why: recommended.why.to_owned(),
            advice,
            candidates,
        }))
    }

    async fn get_partnership(
        &self,
        request: Request<pb::GetPartnershipRequest>,
    ) -> Result<Response<pb::GetPartnershipResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let id = violations.id::<PartnershipId>("partnership_id", &query.message.partnership_id);
        let (id,) = violations.all((id,))?;
        let mut loaded = self.commands.get::<Partnership>(id).await?;
        let gate = self.commands.gate();
        let content = loaded.state.as_record(Kind::CoachingLog);
        let partnership = match gate.authorise(&query.actor, Action::Read, &content).await {
            Ok(()) => {
                let keys = self.commands.keys();
                keys.open(loaded.trust_id, &mut loaded.state)
                    .await
                    .map_err(Error::from)?;
                reply::whole(id, &loaded)
            }
            Err(error) if error.code() == Code::PermissionDenied => {
                let activity = loaded.state.as_record(Kind::CoachingActivity);
                gate.authorise(&query.actor, Action::Read, &activity).await?;
                reply::withheld(id, &loaded)
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Response::new(pb::GetPartnershipResponse {
            partnership: Some(partnership),
        }))
    }

    async fn list_coaching_activity(
        &self,
        request: Request<pb::ListCoachingActivityRequest>,
    ) -> Result<Response<pb::ListCoachingActivityResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let message = query.message;
        let mut violations = Violations::new();
        let urn = violations.optional_id::<Urn>("urn", &message.urn);
        let person = violations.optional_id::<PersonId>("person_id", &message.person_id);
        let school = urn.flatten().map(ActivityOf::School);
        let person = person.flatten().map(ActivityOf::Person);
        let of = match violations.is_empty() {
            true => one_of(&mut violations, "urn", school.into_iter().chain(person).collect()),
            false => None,
        };
        let (of,) = violations.all((of,))?;
        let scope = Scope::of(
            "ListCoachingActivity",
            &query.actor.id.to_string(),
            &pb::ListCoachingActivityRequest {
                page_size: 0,
                page_token: String::new(),
                ..message.clone()
            },
        );
        let page = self.pager.page::<i64>(&scope, message.page_size, &message.page_token)?;
        let record = self.activity_record(of).await?;
        let gate = self.commands.gate();
        gate.authorise(&query.actor, Action::Read, &record).await?;
        let before = page.after.unwrap_or(LATEST);
        let mut rows = self.index.activity(of, message.open_only, before, page.limit()).await?;
        let next_page_token = self.pager.cut(&scope, &page, &mut rows, |(_, at)| *at)?;
        let activities = self.permitted(&query.actor, rows).await?;
        Ok(Response::new(pb::ListCoachingActivityResponse {
            activities,
            next_page_token,
        }))
    }
}

impl Grpc {
    /// What a list is of, as access to it depends on it.
    async fn activity_record(&self, of: ActivityOf) -> Result<Record, Error> {
        match of {
            ActivityOf::School(urn) => {
                let school = self.commands.gate().roster().school(urn).await;
                let school = school.map_err(|error| super::at("urn", error))?;
                let trust = school.trust_on(today()).unwrap_or_default();
                Ok(Record::new(Kind::CoachingActivity, trust).at(urn))
            }
            ActivityOf::Person(id) => {
                let person = self.person("person_id", id).await?;
                Ok(Record::new(Kind::CoachingActivity, person.trust)
                    .at(person.school_on(today()))
                    .about(id))
            }
        }
    }

    /// Those of a page that the reader may see, without a word of what was said.
    async fn permitted(
        &self,
        actor: &Actor,
        rows: Vec<(PartnershipId, i64)>,
    ) -> Result<Vec<pb::CoachingActivity>, Error> {
        let mut found: Vec<(PartnershipId, Loaded<Partnership>, Record)> = Vec::with_capacity(rows.len());
        for (id, _) in rows {
            let loaded = self.commands.get::<Partnership>(id).await?;
            let record = loaded.state.as_record(Kind::CoachingActivity);
            found.push((id, loaded, record));
        }
        let gate = self.commands.gate();
        let records = found.iter().map(|(_, _, record)| record);
        let decisions = gate.access().check_many(actor, Action::Read, records);
        let mut decisions = decisions.iter();
        found.retain(|_| decisions.next().is_some_and(|decision| decision.permitted));
        gate.record_reads(actor, found.iter().map(|(_, _, record)| record))
            .await?;
        Ok(found
            .iter()
            .map(|(id, loaded, _)| reply::activity(*id, loaded))
            .collect())
    }

    /// Who coaches any of these, is there, and has room for one more: the least loaded first.
    async fn candidates(&self, person: &Person, areas: &[String]) -> Result<Vec<PartnerCandidate>, Error> {
        if areas.is_empty() {
            return Ok(Vec::new());
        }
        let coaches = self.index.coaches_of(person.trust, areas).await?;
        let ids: Vec<PersonId> = coaches.keys().copied().collect();
        let loads = self.index.loads(&ids).await?;
        let today = today();
        let register = self.commands.gate().roster().read();
        let mut candidates: Vec<PartnerCandidate> = Vec::new();
        for (id, focus_areas) in coaches {
            let Some(coach) = register.person(id).filter(|coach| {
                let there = !coach.left(today) && !coach.erased && !coach.on_leave(today);
                there && coach.id != person.id && coach.trust == person.trust
            }) else {
                continue;
            };
            let load = loads.get(&id).copied().unwrap_or_default();
            let max = register
                .policy_at(coach.trust, coach.school_on(today), today)
                .coaching_load_max;
            if load < max {
                candidates.push(PartnerCandidate {
                    person_id: id.to_string(),
                    urn: coach.school_on(today).map(String::from).unwrap_or_default(),
                    focus_areas,
                    partnership_count: i32::try_from(load).unwrap_or(i32::MAX),
                    room: i32::try_from(max - load).unwrap_or(i32::MAX),
                });
            }
        }
        candidates.sort_by(|one, other| {
            let rank =
                |candidate: &PartnerCandidate| (candidate.partnership_count, usize::MAX - candidate.focus_areas.len());
            rank(one)
                .cmp(&rank(other))
                .then_with(|| one.person_id.cmp(&other.person_id))
        });
        candidates.truncate(MOST_CANDIDATES);
        Ok(candidates)
    }

    /// In how many partnerships coach and coached person coach already.
    async fn load_of(&self, pair: [PersonId; 2]) -> Result<Load, Error> {
        let loads = self.index.loads(&pair).await?;
        let of = |person| loads.get(&person).copied().unwrap_or_default();
        let [coach, coached] = pair;
        Ok(Load {
            coach: of(coach),
            coached: of(coached),
        })
    }
}
