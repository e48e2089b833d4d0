mod soundness;

use std::collections::BTreeSet;

use api::{
    common::v1::Purpose,
    directory::v1::Role,
    ids::{NetworkId, PersonId, TrustId},
};
use uuid::Uuid;

use super::*;
use crate::{
    example::{Directory, OTHER_TRUST, TODAY, TRUST, other_school, school, somebody},
    roster::Scope,
};

const NETWORK: NetworkId = NetworkId(Uuid::from_u128(0x20));

/// Everybody who may ask, as the columns of the tables below.
const ROLES: [(&str, u128); 18] = [
    ("subject", 1),
    ("observer", 2),
    ("owner", 3),
    ("appraiser", 4),
    ("granted", 5),
    ("manager", 6),
    ("head", 7),
    ("leader", 8),
    ("cpd_lead", 9),
    ("governor", 10),
    ("trust_leader", 11),
    ("hr", 12),
    ("trust_cpd", 13),
    ("network_lead", 14),
    ("colleague", 15),
    // Head of another school of the trust.
    ("other_head", 16),
    // Head, leader, HR and all else of another trust.
    ("stranger", 17),
    // Was head here, and has left.
    ("left", 18),
];

fn who(name: &str) -> PersonId {
    somebody(
        ROLES
            .iter()
            .find(|(role, _)| *role == name)
            .unwrap_or_else(|| panic!("nobody is {name}"))
            .1,
    )
}

fn today() -> NaiveDate {
    TODAY.parse().unwrap()
}

fn directory() -> Directory {
    let mut directory = Directory::of_two_schools();
    for (name, number) in ROLES {
        let (trust, place) = match name {
            "stranger" => (OTHER_TRUST, None),
            "other_head" => (TRUST, Some(other_school())),
            "trust_leader" | "hr" | "trust_cpd" | "network_lead" => (TRUST, None),
            _ => (TRUST, Some(school())),
        };
        directory.works_at(trust, somebody(number), place);
    }
    let here = Scope::School(school());
    let mut duty = |name, role, scope| directory.answers_for(who(name), role, scope);
    duty("head", Role::Head, here);
    duty("left", Role::Head, here);
    duty("leader", Role::SchoolLeader, here);
    duty("cpd_lead", Role::CpdLead, here);
    duty("governor", Role::Governor, here);
    duty("trust_leader", Role::TrustLeader, Scope::Trust(TRUST));
    duty("hr", Role::TrustHr, Scope::Trust(TRUST));
    duty("trust_cpd", Role::TrustCpdLead, Scope::Trust(TRUST));
    duty("network_lead", Role::NetworkLead, Scope::Network(NETWORK));
    duty("other_head", Role::Head, Scope::School(other_school()));
    for role in [Role::TrustLeader, Role::TrustHr, Role::TrustCpdLead] {
        duty("stranger", role, Scope::Trust(OTHER_TRUST));
    }
    directory.appraised_by(who("subject"), who("appraiser"), crate::example::SINCE);
    directory.managed_by(who("subject"), who("manager"));
    directory.leaves(who("left"), "2025-10-31");
    directory
}

fn actor(name: &str) -> Actor {
    Actor::person(who(name), if name == "stranger" { OTHER_TRUST } else { TRUST })
}

fn operator() -> Actor {
    Actor::operator("https://sign-in.example#mis", Some(TRUST))
}

/// A developmental record with everybody in their part.
fn record(kind: Kind) -> Record {
    Record::new(kind, TRUST)
        .at(school())
        .of_network(NETWORK)
        .about(who("subject"))
        .observed_by([who("observer")])
        .supported_by(who("owner"))
        .granted_to([who("granted")])
        .purpose(Purpose::Developmental)
}

/// The names of those who may, in the order of [`ROLES`].
fn permitted(register: &Register, action: Action, record: &Record) -> Vec<&'static str> {
    let may = |name: &str| decide(&actor(name), action, record, register, today()).permitted;
    ROLES.iter().map(|(name, _)| *name).filter(|name| may(name)).collect()
}

fn expect(register: &Register, action: Action, record: &Record, expected: &str) {
    let expected: BTreeSet<_> = expected.split_whitespace().collect();
    let actual: BTreeSet<_> = permitted(register, action, record).into_iter().collect();
    assert_eq!(
        actual,
        expected,
        "{} {} {:?}",
        action.name(),
        record.kind.name(),
        record.purpose
    );
}

