//! A trust of two schools with everybody whom a story needs, made anew for each test.

use api::{
    appraisal::v1 as appraisal,
    common::v1::{AtLeast, CareerStage, Purpose, Recorded, RoleGroup, SupportKind},
    directory::v1 as directory,
    observations::v1 as observations,
    projection::v1 as views,
};
use chrono::{DateTime, Days, NaiveDate, TimeZone as _, Utc};
use client::Clients;
use prost_types::Timestamp;
use throughline::tokens::Tokens;
use tonic::Status;
use uuid::Uuid;

use crate::world::{Mode, OPERATOR, PATIENCE, World};

/// Calls `client.method` as somebody; a `request_id` and the time are filled in by [`fresh`].
macro_rules! ask {
    ($cast:expr, $who:expr, $client:ident.$method:ident, $message:expr) => {{
        let request = $cast.tokens.request($who, $message).expect("a token");
        $cast
            .clients
            .$client
            .clone()
            .$method(request)
            .await
            .map(tonic::Response::into_inner)
    }};
}
pub(crate) use ask;

/// A request identifier that nobody has used.
pub(crate) fn fresh() -> String {
    Uuid::new_v4().to_string()
}

/// The afternoon of a day.
pub(crate) fn at(on: &str) -> Option<Timestamp> {
    let instant = Utc.from_utc_datetime(&day(on).and_hms_opt(15, 0, 0).expect("an hour"));
    Some(Timestamp {
        seconds: instant.timestamp(),
        nanos: 0,
    })
}

/// An instant, as the protocol has it.
pub(crate) fn instant(at: DateTime<Utc>) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).expect("below a second"),
    })
}

pub(crate) fn day(on: &str) -> NaiveDate {
    on.parse().expect("an ISO date")
}

/// The machine reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    service::Error::from_status(status).reason().to_owned()
}

/// The fields that a refusal names.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    service::Error::from_status(status)
        .violations()
        .iter()
        .map(|violation| violation.field.clone())
        .collect()
}

/// How long the views may take to have heard of something.
const VIEWS_FOLLOW: std::time::Duration = std::time::Duration::from_secs(10);

/// The trust and its people.
pub(crate) struct Cast {
    pub(crate) world: &'static World,
    pub(crate) clients: Clients,
    pub(crate) tokens: Tokens,
    pub(crate) trust_id: String,
    pub(crate) urn: String,
    pub(crate) other_urn: String,
    pub(crate) trust_leader: Uuid,
    pub(crate) hr: Uuid,
    pub(crate) head: Uuid,
    pub(crate) cpd_lead: Uuid,
    pub(crate) appraiser: Uuid,
    pub(crate) observer: Uuid,
    pub(crate) teacher: Uuid,
    pub(crate) colleague: Uuid,
    pub(crate) assistant: Uuid,
    pub(crate) governor: Uuid,
    pub(crate) other_head: Uuid,
    pub(crate) other_teacher: Uuid,
    /// Put into every text of this cast.
    pub(crate) word: String,
}

impl Cast {
    /// A trust of the shared product of a mode.
    pub(crate) async fn new(mode: Mode) -> Self {
        let world = tokio::task::spawn_blocking(move || World::shared(mode))
            .await
            .expect("the product starts");
        Self::of(world).await
    }

    /// A trust of a product.
    pub(crate) async fn of(world: &'static World) -> Self {
        let (clients, tokens) = (world.clients(), world.tokens());
        // Six digits that no other test of this run takes.
        let urns: Vec<String> = (0..2)
            .map(|_| (100_000 + Uuid::new_v4().as_u128() % 899_999).to_string())
            .collect();
        let word = format!("planted{}", Uuid::new_v4().simple());
        let mut cast = Self {
            world,
            clients,
            tokens,
            trust_id: Uuid::new_v4().to_string(),
            urn: urns[0].clone(),
            other_urn: urns[1].clone(),
            trust_leader: Uuid::new_v4(),
            hr: Uuid::new_v4(),
            head: Uuid::new_v4(),
            cpd_lead: Uuid::new_v4(),
            appraiser: Uuid::new_v4(),
            observer: Uuid::new_v4(),
            teacher: Uuid::new_v4(),
            colleague: Uuid::new_v4(),
            assistant: Uuid::new_v4(),
            governor: Uuid::new_v4(),
            other_head: Uuid::new_v4(),
            other_teacher: Uuid::new_v4(),
            word,
        };
        cast.found().await;
        cast
    }

