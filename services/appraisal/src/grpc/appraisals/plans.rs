//! What each request asks of an appraisal.

use api::{
    appraisal::v1::{self as pb, ReassignReason},
    ids::{AppraisalId, CycleId, FollowUpId, NeedId, ObjectiveId, PersonId, TrustId},
};
use chrono::NaiveDate;
use identity::roster::Person;
use service::{Call, Error, Guarded as _, Plan, Violations};
use uuid::Uuid;

use super::super::{Grpc, at, drafts};
use crate::{
    appraisal::{self, Appraisal, Command, Conclude, Need, Objectives, Open, Post},
    cycle::{self, Cycle},
    index::Named,
};

const NOTE: usize = 10_000;
const COMMENT: usize = 5_000;
const REASON: usize = 2_000;
const SELF_REVIEW: usize = 20_000;
const CODE: usize = 100;
const MOST_FOLLOW_UPS_OF_EVIDENCE: usize = 20;

impl Grpc {
    pub(super) async fn plan_open(&self, call: &Call<pb::OpenAppraisalRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let cycle_id = violations.id::<CycleId>("cycle_id", &call.message.cycle_id);
        let person_id = violations.id::<PersonId>("person_id", &call.message.person_id);
        let appraiser_id = violations.optional_id::<PersonId>("appraiser_id", &call.message.appraiser_id);
        let (cycle_id, person_id, appraiser_id) = violations.all((cycle_id, person_id, appraiser_id))?;

        let cycle = self.commands.get::<Cycle>(cycle_id).await?.state;
        let terms = cycle.terms.ok_or_else(|| Error::not_found(Cycle::NAME, cycle_id))?;
        let today = call.today();
        let person = self.colleague("person_id", person_id, cycle.trust_id, today).await?;
        let appraiser_id = match appraiser_id {
            Some(named) => Some(self.colleague("appraiser_id", named, cycle.trust_id, today).await?.id),
            None => self.usual_appraiser(&person, cycle.trust_id, today).await?,
        };
        let post = |post: &identity::roster::Post| Post {
            urn: post.school,
            role_group: post.role_group,
        };
        let open = Open {
            cycle_id,
            trust_id: cycle.trust_id,
            terms,
            person_id,
            appraiser_id,
            posts: person.posts_on(today).map(post).collect(),
            away_since: person.on_leave_since(today),
        };
        let admit = cycle::Command::Admit {
            role_groups: open.posts.iter().map(|post| post.role_group).collect(),
            appraisal: Box::new(open.as_record()),
        };
        let appraisal_id = appraisal::id_of(cycle_id, person_id);
        Ok(Plan::of::<Appraisal>(appraisal_id, Command::Open(open)).and::<Cycle>(cycle_id, admit))
    }

    /// Whom the directory names, if they are still there.
    async fn usual_appraiser(
        &self,
        person: &Person,
        trust: TrustId,
        today: NaiveDate,
    ) -> Result<Option<PersonId>, Error> {
        let Some(named) = person.appraiser(today) else {
            return Ok(None);
        };
        let appraiser = self
            .commands
            .gate()
            .roster()
            .person(named)
            .await
            .map_err(|error| at("appraiser_id", error))?;
        let there = appraiser.trust == trust && !appraiser.left(today) && !appraiser.erased;
        Ok(there.then_some(named))
    }

    pub(super) async fn plan_agree_objectives(&self, call: &Call<pb::AgreeObjectivesRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let list = drafts::objectives(&mut violations, &call.message.objectives);
        let (id, on, list) = violations.all((id, on, list))?;
        let named = drafts::named_in(&list);
        self.naming(call, id, Command::AgreeObjectives(Objectives { on, list }), named)
            .await
    }

    pub(super) async fn plan_set_objectives(&self, call: &Call<pb::SetObjectivesRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let list = drafts::objectives(&mut violations, &call.message.objectives);
        let disagreement = violations.text("disagreement", &call.message.disagreement, COMMENT);
        let (id, on, list, disagreement) = violations.all((id, on, list, disagreement))?;
        let named = drafts::named_in(&list);
        let objectives = Objectives { on, list };
        self.naming(
            call,
            id,
            Command::SetObjectives {
                objectives,
                disagreement,
            },
            named,
        )
        .await
    }