/// All who work in the trust.
const EVERYBODY_HERE: &str = "subject observer owner appraiser granted manager head leader cpd_lead governor \
    trust_leader hr trust_cpd network_lead colleague other_head";

/// Those who answer for development at the school or across its trust.
const PLANNERS: &str = "head leader cpd_lead trust_leader trust_cpd";

/// The access table of the domain, row by row.
#[test]
fn who_may_read_what() {
    let register = directory().register();
    let everybody_here = EVERYBODY_HERE;
    let all = format!("{everybody_here} stranger left");
    #[rustfmt::skip]
    let table = [
        (Kind::PersonRecord,      "subject appraiser head cpd_lead"),
        (Kind::AttentionList,     "subject"),
        (Kind::Observation,       "subject observer head leader cpd_lead"),
        (Kind::ObservationNotes,  "subject observer head cpd_lead"),
        (Kind::Media,             "subject granted"),
        (Kind::FollowUp,          "subject owner cpd_lead"),
        (Kind::Thread,            "subject owner cpd_lead head leader trust_leader hr trust_cpd"),
        (Kind::Appraisal,         "subject appraiser head"),
        (Kind::AppraisalOutcome,  "subject appraiser head hr"),
        (Kind::Briefing,          "subject appraiser"),
        (Kind::PayRecommendation, "granted"),
        (Kind::CoachingLog,       "subject"),
        (Kind::CoachingActivity,  "subject head leader cpd_lead"),
        (Kind::CoachingAsk,       "subject owner head cpd_lead"),
        (Kind::Enquiry,           everybody_here),
        (Kind::EnquiryMembership, ""),
        (Kind::EnquiryNotes,      "subject"),
        (Kind::EnquiryFindings,   everybody_here),
        (Kind::Journal,           "subject granted"),
        (Kind::CareerPlan,        "subject granted"),
        (Kind::SurveyAnswer,      ""),
        (Kind::LearningWalk,      "observer head leader cpd_lead trust_leader trust_cpd"),
        (Kind::EvaluationPlan,    "granted head leader cpd_lead governor trust_leader hr trust_cpd"),
        (Kind::Feedback,          "subject"),
        (Kind::FeedbackResults,   "head leader cpd_lead governor trust_leader hr trust_cpd"),
        (Kind::AuditWave,         "head leader cpd_lead governor trust_leader hr trust_cpd"),
        (Kind::Survey,            "head leader cpd_lead governor trust_leader hr trust_cpd"),
        (Kind::Metric,            "head leader cpd_lead governor trust_leader hr trust_cpd"),
        (Kind::Spending,          "head leader cpd_lead governor trust_leader hr trust_cpd"),
        (Kind::SchoolView,        "head leader cpd_lead"),
        (Kind::SchoolAggregate,   "head leader cpd_lead governor trust_leader hr trust_cpd"),
        (Kind::TrustView,         "trust_leader hr trust_cpd"),
        (Kind::NetworkView,       "network_lead"),
        (Kind::Operations,        ""),
        (Kind::Priority,          everybody_here),
        (Kind::Need,              "head leader cpd_lead governor trust_leader trust_cpd"),
        (Kind::PersonalNeed,      "subject manager head cpd_lead"),
        (Kind::Commission,        "granted head leader cpd_lead governor trust_leader trust_cpd"),
        (Kind::Expertise,         everybody_here),
        (Kind::NetworkOffer,      everybody_here),
        (Kind::Pathway,           everybody_here),
        (Kind::SelfReview,        "subject granted"),
        (Kind::TimeBudget,        "head leader cpd_lead governor trust_leader trust_cpd"),
        (Kind::SupportAsk,        "subject owner cpd_lead head"),
        (Kind::Provider,          everybody_here),
        (Kind::Activity,          everybody_here),
        (Kind::Session,           everybody_here),
        (Kind::Booking,           "subject observer manager head leader cpd_lead trust_cpd"),
        (Kind::LearningRecord,    "subject manager head cpd_lead"),
        (Kind::LearningClaim,     "subject head cpd_lead trust_cpd"),
        (Kind::MandatoryStanding, "subject manager head leader cpd_lead hr trust_cpd"),
        (Kind::Policy,            &format!("{everybody_here} left")),
        (Kind::Cycle,             &format!("{everybody_here} left")),
        (Kind::Person,            everybody_here),
        (Kind::Trust,             &all),
        (Kind::School,            &all),
        (Kind::Network,           &all),
        (Kind::Framework,         &all),
    ];
    assert_eq!(table.len(), Kind::ALL.len(), "every kind of record has its row");
    for (kind, expected) in table {
        expect(&register, Action::Read, &record(kind), expected);
    }
}