    async fn found(&mut self) {
        let register = directory::RegisterTrustRequest {
            request_id: fresh(),
            trust_id: self.trust_id.clone(),
            name: "Downland Learning Trust".into(),
            ..Default::default()
        };
        ask!(self, OPERATOR, trusts.register_trust, register).expect("a trust");
        for (urn, name) in [(&self.urn, "Hillcrest School"), (&self.other_urn, "Riverside School")] {
            let register = directory::RegisterSchoolRequest {
                request_id: fresh(),
                urn: urn.clone(),
                details: Some(directory::SchoolDetails {
                    name: name.into(),
                    phase: directory::Phase::Secondary.into(),
                    pupils: Some(900),
                    ..Default::default()
                }),
                ..Default::default()
            };
            ask!(self, OPERATOR, schools.register_school, register).expect("a school");
            let join = directory::JoinTrustRequest {
                request_id: fresh(),
                urn: urn.clone(),
                trust_id: self.trust_id.clone(),
                on: "2020-09-01".into(),
                ..Default::default()
            };
            ask!(self, OPERATOR, schools.join_trust, join).expect("joined");
        }
        use RoleGroup::{ClassroomTeacher, Governor, Leadership, TeachingAssistant};
        let (here, there) = (self.urn.clone(), self.other_urn.clone());
        let nobody = None;
        self.add(self.trust_leader, "", Leadership, nobody).await;
        self.add(self.hr, "", Leadership, nobody).await;
        self.add(self.head, &here, Leadership, Some(self.trust_leader)).await;
        self.add(self.cpd_lead, &here, Leadership, Some(self.head)).await;
        self.add(self.appraiser, &here, Leadership, Some(self.head)).await;
        self.add(self.observer, &here, Leadership, Some(self.head)).await;
        self.add(self.teacher, &here, ClassroomTeacher, Some(self.appraiser))
            .await;
        self.add(self.colleague, &here, ClassroomTeacher, Some(self.appraiser))
            .await;
        self.add(self.assistant, &here, TeachingAssistant, Some(self.appraiser))
            .await;
        self.add(self.governor, &here, Governor, nobody).await;
        self.add(self.other_head, &there, Leadership, Some(self.trust_leader))
            .await;
        self.add(self.other_teacher, &there, ClassroomTeacher, Some(self.other_head))
            .await;

        let everywhere = directory::RoleScope {
            trust_id: self.trust_id.clone(),
            ..Default::default()
        };
        let school = |urn: &String| directory::RoleScope {
            urn: urn.clone(),
            ..Default::default()
        };
        use directory::Role;
        self.grant(self.trust_leader, Role::TrustLeader, everywhere.clone())
            .await;
        self.grant(self.hr, Role::TrustHr, everywhere).await;
        self.grant(self.head, Role::Head, school(&here)).await;
        self.grant(self.cpd_lead, Role::CpdLead, school(&here)).await;
        self.grant(self.observer, Role::SchoolLeader, school(&here)).await;
        self.grant(self.governor, Role::Governor, school(&here)).await;
        self.grant(self.other_head, Role::Head, school(&there)).await;
    }

    /// Adds somebody with their first post, whose names hold the planted word.
    pub(crate) async fn add(&self, id: Uuid, urn: &str, role_group: RoleGroup, appraiser: Option<Uuid>) {
        let add = directory::AddPersonRequest {
            request_id: fresh(),
            occurred_at: at("2023-09-01"),
            person_id: id.to_string(),
            trust_id: self.trust_id.clone(),
            given_name: format!("Given {}", self.word),
            family_name: format!("Family {}", self.word),
            career_stage: CareerStage::Unspecified.into(),
            employment: Some(directory::Employment {
                employment_id: self.employment_of(id),
                urn: urn.to_owned(),
                role_group: role_group.into(),
                job_title: "Staff".into(),
                fte_percent: 100,
                from_on: "2023-09-01".into(),
            }),
            appraiser_id: appraiser.map(|id| id.to_string()).unwrap_or_default(),
            ..Default::default()
        };
        ask!(self, OPERATOR, people.add_person, add).expect("a person");
    }