    pub(super) async fn plan_record_mid_year_review(
        &self,
        call: &Call<pb::RecordMidYearReviewRequest>,
    ) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let note = violations.optional_text("note", &call.message.note, NOTE);
        let discussion = drafts::discussion(&mut violations, call.message.discussion.as_ref());
        let (id, on, note, discussion) = violations.all((id, on, note, discussion))?;
        let named = drafts::named("discussion.follow_up_ids", &discussion.follow_ups);
        self.naming(call, id, Command::ReviewMidYear { on, note, discussion }, named)
            .await
    }

    pub(super) async fn plan_add_evidence(&self, call: &Call<pb::AddAppraisalEvidenceRequest>) -> Result<Plan, Error> {
        let message = &call.message;
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &message.appraisal_id);
        let objective_id = violations.id::<ObjectiveId>("objective_id", &message.objective_id);
        let note = violations.text("note", &message.note, COMMENT);
        let follow_ups =
            violations.ids::<FollowUpId>("follow_up_ids", &message.follow_up_ids, MOST_FOLLOW_UPS_OF_EVIDENCE);
        let (id, objective_id, note, follow_ups) = violations.all((id, objective_id, note, follow_ups))?;
        let named = drafts::named("follow_up_ids", &follow_ups);
        self.naming(
            call,
            id,
            Command::AddEvidence {
                objective_id,
                note,
                follow_ups,
            },
            named,
        )
        .await
    }

    pub(super) async fn plan_record_self_review(
        &self,
        call: &Call<pb::RecordSelfReviewRequest>,
    ) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let text = violations.text("text", &call.message.text, SELF_REVIEW);
        let (id, on, text) = violations.all((id, on, text))?;
        Ok(Plan::of::<Appraisal>(id, Command::ReviewSelf { on, text }))
    }

    pub(super) async fn plan_conclude(&self, call: &Call<pb::ConcludeAppraisalRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let conclusions = drafts::conclusions(&mut violations, &call.message.conclusions);
        let summary = violations.optional_text("summary", &call.message.summary, NOTE);
        let discussion = drafts::discussion(&mut violations, call.message.discussion.as_ref());
        let parts = (id, on, conclusions, summary, discussion);
        let (id, on, conclusions, summary, discussion) = violations.all(parts)?;
        let named = drafts::named("discussion.follow_up_ids", &discussion.follow_ups);
        let conclude = Conclude {
            on,
            conclusions,
            summary,
            discussion,
        };
        self.naming(call, id, Command::Conclude(conclude), named).await
    }

    pub(super) async fn plan_moderate(&self, call: &Call<pb::ModerateAppraisalRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let note = violations.optional_text("note", &call.message.note, COMMENT);
        let (id, note) = violations.all((id, note))?;
        let upheld = call.message.upheld;
        Ok(Plan::of::<Appraisal>(id, Command::Moderate { upheld, note }))
    }

    pub(super) async fn plan_sign(&self, call: &Call<pb::SignAppraisalRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let (id,) = violations.all((id,))?;
        Ok(Plan::of::<Appraisal>(id, Command::Sign))
    }

    pub(super) async fn plan_close(&self, call: &Call<pb::CloseAppraisalRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let (id, on) = violations.all((id, on))?;
        Ok(Plan::of::<Appraisal>(id, Command::Close { on }))
    }

    pub(super) async fn plan_appeal(&self, call: &Call<pb::AppealAppraisalRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let grounds = violations.text("grounds", &call.message.grounds, NOTE);
        let (id, on, grounds) = violations.all((id, on, grounds))?;
        Ok(Plan::of::<Appraisal>(id, Command::Appeal { on, grounds }))
    }

    pub(super) async fn plan_reopen(&self, call: &Call<pb::ReopenAppraisalRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let reason = violations.text("reason", &call.message.reason, REASON);
        let (id, on, reason) = violations.all((id, on, reason))?;
        Ok(Plan::of::<Appraisal>(id, Command::Reopen { on, reason }))
    }

    pub(super) async fn plan_reassign_appraiser(
        &self,
        call: &Call<pb::ReassignAppraiserRequest>,
    ) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let to = violations.id::<PersonId>("to_id", &call.message.to_id);
        let on = violations.date("on", &call.message.on);
        let reason = violations.choice::<ReassignReason>("reason", call.message.reason);
        let (id, to, on, reason) = violations.all((id, to, on, reason))?;
        let trust = self.commands.get::<Appraisal>(id).await?.trust_id;
        self.colleague("to_id", to, TrustId(trust), call.today()).await?;
        Ok(Plan::of::<Appraisal>(
            id,
            Command::ReassignAppraiser {
                to: Some(to),
                on,
                reason,
            },
        ))
    }

    pub(super) async fn plan_identify_need(&self, call: &Call<pb::IdentifyNeedRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let need_id = violations.optional_id::<NeedId>("need_id", &call.message.need_id);
        let focus_area = violations.text("focus_area", &call.message.focus_area, CODE);
        let objective_id = violations.optional_id::<ObjectiveId>("objective_id", &call.message.objective_id);
        let detail = violations.optional_text("detail", &call.message.detail, REASON);
        let parts = (id, need_id, focus_area, objective_id, detail);
        let (id, need_id, focus_area, objective_id, detail) = violations.all(parts)?;
        let need_id = need_id.unwrap_or_else(|| NeedId(Uuid::now_v7()));
        let need = Need {
            need_id,
            focus_area,
            objective_id,
            detail,
        };
        Ok(Plan::of::<Appraisal>(id, Command::IdentifyNeed(need)))
    }

    /// A command that names follow-ups, which must be the person's own. Whoever may not give the command is not told
    /// which there are.
    async fn naming<M>(
        &self,
        call: &Call<M>,
        id: AppraisalId,
        command: Command,
        named: Vec<Named>,
    ) -> Result<Plan, Error> {
        if !named.is_empty() {
            let appraisal = self.commands.get::<Appraisal>(id).await?.state;
            let (action, record) = appraisal.record(&command);
            self.commands.gate().authorise(&call.actor, action, &record).await?;
            self.index.check_follow_ups(appraisal.person_id(), &named).await?;
        }
        Ok(Plan::of::<Appraisal>(id, command))
    }
}