#[test]
fn purpose_and_promotion_bound_what_appraisal_sees() {
    let register = directory().register();
    let follow_up = record(Kind::FollowUp);
    let thread = record(Kind::Thread);
    for appraised in [
        follow_up.clone().promoted(true),
        follow_up.clone().purpose(Purpose::Appraisal),
    ] {
        expect(&register, Action::Read, &appraised, "subject owner cpd_lead appraiser");
    }
    assert!(permitted(&register, Action::Read, &thread.promoted(true)).contains(&"appraiser"));
    for kept in [
        Purpose::Induction,
        Purpose::QualityAssurance,
        Purpose::Statutory,
        Purpose::Unspecified,
    ] {
        expect(
            &register,
            Action::Read,
            &follow_up.clone().purpose(kept),
            "subject owner cpd_lead",
        );
    }
    // A trust may widen what reaches appraisal; it is its policy, from its date on.
    let mut directory = directory();
    let purposes = vec![Purpose::Appraisal.into(), Purpose::Induction.into()];
    let purposes_reaching_appraisal = Some(api::directory::v1::PurposeList { purposes });
    let rules = api::directory::v1::Rules {
        purposes_reaching_appraisal,
        ..Default::default()
    };
    directory.sets_policy(TODAY, rules);
    let widened = directory.register();
    let induction = follow_up.purpose(Purpose::Induction);
    expect(&widened, Action::Read, &induction, "subject owner cpd_lead appraiser");
}

#[test]
fn notes_are_for_development_unless_one_leads_the_school() {
    let register = directory().register();
    for purpose in [Purpose::Appraisal, Purpose::Induction, Purpose::QualityAssurance] {
        let notes = record(Kind::ObservationNotes).purpose(purpose);
        expect(&register, Action::Read, &notes, "subject observer head");
    }
    // Before feedback is shared, notes are the observer's.
    expect(
        &register,
        Action::Read,
        &record(Kind::ObservationNotes).shared(false),
        "observer head cpd_lead",
    );
}

#[test]
fn own_records_can_be_taken_away() {
    let register = directory().register();
    for kind in [
        Kind::PersonRecord,
        Kind::FollowUp,
        Kind::Appraisal,
        Kind::Journal,
        Kind::CoachingLog,
    ] {
        expect(&register, Action::Export, &record(kind), "subject");
    }
    // Who has left keeps theirs.
    let own = Record::new(Kind::PersonRecord, TRUST).about(who("left"));
    assert!(decide(&actor("left"), Action::Export, &own, &register, today()).permitted);
}

#[test]
fn both_of_a_pair_read_their_log() {
    let register = directory().register();
    let log = record(Kind::CoachingLog).about(who("colleague"));
    expect(&register, Action::Read, &log, "subject colleague");
}

#[test]
fn the_record_says_who_appraises_where_it_does() {
    let register = directory().register();
    let appraisal = record(Kind::Appraisal).appraised_by(who("colleague"));
    expect(&register, Action::Read, &appraisal, "subject colleague head");
}