    /// The identifier of somebody's first post.
    pub(crate) fn employment_of(&self, person: Uuid) -> String {
        api::ids::derived("test employment", &person.to_string()).to_string()
    }

    async fn grant(&self, person: Uuid, role: directory::Role, scope: directory::RoleScope) {
        let grant = directory::GrantRoleRequest {
            request_id: fresh(),
            occurred_at: at("2023-09-01"),
            person_id: person.to_string(),
            role: role.into(),
            scope: Some(scope),
            from_on: "2023-09-01".into(),
            ..Default::default()
        };
        ask!(self, OPERATOR, people.grant_role, grant).expect("a role");
    }

    /// Somebody is observed, feedback is shared and acknowledged. Says which observation it is.
    pub(crate) async fn observed(&self, person: Uuid, on: &str, purpose: Purpose) -> String {
        let id = Uuid::new_v4().to_string();
        let planned = day(on) - Days::new(30);
        let schedule = observations::ScheduleObservationRequest {
            request_id: fresh(),
            occurred_at: at(&planned.to_string()),
            observation_id: id.clone(),
            urn: self.urn.clone(),
            observee_id: person.to_string(),
            observer_ids: vec![self.observer.to_string()],
            kind: observations::ObservationKind::Lesson.into(),
            purpose: purpose.into(),
            on: on.into(),
            minutes: 30,
            focus_areas: vec!["questioning".into()],
            ..Default::default()
        };
        ask!(self, self.observer, observations.schedule_observation, schedule).expect("scheduled");
        let conduct = observations::ConductObservationRequest {
            request_id: fresh(),
            occurred_at: at(on),
            observation_id: id.clone(),
            on: on.into(),
            minutes: 30,
            evidence: format!("Evidence {}", self.word),
            strengths: format!("Strengths {}", self.word),
            descriptors: vec![observations::Descriptor {
                focus_area: "questioning".into(),
                seen: true,
                rating: 0,
            }],
            ..Default::default()
        };
        ask!(self, self.observer, observations.conduct_observation, conduct).expect("conducted");
        let share = observations::ShareFeedbackRequest {
            request_id: fresh(),
            occurred_at: at(on),
            observation_id: id.clone(),
            on: on.into(),
            feedback: format!("Feedback {}", self.word),
            ..Default::default()
        };
        ask!(self, self.observer, observations.share_feedback, share).expect("shared");
        let acknowledge = observations::AcknowledgeFeedbackRequest {
            request_id: fresh(),
            occurred_at: at(on),
            observation_id: id.clone(),
            on: on.into(),
            reflection: format!("Reflection {}", self.word),
            ..Default::default()
        };
        ask!(self, person, observations.acknowledge_feedback, acknowledge).expect("acknowledged");
        id
    }

    /// What both sides agree after an observation.
    pub(crate) fn agreement(
        &self,
        person: Uuid,
        observation: &str,
        on: &str,
        due_on: &str,
    ) -> observations::AgreeFollowUpRequest {
        observations::AgreeFollowUpRequest {
            request_id: fresh(),
            occurred_at: at(on),
            follow_up_id: Uuid::new_v4().to_string(),
            observation_id: observation.to_owned(),
            person_id: person.to_string(),
            owner_id: self.observer.to_string(),
            focus_areas: vec!["questioning".into()],
            action: format!("Action {}", self.word),
            promises: vec![observations::PromisedSupport {
                kind: SupportKind::Coaching.into(),
                detail: format!("Support {}", self.word),
                ..Default::default()
            }],
            agreed_on: on.into(),
            due_on: due_on.into(),
            ..Default::default()
        }
    }

