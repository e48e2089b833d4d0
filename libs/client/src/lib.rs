//! One gRPC client for each service of the protocol, wherever the services run.
//!
//! Whoever asks says so in each request's metadata; nothing here knows of tokens.

use api::{
    appraisal::v1::{appraisal_service_client::AppraisalServiceClient, cycle_service_client::CycleServiceClient},
    catalogue::v1::{
        activity_service_client::ActivityServiceClient, learning_service_client::LearningServiceClient,
        planning_service_client::PlanningServiceClient, session_service_client::SessionServiceClient,
    },
    coaching::v1::{
        career_plan_service_client::CareerPlanServiceClient, coaching_ask_service_client::CoachingAskServiceClient,
        enquiry_service_client::EnquiryServiceClient, journal_service_client::JournalServiceClient,
        partnership_service_client::PartnershipServiceClient,
    },
    directory::v1::{
        focus_service_client::FocusServiceClient, network_service_client::NetworkServiceClient,
        person_service_client::PersonServiceClient, policy_service_client::PolicyServiceClient,
        reference_service_client::ReferenceServiceClient, school_service_client::SchoolServiceClient,
        trust_service_client::TrustServiceClient,
    },
    evaluation::v1::{
        evaluation_service_client::EvaluationServiceClient, feedback_service_client::FeedbackServiceClient,
        scorecard_service_client::ScorecardServiceClient, survey_service_client::SurveyServiceClient,
        value_service_client::ValueServiceClient,
    },
    observations::v1::{
        follow_up_service_client::FollowUpServiceClient, learning_walk_service_client::LearningWalkServiceClient,
        observation_service_client::ObservationServiceClient,
    },
    projection::v1::{
        self as views, capacity_service_client::CapacityServiceClient,
        entitlement_service_client::EntitlementServiceClient, impact_service_client::ImpactServiceClient,
        needs_service_client::NeedsServiceClient, network_report_service_client::NetworkReportServiceClient,
        projection_admin_service_client::ProjectionAdminServiceClient, tracking_service_client::TrackingServiceClient,
        values_service_client::ValuesServiceClient, workload_service_client::WorkloadServiceClient,
    },
};
use tonic::transport::Channel;

/// Where each service is.
#[derive(Clone)]
pub struct Channels {
    pub directory: Channel,
    pub observations: Channel,
    pub appraisal: Channel,
    pub catalogue: Channel,
    pub coaching: Channel,
    pub evaluation: Channel,
    pub projection: Channel,
}

impl Channels {
    /// All services at one address.
    pub fn one(channel: Channel) -> Self {
        Self {
            directory: channel.clone(),
            observations: channel.clone(),
            appraisal: channel.clone(),
            catalogue: channel.clone(),
            coaching: channel.clone(),
            evaluation: channel.clone(),
            projection: channel,
        }
    }
}

/// One client a service. Cheap to clone.
#[derive(Clone)]
pub struct Clients {
    pub trusts: TrustServiceClient<Channel>,
    pub schools: SchoolServiceClient<Channel>,
    pub networks: NetworkServiceClient<Channel>,
    pub people: PersonServiceClient<Channel>,
    pub policies: PolicyServiceClient<Channel>,
    pub focus: FocusServiceClient<Channel>,
    pub reference: ReferenceServiceClient<Channel>,
    pub observations: ObservationServiceClient<Channel>,
    pub follow_ups: FollowUpServiceClient<Channel>,
    pub walks: LearningWalkServiceClient<Channel>,
    pub cycles: CycleServiceClient<Channel>,
    pub appraisals: AppraisalServiceClient<Channel>,
    pub activities: ActivityServiceClient<Channel>,
    pub sessions: SessionServiceClient<Channel>,
    pub learning: LearningServiceClient<Channel>,
    pub planning: PlanningServiceClient<Channel>,
    pub partnerships: PartnershipServiceClient<Channel>,
    pub enquiries: EnquiryServiceClient<Channel>,
    pub career_plans: CareerPlanServiceClient<Channel>,
    pub journals: JournalServiceClient<Channel>,
    pub coaching_asks: CoachingAskServiceClient<Channel>,
    pub evaluations: EvaluationServiceClient<Channel>,
    pub feedback: FeedbackServiceClient<Channel>,
    pub surveys: SurveyServiceClient<Channel>,
    pub scorecards: ScorecardServiceClient<Channel>,
    pub value: ValueServiceClient<Channel>,
    pub tracking: TrackingServiceClient<Channel>,
    pub needs: NeedsServiceClient<Channel>,
    pub entitlement: EntitlementServiceClient<Channel>,
    pub capacity: CapacityServiceClient<Channel>,
    pub values: ValuesServiceClient<Channel>,
    pub impact: ImpactServiceClient<Channel>,
    /// The school's own measures beside the joined-up ones.
    pub scorecard_views: views::scorecard_service_client::ScorecardServiceClient<Channel>,
    pub workload: WorkloadServiceClient<Channel>,
    pub network_reports: NetworkReportServiceClient<Channel>,
    pub admin: ProjectionAdminServiceClient<Channel>,
}

impl Clients {
    pub fn new(channels: Channels) -> Self {
        let Channels {
            directory,
            observations,
            appraisal,
            catalogue,
            coaching,
            evaluation,
            projection,
        } = channels;
        Self {
            trusts: TrustServiceClient::new(directory.clone()),
            schools: SchoolServiceClient::new(directory.clone()).max_encoding_message_size(usize::MAX),
            networks: NetworkServiceClient::new(directory.clone()),
            people: PersonServiceClient::new(directory.clone()),
            policies: PolicyServiceClient::new(directory.clone()),
            focus: FocusServiceClient::new(directory.clone()),
            reference: ReferenceServiceClient::new(directory),
            observations: ObservationServiceClient::new(observations.clone()),
            follow_ups: FollowUpServiceClient::new(observations.clone()),
            walks: LearningWalkServiceClient::new(observations),
            cycles: CycleServiceClient::new(appraisal.clone()),
            appraisals: AppraisalServiceClient::new(appraisal),
            activities: ActivityServiceClient::new(catalogue.clone()),
            sessions: SessionServiceClient::new(catalogue.clone()),
            learning: LearningServiceClient::new(catalogue.clone()),
            planning: PlanningServiceClient::new(catalogue),
            partnerships: PartnershipServiceClient::new(coaching.clone()),
            enquiries: EnquiryServiceClient::new(coaching.clone()),
            career_plans: CareerPlanServiceClient::new(coaching.clone()),
            journals: JournalServiceClient::new(coaching.clone()),
            coaching_asks: CoachingAskServiceClient::new(coaching),
            evaluations: EvaluationServiceClient::new(evaluation.clone()),
            feedback: FeedbackServiceClient::new(evaluation.clone()),
            surveys: SurveyServiceClient::new(evaluation.clone()),
            scorecards: ScorecardServiceClient::new(evaluation.clone()),
            value: ValueServiceClient::new(evaluation),
            tracking: TrackingServiceClient::new(projection.clone()),
            needs: NeedsServiceClient::new(projection.clone()),
            entitlement: EntitlementServiceClient::new(projection.clone()),
            capacity: CapacityServiceClient::new(projection.clone()),
            values: ValuesServiceClient::new(projection.clone()),
            impact: ImpactServiceClient::new(projection.clone()),
            scorecard_views: views::scorecard_service_client::ScorecardServiceClient::new(projection.clone()),
            workload: WorkloadServiceClient::new(projection.clone()),
            network_reports: NetworkReportServiceClient::new(projection.clone()),
            admin: ProjectionAdminServiceClient::new(projection),
        }
    }
}