/// Who may do what. Those not named may not.
#[test]
fn who_may_command_what() {
    let register = directory().register();
    let everybody_here = EVERYBODY_HERE;
    #[rustfmt::skip]
    let table = [
        (Kind::Observation, "subject observer head leader cpd_lead", &[Action::ScheduleObservation][..]),
        (Kind::Observation, "observer head cpd_lead",
            &[Action::RescheduleObservation, Action::CancelObservation, Action::CloseObservation]),
        (Kind::Observation, "observer", &[Action::ConductObservation, Action::RecordObserver, Action::ShareFeedback]),
        (Kind::Observation, "subject", &[Action::AcknowledgeFeedback]),
        (Kind::Observation, "subject observer", &[Action::AddMedia]),
        (Kind::Media, "subject", &[Action::ShareMedia, Action::WithdrawMedia]),
        (Kind::FollowUp, "subject observer cpd_lead head leader", &[Action::AgreeFollowUp]),
        (Kind::FollowUp, "owner cpd_lead head", &[Action::ProvideSupport, Action::HandOverFollowUp]),
        (Kind::FollowUp, "subject owner", &[Action::StartFollowUp]),
        (Kind::FollowUp, "subject", &[Action::AddEvidence, Action::PromoteFollowUp, Action::TakeBackFollowUp]),
        (Kind::FollowUp, "observer owner cpd_lead", &[Action::RevisitFollowUp]),
        (Kind::FollowUp, "subject observer owner cpd_lead", &[Action::CompleteFollowUp]),
        (Kind::FollowUp, "observer owner cpd_lead head", &[Action::ExtendFollowUp, Action::CarryOverFollowUp]),
        (Kind::FollowUp, "subject owner cpd_lead head", &[Action::WithdrawFollowUp]),
        (Kind::FollowUp, "cpd_lead head", &[Action::LapseFollowUp]),
        (Kind::FollowUp, "", &[Action::MoveFollowUp, Action::SettlePromotion]),
        (Kind::FollowUp, "", &[Action::MoveFollowUp, Action::SettlePromotion]),
        (Kind::FollowUp, "cpd_lead head hr", &[Action::PauseFollowUp, Action::ResumeFollowUp]),
        (Kind::LearningWalk, "head leader cpd_lead trust_leader trust_cpd", &[Action::PlanLearningWalk]),
        (Kind::LearningWalk, "observer head cpd_lead",
            &[Action::RecordVisit, Action::AgreeFindings, Action::RaiseNeed, Action::CloseLearningWalk]),
        (Kind::Cycle, "hr trust_leader", &[Action::OpenCycle, Action::CloseCycle]),
        (Kind::Appraisal, "appraiser head hr", &[Action::OpenAppraisal, Action::CloseAppraisal]),
        (Kind::Appraisal, "appraiser",
            &[Action::SetObjectives, Action::RecordMidYearReview, Action::ConcludeAppraisal]),
        (Kind::Appraisal, "subject appraiser",
            &[Action::AgreeObjectives, Action::AddAppraisalEvidence, Action::IdentifyNeed, Action::SignAppraisal]),
        (Kind::Appraisal, "subject", &[Action::RecordSelfReview, Action::AppealAppraisal]),
        (Kind::Appraisal, "head trust_leader", &[Action::ModerateAppraisal]),
        (Kind::Appraisal, "head hr", &[
            Action::ReopenAppraisal, Action::ReassignAppraiser, Action::CarryAppraisal, Action::PauseAppraisal,
            Action::ResumeAppraisal,
        ]),
        (Kind::PayRecommendation, "head hr", &[Action::GrantPayAccess, Action::RevokePayAccess]),
        (Kind::PayRecommendation, "granted", &[Action::RecommendPay, Action::DecidePay]),
        (Kind::EvaluationPlan, "head leader cpd_lead trust_leader trust_cpd", &[Action::PlanEvaluation]),
        (Kind::EvaluationPlan, "granted head leader cpd_lead trust_leader trust_cpd", &[
            Action::ReviseEvaluation, Action::TakeMeasure, Action::WithdrawMeasure, Action::ReportEvaluation,
            Action::ConcludeEvaluation,
        ]),
        (Kind::Feedback, "subject", &[Action::GiveFeedback]),
        (Kind::Feedback, "", &[Action::AskFeedback, Action::ObservePractice, Action::ExpireFeedback]),
        (Kind::AuditWave, "head cpd_lead trust_leader trust_cpd", &[Action::OpenWave, Action::CloseWave]),
        (Kind::Survey, "head cpd_lead trust_leader trust_cpd", &[Action::OpenSurvey, Action::CloseSurvey]),
        (Kind::AuditWave, everybody_here, &[Action::AnswerWave]),
        (Kind::Survey, everybody_here, &[Action::AnswerSurvey]),
        (Kind::Metric, "head leader cpd_lead trust_leader trust_cpd",
            &[Action::DefineMetric, Action::SetTarget, Action::ReportMetric, Action::RetireMetric]),
        (Kind::Spending, "head leader cpd_lead trust_leader trust_cpd", &[Action::RecordCost, Action::WithdrawCost]),
        (Kind::Trust, "", &[Action::RegisterTrust]),
        (Kind::Trust, "trust_leader hr", &[Action::RenameTrust, Action::SetTrustTermDates]),
        (Kind::School, "trust_leader hr", &[
            Action::RegisterSchool, Action::CorrectSchoolDetails, Action::JoinTrust, Action::LeaveTrust,
            Action::LinkPredecessor, Action::CloseSchool,
        ]),
        (Kind::School, "head leader trust_leader hr", &[Action::SetSchoolTermDates]),
        (Kind::School, "", &[Action::ImportSchools]),
        (Kind::Network, "", &[Action::RegisterNetwork]),
        (Kind::Network, "network_lead", &[Action::RenameNetwork, Action::JoinNetwork, Action::LeaveNetwork]),
        (Kind::Network, "trust_leader", &[Action::GiveNetworkConsent, Action::WithdrawNetworkConsent]),
        (Kind::Person, "hr", &[
            Action::AddPerson, Action::CorrectPerson, Action::SetCareerStage, Action::StartEmployment,
            Action::ChangeEmployment, Action::EndEmployment, Action::MovePerson, Action::StartLongLeave,
            Action::EndLongLeave, Action::LinkIdentifier, Action::UnlinkIdentifier, Action::ErasePerson, Action::Find,
        ]),
        (Kind::Person, "hr head", &[Action::AssignLineManager, Action::AssignAppraiser]),
        (Kind::Person, "hr trust_leader", &[Action::GrantRole, Action::RevokeRole]),
        (Kind::Framework, "trust_leader trust_cpd", &[Action::PublishFramework, Action::SetCrosswalk]),
        // Standards and mandatory training are the same for all: whoever operates the directory publishes them.
        (Kind::Framework, "", &[Action::PublishReference]),
        (Kind::Policy, "trust_leader hr head", &[Action::SetPolicy]),
        (Kind::Operations, "", &[Action::Operate]),
        (Kind::Activity, PLANNERS, &[Action::PublishActivity, Action::ReviseActivity, Action::WithdrawActivity]),
        (Kind::Session, PLANNERS, &[
            Action::OfferSession, Action::RescheduleSession, Action::ChangeCapacity, Action::CancelSession,
        ]),
        (Kind::Session, "observer head leader cpd_lead trust_leader trust_cpd",
            &[Action::HoldSession, Action::RecordAttendance]),
        (Kind::Booking, "subject manager head leader cpd_lead trust_cpd", &[Action::BookPlace, Action::CancelBooking]),
        (Kind::Booking, "manager head cpd_lead trust_cpd", &[Action::ApproveBooking, Action::DeclineBooking]),
        (Kind::Booking, "", &[Action::ReleaseBooking]),
        (Kind::LearningRecord, "", &[Action::CreditHours]),
        (Kind::LearningRecord, "subject", &[Action::ClaimExternalLearning]),
        (Kind::LearningRecord, "head cpd_lead trust_cpd",
            &[Action::VerifyExternalLearning, Action::RejectExternalLearning, Action::IssueCertificate]),
        (Kind::LearningRecord, "head cpd_lead trust_cpd hr", &[Action::RecordMandatoryTraining]),
        (Kind::LearningRecord, "subject owner", &[Action::LinkDevelopment]),
        (Kind::CoachingActivity, "subject manager head leader cpd_lead", &[Action::ProposePartnership]),
        (Kind::CoachingActivity, "subject", &[
            Action::AcceptPartnership, Action::AgreePartnership, Action::PlanCoachingSession,
            Action::CancelCoachingSession, Action::RecordCoachingSession, Action::LinkPartnership,
            Action::CompletePartnership, Action::EndPartnership,
        ]),
        (Kind::CoachingActivity, "subject granted", &[Action::DeclinePartnership]),
        (Kind::CoachingActivity, "",
            &[Action::PausePartnership, Action::ResumePartnership, Action::MovePartnership]),
        (Kind::CoachingLog, "subject", &[Action::DraftLog, Action::AgreeLog, Action::ReviewPartnership]),
        (Kind::CoachingAsk, "owner head cpd_lead", &[Action::ProvideCoachingAsk]),
        (Kind::CoachingAsk, "", &[
            Action::OpenCoachingAsk, Action::WithdrawCoachingAsk, Action::HandOverCoachingAsk, Action::MoveCoachingAsk,
        ]),
        (Kind::Enquiry, "granted head leader cpd_lead trust_leader trust_cpd", &[Action::FrameEnquiry]),
        (Kind::EnquiryMembership, "subject granted head cpd_lead", &[Action::JoinEnquiry, Action::LeaveEnquiry]),
        (Kind::Enquiry, "subject", &[
            Action::ReframeEnquiry, Action::StartEnquiry, Action::RecordEnquiryMeeting, Action::PlanResearchLesson,
            Action::TeachResearchLesson, Action::InterviewPupils, Action::DiscussResearchLesson,
            Action::AnalyseEnquiry, Action::CheckEnquiryValidity, Action::ReplicateEnquiry,
            Action::ShareEnquiryFindings,
        ]),
        (Kind::Enquiry, "subject head cpd_lead", &[Action::CloseEnquiry]),
        (Kind::CareerPlan, "subject", &[
            Action::WriteCareerSection, Action::ShareCareerSection, Action::UnshareCareerSection,
            Action::ShareCareerAim, Action::UnshareCareerAim,
        ]),
        (Kind::Journal, "subject", &[
            Action::WriteJournalEntry, Action::ReviseJournalEntry, Action::RemoveJournalEntry,
            Action::ShareJournalSection, Action::UnshareJournalSection,
        ]),
        (Kind::Priority, PLANNERS, &[
            Action::AdoptPriority, Action::RevisePriority, Action::EndPriority, Action::DraftAlignmentPlan,
            Action::ReviseAlignmentPlan, Action::AdoptAlignmentPlan,
        ]),
        (Kind::Need, PLANNERS, &[Action::OpenNeed, Action::MatchNeed, Action::MeetNeed, Action::CloseNeed]),
        (Kind::PersonalNeed, "subject manager head leader cpd_lead trust_leader trust_cpd",
            &[Action::OpenNeed, Action::CloseNeed]),
        (Kind::Commission, PLANNERS,
            &[Action::OfferCommission, Action::DeliverCommission, Action::CancelCommission]),
        (Kind::Commission, "granted head leader cpd_lead trust_leader trust_cpd",
            &[Action::AcceptCommission, Action::DeclineCommission]),
        (Kind::Expertise, "subject", &[
            Action::OfferExpertise, Action::ReviseExpertise, Action::AnswerExpertise, Action::WithdrawExpertise,
        ]),
        (Kind::Expertise, EVERYBODY_HERE, &[Action::AskForExpertise]),
        (Kind::Expertise, "", &[Action::FindExpertise]),
        (Kind::NetworkOffer, PLANNERS,
            &[Action::PutForwardOffer, Action::WithdrawOffer, Action::TakeUpOffer, Action::CancelUptake]),
        (Kind::Pathway, PLANNERS, &[Action::PublishPathway, Action::RevisePathway, Action::WithdrawPathway]),
        (Kind::SelfReview, "subject",
            &[Action::TakeSelfReview, Action::ShareSelfReview, Action::UnshareSelfReview]),
        (Kind::TimeBudget, PLANNERS,
            &[Action::PlanTime, Action::ReplanTime, Action::UseTime, Action::DivertTime]),
        (Kind::SupportAsk, "owner cpd_lead head", &[Action::ProvideAsk]),
        (Kind::SupportAsk, "", &[Action::OpenAsk, Action::HandOverAsk, Action::MoveAsk, Action::WithdrawAsk]),
        (Kind::Provider, PLANNERS, &[
            Action::RegisterProvider, Action::ReviseProvider, Action::ReviewProvider, Action::RetireProvider,
        ]),
    ];
    let mut commanded: BTreeSet<_> = [Action::Read, Action::Export].map(Action::name).into();
    for (kind, expected, actions) in table {
        for action in actions {
            expect(&register, *action, &record(kind), expected);
            commanded.insert(action.name());
        }
    }
    assert_eq!(
        commanded,
        Action::ALL.iter().map(|action| action.name()).collect(),
        "every action has its row"
    );
}

