//! Career plans over gRPC: their owner's, and of whom they share a section with.

use api::{
    coaching::v1::{
        self as pb, AimAudience, AimHorizon, CareerAim, CareerSection, career_plan_service_server::CareerPlanService,
    },
    ids::PersonId,
};
use identity::Action;
use service::{Call, Error, Plan, Violations};
use tonic::{Request, Response, Status};

use super::{Grpc, MOST_READERS, TEXT, caller, clear};
use crate::{
    career_plan::{self, CareerPlan, Command, Owner, What},
    recorded::texts_of,
};

#[tonic::async_trait]
impl CareerPlanService for Grpc {
    async fn write_career_section(
        &self,
        request: Request<pb::WriteCareerSectionRequest>,
    ) -> Result<Response<pb::WriteCareerSectionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_career_write(&call).await;
        self.commands.run(call, plan).await
    }

    async fn share_career_section(
        &self,
        request: Request<pb::ShareCareerSectionRequest>,
    ) -> Result<Response<pb::ShareCareerSectionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_career_share(&call).await;
        self.commands.run(call, plan).await
    }

    async fn unshare_career_section(
        &self,
        request: Request<pb::UnshareCareerSectionRequest>,
    ) -> Result<Response<pb::UnshareCareerSectionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_career_unshare(&call).await;
        self.commands.run(call, plan).await
    }

    async fn share_career_aim(
        &self,
        request: Request<pb::ShareCareerAimRequest>,
    ) -> Result<Response<pb::ShareCareerAimResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_career_share_aim(&call).await;
        self.commands.run(call, plan).await
    }

    async fn unshare_career_aim(
        &self,
        request: Request<pb::UnshareCareerAimRequest>,
    ) -> Result<Response<pb::UnshareCareerAimResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_career_unshare_aim(&call).await;
        self.commands.run(call, plan).await
    }

    async fn get_career_plan(
        &self,
        request: Request<pb::GetCareerPlanRequest>,
    ) -> Result<Response<pb::GetCareerPlanResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let person = violations.optional_id::<PersonId>("person_id", &query.message.person_id);
        let (person,) = violations.all((person,))?;
        let person = match person {
            Some(person) => person,
            None => caller(&query.actor)?,
        };
        let own = query.actor.is(person) && query.actor.on_behalf_of.is_none();
        let loaded = self.commands.load::<CareerPlan>(career_plan::id_of(person)).await?;
        let Some(mut loaded) = loaded else {
            return if own { Ok(empty(person)) } else { Err(hidden().into()) };
        };
        let gate = self.commands.gate();
        let mut readable = Vec::new();
        for section in loaded.state.sections.keys() {
            let record = loaded.state.section_record(*section);
            if gate.access().check(&query.actor, Action::Read, &record).permitted {
                readable.push(*section);
            }
        }
        if !own {
            let first = readable.first().ok_or_else(hidden)?;
            gate.authorise(&query.actor, Action::Read, &loaded.state.section_record(*first))
                .await?;
        }
        loaded.state.sections.retain(|section, _| readable.contains(section));
        let keys = self.commands.keys();
        keys.open(loaded.trust_id, &mut loaded.state)
            .await
            .map_err(Error::from)?;
        let plan = &loaded.state;
        let sections = plan.sections.iter().map(|(section, (text, on))| pb::WrittenSection {
            section: (*section).into(),
            text: clear(text.as_ref()),
            on: on.to_string(),
            shared_with_ids: if own {
                texts_of(plan.readers(*section))
            } else {
                Vec::new()
            },
        });
        let aims = plan.aims.iter().filter(|_| own).map(|(aim, shared)| pb::SharedAim {
            aim: (*aim).into(),
            horizon: shared.horizon.into(),
            with: shared.with.into(),
            on: shared.on.to_string(),
        });
        Ok(Response::new(pb::GetCareerPlanResponse {
            career_plan: Some(pb::CareerPlan {
                person_id: person.to_string(),
                sections: sections.collect(),
                aims: aims.collect(),
                version: loaded.version.0,
            }),
        }))
    }
}

fn empty(person: PersonId) -> Response<pb::GetCareerPlanResponse> {
    let person_id = person.to_string();
    Response::new(pb::GetCareerPlanResponse {
        career_plan: Some(pb::CareerPlan {
            person_id,
            ..pb::CareerPlan::default()
        }),
    })
}

/// Says neither that there is a plan, nor that there is none.
fn hidden() -> Error {
    Error::permission_denied("a career plan is its owner's: nothing of this one is shared with you")
}

impl Grpc {
    /// Of the caller's own plan.
    async fn own_plan<M>(&self, call: &Call<M>, what: What) -> Result<Plan, Error> {
        let person = self.person("person_id", caller(&call.actor)?).await?;
        let owner = Owner {
            person: person.id,
            trust: person.trust,
            urn: person.school_on(call.today()),
        };
        Ok(Plan::of::<CareerPlan>(
            career_plan::id_of(person.id),
            Command { owner, what },
        ))
    }

    async fn plan_career_write(&self, call: &Call<pb::WriteCareerSectionRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let section = violations.choice::<CareerSection>("section", call.message.section);
        let text = violations.text("text", &call.message.text, TEXT);
        let (section, text) = violations.all((section, text))?;
        self.own_plan(call, What::Write { section, text }).await
    }

    async fn plan_career_share(&self, call: &Call<pb::ShareCareerSectionRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let section = violations.choice::<CareerSection>("section", call.message.section);
        let with = readers(&mut violations, &call.message.with_ids);
        let (section, with) = violations.all((section, with))?;
        let owner = self.person("person_id", caller(&call.actor)?).await?;
        self.colleagues("with_ids", &with, owner.trust, call.today()).await?;
        self.own_plan(call, What::Share { section, with }).await
    }

    async fn plan_career_unshare(&self, call: &Call<pb::UnshareCareerSectionRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let section = violations.choice::<CareerSection>("section", call.message.section);
        let with = violations.ids::<PersonId>("with_ids", &call.message.with_ids, MOST_READERS);
        let (section, with) = violations.all((section, with))?;
        self.own_plan(call, What::Unshare { section, with }).await
    }

    async fn plan_career_share_aim(&self, call: &Call<pb::ShareCareerAimRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let aim = violations.choice::<CareerAim>("aim", call.message.aim);
        let horizon = violations.choice::<AimHorizon>("horizon", call.message.horizon);
        let with = violations.choice::<AimAudience>("with", call.message.with);
        let (aim, horizon, with) = violations.all((aim, horizon, with))?;
        self.own_plan(call, What::ShareAim { aim, horizon, with }).await
    }

    async fn plan_career_unshare_aim(&self, call: &Call<pb::UnshareCareerAimRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let aim = violations.choice::<CareerAim>("aim", call.message.aim);
        let (aim,) = violations.all((aim,))?;
        self.own_plan(call, What::UnshareAim { aim }).await
    }
}

/// Those with whom a section is shared: at least one.
pub(super) fn readers(violations: &mut Violations, ids: &[String]) -> Option<Vec<PersonId>> {
    violations.check(!ids.is_empty(), "with_ids", || {
        "must have at least one element".to_owned()
    });
    violations.ids::<PersonId>("with_ids", ids, MOST_READERS)
}