    /// Agrees a follow-up, and says which.
    pub(crate) async fn agreed(&self, person: Uuid, observation: &str, on: &str, due_on: &str) -> String {
        let agree = self.agreement(person, observation, on, due_on);
        let id = agree.follow_up_id.clone();
        ask!(self, self.observer, follow_ups.agree_follow_up, agree).expect("agreed");
        id
    }

    /// Its person lets their appraisal see it.
    pub(crate) async fn promoted(&self, follow_up: &str, on: &str) {
        let promote = observations::PromoteFollowUpRequest {
            request_id: fresh(),
            occurred_at: at(on),
            follow_up_id: follow_up.to_owned(),
            on: on.into(),
            ..Default::default()
        };
        ask!(self, self.teacher, follow_ups.promote_follow_up, promote).expect("promoted");
    }

    /// Opens the teacher's appraisal of a year with three objectives, the first built on these follow-ups.
    pub(crate) async fn appraisal_opened(&self, year: i32, follow_ups: &[String]) -> Appraisal {
        let opened_on = format!("{year}-09-10");
        let open = appraisal::OpenCycleRequest {
            request_id: fresh(),
            occurred_at: at(&opened_on),
            trust_id: self.trust_id.clone(),
            year,
            population: appraisal::Population::Teachers.into(),
            ..Default::default()
        };
        let cycle = ask!(self, self.hr, cycles.open_cycle, open)
            .expect("a cycle")
            .recorded
            .expect("a receipt")
            .id;
        let open = appraisal::OpenAppraisalRequest {
            request_id: fresh(),
            occurred_at: at(&opened_on),
            cycle_id: cycle,
            person_id: self.teacher.to_string(),
            appraiser_id: self.appraiser.to_string(),
            ..Default::default()
        };
        let id = ask!(self, self.appraiser, appraisals.open_appraisal, open)
            .expect("opened")
            .recorded
            .expect("a receipt")
            .id;
        let objectives: Vec<_> = (0..3)
            .map(|number| appraisal::ObjectiveDraft {
                objective_id: fresh(),
                level: appraisal::ObjectiveLevel::Individual.into(),
                text: format!("Objective {}", self.word),
                success_criteria: format!("Criteria {}", self.word),
                origin: match number {
                    0 if !follow_ups.is_empty() => appraisal::Origin::FollowUp,
                    _ => appraisal::Origin::CareerAim,
                }
                .into(),
                follow_up_ids: if number == 0 { follow_ups.to_vec() } else { Vec::new() },
                ..Default::default()
            })
            .collect();
        let objective_ids = objectives
            .iter()
            .map(|objective| objective.objective_id.clone())
            .collect();
        let agree = appraisal::AgreeObjectivesRequest {
            request_id: fresh(),
            occurred_at: at(&format!("{year}-09-20")),
            appraisal_id: id.clone(),
            on: format!("{year}-09-20"),
            objectives,
            ..Default::default()
        };
        ask!(self, self.appraiser, appraisals.agree_objectives, agree).expect("objectives");
        Appraisal {
            id,
            year,
            objective_ids,
        }
    }

    /// The mid-year review is held, and speaks of these follow-ups.
    pub(crate) async fn mid_year(&self, appraisal: &Appraisal, follow_ups: &[String]) -> Recorded {
        let on = format!("{}-02-10", appraisal.year + 1);
        let review = appraisal::RecordMidYearReviewRequest {
            request_id: fresh(),
            occurred_at: at(&on),
            appraisal_id: appraisal.id.clone(),
            on,
            note: format!("Note {}", self.word),
            discussion: Some(self.discussion(follow_ups)),
            ..Default::default()
        };
        let answer = ask!(self, self.appraiser, appraisals.record_mid_year_review, review).expect("reviewed");
        answer.recorded.expect("a receipt")
    }