#[test]
fn only_development_is_by_invitation() {
    let register = directory().register();
    let schedule = |purpose| record(Kind::Observation).purpose(purpose);
    expect(
        &register,
        Action::ScheduleObservation,
        &schedule(Purpose::Appraisal),
        "appraiser head leader cpd_lead",
    );
    expect(
        &register,
        Action::ScheduleObservation,
        &schedule(Purpose::Induction),
        "head leader cpd_lead",
    );
}

#[test]
fn a_need_from_appraisal_is_for_its_appraiser_too() {
    let register = directory().register();
    let need = record(Kind::PersonalNeed).purpose(Purpose::Appraisal);
    expect(
        &register,
        Action::Read,
        &need,
        "subject manager head cpd_lead appraiser",
    );
}

#[test]
fn what_was_found_but_not_offered_is_its_persons() {
    let register = directory().register();
    let found = record(Kind::Expertise).shared(false);
    expect(&register, Action::Read, &found, "subject");
    expect(&register, Action::AskForExpertise, &found, "");
}

#[test]
fn who_leads_a_network_sees_its_offers_and_changes_none() {
    let register = directory().register();
    let shelf = Record::new(Kind::NetworkOffer, TrustId::default()).of_network(NETWORK);
    expect(&register, Action::Read, &shelf, "network_lead");
    expect(&register, Action::WithdrawOffer, &shelf, "");
}

#[test]
fn who_appraises_does_not_moderate() {
    let register = directory().register();
    let by_the_head = record(Kind::Appraisal).appraised_by(who("head"));
    expect(&register, Action::ModerateAppraisal, &by_the_head, "trust_leader");
}

#[test]
fn findings_about_provision_are_not_promoted() {
    let register = directory().register();
    let finding = record(Kind::FollowUp).purpose(Purpose::QualityAssurance);
    expect(&register, Action::PromoteFollowUp, &finding, "");
}

#[test]
fn operators_keep_the_directory_and_read_about_nobody() {
    let register = directory().register();
    let may = |action, kind| decide(&operator(), action, &record(kind), &register, today()).permitted;
    let readable: Vec<_> = Kind::ALL
        .iter()
        .filter(|kind| may(Action::Read, **kind))
        .map(|kind| kind.name())
        .collect();
    assert_eq!(
        readable,
        [
            "Trust",
            "School",
            "Network",
            "Framework",
            "Policy",
            "Cycle",
            "Operations"
        ]
    );
    assert!(may(Action::AddPerson, Kind::Person) && may(Action::ImportSchools, Kind::School));
    assert!(may(Action::Find, Kind::Person) && may(Action::Operate, Kind::Operations));
    for action in [Action::ErasePerson, Action::SetPolicy, Action::GiveNetworkConsent] {
        assert!(!Kind::ALL.iter().any(|kind| may(action, *kind)), "{}", action.name());
    }
    let elsewhere = Record::new(Kind::Person, OTHER_TRUST);
    assert!(!decide(&operator(), Action::AddPerson, &elsewhere, &register, today()).permitted);
    let other_places = [
        (Action::RenameTrust, Kind::Trust),
        (Action::CorrectSchoolDetails, Kind::School),
    ];
    for (action, kind) in other_places {
        let elsewhere = Record::new(kind, OTHER_TRUST);
        assert!(!decide(&operator(), action, &elsewhere, &register, today()).permitted);
    }
    let everywhere = Actor::operator("https://sign-in.example#region", None);
    assert!(decide(&everywhere, Action::AddPerson, &elsewhere, &register, today()).permitted);
}