    /// The appraisal is concluded, signed by both and closed.
    pub(crate) async fn concluded(&self, appraisal: &Appraisal, follow_ups: &[String]) -> Recorded {
        let on = format!("{}-07-08", appraisal.year + 1);
        let review = appraisal::RecordSelfReviewRequest {
            request_id: fresh(),
            occurred_at: at(&on),
            appraisal_id: appraisal.id.clone(),
            on: on.clone(),
            text: format!("Self-review {}", self.word),
            ..Default::default()
        };
        ask!(self, self.teacher, appraisals.record_self_review, review).expect("reviewed");
        let conclude = appraisal::ConcludeAppraisalRequest {
            request_id: fresh(),
            occurred_at: at(&on),
            appraisal_id: appraisal.id.clone(),
            on: on.clone(),
            conclusions: appraisal
                .objective_ids
                .iter()
                .map(|objective_id| appraisal::ConclusionDraft {
                    objective_id: objective_id.clone(),
                    outcome: appraisal::ObjectiveOutcome::Met.into(),
                    comment: format!("Comment {}", self.word),
                })
                .collect(),
            summary: format!("Summary {}", self.word),
            discussion: Some(self.discussion(follow_ups)),
            ..Default::default()
        };
        ask!(self, self.appraiser, appraisals.conclude_appraisal, conclude).expect("concluded");
        for signer in [self.teacher, self.appraiser] {
            let sign = appraisal::SignAppraisalRequest {
                request_id: fresh(),
                occurred_at: at(&on),
                appraisal_id: appraisal.id.clone(),
                ..Default::default()
            };
            ask!(self, signer, appraisals.sign_appraisal, sign).expect("signed");
        }
        let close = appraisal::CloseAppraisalRequest {
            request_id: fresh(),
            occurred_at: at(&on),
            appraisal_id: appraisal.id.clone(),
            on,
            ..Default::default()
        };
        ask!(self, self.appraiser, appraisals.close_appraisal, close)
            .expect("closed")
            .recorded
            .expect("a receipt")
    }

    fn discussion(&self, follow_ups: &[String]) -> appraisal::DiscussionDraft {
        appraisal::DiscussionDraft {
            follow_up_ids: follow_ups.to_vec(),
            development_ids: Vec::new(),
            what_came_of_it: format!("What came of it {}", self.word),
        }
    }

    /// A thread as somebody sees it, once the views have read as far as these receipts.
    pub(crate) async fn thread(
        &self,
        reader: Uuid,
        follow_up: &str,
        after: &[&Recorded],
    ) -> Result<views::Thread, Status> {
        let message = views::GetThreadRequest {
            follow_up_id: follow_up.to_owned(),
            on: "2026-08-31".into(),
            at_least: after.iter().copied().map(at_least).collect(),
            ..Default::default()
        };
        let answer = self
            .patiently(async || ask!(self, reader, tracking.get_thread, message.clone()))
            .await?;
        Ok(answer.thread.expect("a thread"))
    }

    /// Asks again while the views, or what they stand on, are not there yet.
    pub(crate) async fn patiently<T>(&self, ask: impl AsyncFn() -> Result<T, Status>) -> Result<T, Status> {
        self.until(ask, |_| true).await
    }

    /// Asks until the answer is as expected; then, or when patience ends, the last answer.
    pub(crate) async fn until<T>(
        &self,
        ask: impl AsyncFn() -> Result<T, Status>,
        expected: impl Fn(&T) -> bool,
    ) -> Result<T, Status> {
        let started = std::time::Instant::now();
        loop {
            let answer = ask().await;
            let again = match &answer {
                Ok(answer) => !expected(answer),
                Err(status) if status.code() == tonic::Code::NotFound => started.elapsed() < VIEWS_FOLLOW,
                Err(status) => matches!(status.code(), tonic::Code::Unavailable | tonic::Code::DeadlineExceeded),
            };
            if !again || started.elapsed() > PATIENCE {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

/// Waits in a query for what a command recorded.
pub(crate) fn at_least(recorded: &Recorded) -> AtLeast {
    AtLeast {
        source: recorded.source.clone(),
        position: recorded.position,
    }
}

/// An appraisal that a test opened.
pub(crate) struct Appraisal {
    pub(crate) id: String,
    pub(crate) year: i32,
    pub(crate) objective_ids: Vec<String>,
}