#[test]
fn reactions_do_what_follows_and_read_nothing_personal() {
    let register = directory().register();
    let may = |action, kind| decide(&Actor::system("hand-over"), action, &record(kind), &register, today()).permitted;
    assert!(may(Action::MoveFollowUp, Kind::FollowUp) && may(Action::SettlePromotion, Kind::FollowUp));
    assert!(may(Action::HandOverFollowUp, Kind::FollowUp) && may(Action::CarryAppraisal, Kind::Appraisal));
    assert!(!may(Action::CompleteFollowUp, Kind::FollowUp) && !may(Action::SignAppraisal, Kind::Appraisal));
    assert!(
        Kind::ALL
            .iter()
            .all(|kind| !kind.is_personal() || !may(Action::Read, *kind))
    );
}

#[test]
fn what_is_copied_from_a_form_may_be_entered_for_others() {
    let register = directory().register();
    let may = |actor: Actor, action, kind| decide(&actor, action, &record(kind), &register, today()).permitted;
    for entering in [actor("hr"), operator()] {
        let for_observer = entering.clone().on_behalf_of(who("observer"));
        assert!(may(for_observer.clone(), Action::ConductObservation, Kind::Observation));
        // One's own word cannot be given by others, and looking is never for others.
        assert!(!may(for_observer, Action::Read, Kind::ObservationNotes));
        let for_subject = entering.on_behalf_of(who("subject"));
        for (action, kind) in [
            (Action::AcknowledgeFeedback, Kind::Observation),
            (Action::PromoteFollowUp, Kind::FollowUp),
            (Action::SignAppraisal, Kind::Appraisal),
            (Action::RecordSelfReview, Kind::Appraisal),
        ] {
            assert!(!may(for_subject.clone(), action, kind), "{}", action.name());
        }
    }
    for other in ["head", "colleague", "stranger"] {
        let entering = actor(other).on_behalf_of(who("observer"));
        assert!(!may(entering, Action::ConductObservation, Kind::Observation), "{other}");
    }
}

#[test]
fn reading_about_somebody_else_is_recorded() {
    let register = directory().register();
    let recorded = |name, action, kind| decide(&actor(name), action, &record(kind), &register, today()).must_record;
    assert!(recorded("head", Action::Read, Kind::ObservationNotes));
    assert!(recorded("appraiser", Action::Read, Kind::PersonRecord));
    assert!(!recorded("subject", Action::Read, Kind::PersonRecord));
    assert!(
        !recorded("stranger", Action::Read, Kind::PersonRecord),
        "what was denied was not read"
    );
    assert!(!recorded("colleague", Action::Read, Kind::Person));
    assert!(!recorded("head", Action::Read, Kind::SchoolAggregate));
    assert!(!recorded("appraiser", Action::RecordMidYearReview, Kind::Appraisal));
}

#[test]
fn what_is_said_in_coaching_is_the_pairs_and_arranging_it_is_not() {
    let register = directory().register();
    let activity = record(Kind::CoachingActivity);
    expect(
        &register,
        Action::ProposePartnership,
        &activity,
        "subject manager head leader cpd_lead",
    );
    expect(&register, Action::AgreePartnership, &activity, "subject");
    expect(&register, Action::RecordCoachingSession, &activity, "subject");
    expect(&register, Action::AgreeLog, &record(Kind::CoachingLog), "subject");
    expect(&register, Action::WriteJournalEntry, &record(Kind::Journal), "subject");
    expect(&register, Action::ShareCareerAim, &record(Kind::CareerPlan), "subject");
    expect(
        &register,
        Action::ProvideCoachingAsk,
        &record(Kind::CoachingAsk),
        "owner head cpd_lead",
    );
    expect(
        &register,
        Action::RecordEnquiryMeeting,
        &record(Kind::Enquiry),
        "subject",
    );
    let unshared = record(Kind::EnquiryFindings).shared(false);
    expect(&register, Action::Read, &unshared, "subject granted");
    for kind in [Kind::CoachingLog, Kind::Journal, Kind::CareerPlan] {
        for actor in [operator(), actor("hr").on_behalf_of(who("subject"))] {
            assert!(!decide(&actor, Action::Read, &record(kind), &register, today()).permitted);
        }
    }
}

#[test]
fn a_duty_ends_at_once() {
    let mut directory = directory();
    directory.no_longer(who("cpd_lead"), Role::CpdLead, Scope::School(school()), "2025-11-13");
    expect(
        &directory.register(),
        Action::Read,
        &record(Kind::FollowUp),
        "subject owner",
    );
}

#[test]
fn a_refusal_names_nothing_but_the_question() {
    let register = directory().register();
    let refusal = decide(
        &actor("stranger"),
        Action::Read,
        &record(Kind::Appraisal),
        &register,
        today(),
    )
    .require();
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "Read is not permitted on this Appraisal"
    );
}
