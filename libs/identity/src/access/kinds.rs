//! The kinds of record and the actions that policies speak of. Their names are those of the schema.

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$item_doc:meta])* $name:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$item_doc])* $name,)*
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in the schema.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
    ($(#[$doc:meta])* $type:ident: $($name:ident),* $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $($name,)*
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in the schema.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

named! {
    /// What is to be done: each command by its name, and the few ways to look.
    Action:
    Read, Export, Find, Operate,
    RegisterTrust, RenameTrust, SetTrustTermDates,
    RegisterSchool, CorrectSchoolDetails, JoinTrust, LeaveTrust, LinkPredecessor, SetSchoolTermDates, CloseSchool,
    ImportSchools,
    RegisterNetwork, RenameNetwork, JoinNetwork, LeaveNetwork, GiveNetworkConsent, WithdrawNetworkConsent,
    AddPerson, CorrectPerson, SetCareerStage, StartEmployment, ChangeEmployment, EndEmployment, MovePerson,
    StartLongLeave, EndLongLeave, AssignLineManager, AssignAppraiser, GrantRole, RevokeRole, LinkIdentifier,
    UnlinkIdentifier, ErasePerson,
    PublishFramework, SetCrosswalk, PublishReference, SetPolicy,
    ScheduleObservation, RescheduleObservation, CancelObservation, ConductObservation, RecordObserver, ShareFeedback,
    AcknowledgeFeedback, CloseObservation, AddMedia, ShareMedia, WithdrawMedia,
    AgreeFollowUp, ProvideSupport, StartFollowUp, AddEvidence, RevisitFollowUp, CompleteFollowUp, ExtendFollowUp,
    CarryOverFollowUp, HandOverFollowUp, WithdrawFollowUp, LapseFollowUp, PauseFollowUp, ResumeFollowUp,
    PromoteFollowUp, TakeBackFollowUp, SettlePromotion, MoveFollowUp,
    PlanLearningWalk, RecordVisit, AgreeFindings, RaiseNeed, CloseLearningWalk,
    OpenCycle, CloseCycle,
    OpenAppraisal, AgreeObjectives, SetObjectives, RecordMidYearReview, AddAppraisalEvidence, RecordSelfReview,
    ConcludeAppraisal, ModerateAppraisal, SignAppraisal, CloseAppraisal, AppealAppraisal, ReopenAppraisal,
    ReassignAppraiser, CarryAppraisal, PauseAppraisal, ResumeAppraisal, IdentifyNeed,
    GrantPayAccess, RevokePayAccess, RecommendPay, DecidePay,
    ProposePartnership, AcceptPartnership, AgreePartnership, DeclinePartnership, PlanCoachingSession,
    CancelCoachingSession, RecordCoachingSession, DraftLog, AgreeLog, ReviewPartnership, LinkPartnership,
    CompletePartnership, EndPartnership, PausePartnership, ResumePartnership, MovePartnership,
    FrameEnquiry, ReframeEnquiry, JoinEnquiry, LeaveEnquiry, StartEnquiry, RecordEnquiryMeeting, PlanResearchLesson,
    TeachResearchLesson, InterviewPupils, DiscussResearchLesson, AnalyseEnquiry, CheckEnquiryValidity,
    ReplicateEnquiry, ShareEnquiryFindings, CloseEnquiry,
    WriteCareerSection, ShareCareerSection, UnshareCareerSection, ShareCareerAim, UnshareCareerAim,
    WriteJournalEntry, ReviseJournalEntry, RemoveJournalEntry, ShareJournalSection, UnshareJournalSection,
    OpenCoachingAsk, ProvideCoachingAsk, WithdrawCoachingAsk, HandOverCoachingAsk, MoveCoachingAsk,
    PlanEvaluation, ReviseEvaluation, TakeMeasure, WithdrawMeasure, ReportEvaluation, ConcludeEvaluation,
    AskFeedback, GiveFeedback, ObservePractice, ExpireFeedback,
    OpenWave, AnswerWave, CloseWave, OpenSurvey, AnswerSurvey, CloseSurvey,
    DefineMetric, SetTarget, ReportMetric, RetireMetric, RecordCost, WithdrawCost,
    PublishActivity, ReviseActivity, WithdrawActivity,
    OfferSession, RescheduleSession, ChangeCapacity, CancelSession, HoldSession, RecordAttendance,
    BookPlace, ApproveBooking, DeclineBooking, CancelBooking, ReleaseBooking,
    ClaimExternalLearning, VerifyExternalLearning, RejectExternalLearning, IssueCertificate,
    RecordMandatoryTraining, LinkDevelopment, CreditHours,
    // Planning, in the catalogue.
    AdoptPriority, RevisePriority, EndPriority, DraftAlignmentPlan, ReviseAlignmentPlan, AdoptAlignmentPlan,
    OpenNeed, MatchNeed, MeetNeed, CloseNeed,
    OfferCommission, AcceptCommission, DeclineCommission, DeliverCommission, CancelCommission,
    OfferExpertise, FindExpertise, ReviseExpertise, AskForExpertise, AnswerExpertise, WithdrawExpertise,
    PutForwardOffer, WithdrawOffer, TakeUpOffer, CancelUptake,
    PublishPathway, RevisePathway, WithdrawPathway, TakeSelfReview, ShareSelfReview, UnshareSelfReview,
    PlanTime, ReplanTime, UseTime, DivertTime,
    OpenAsk, HandOverAsk, MoveAsk, ProvideAsk, WithdrawAsk,
    RegisterProvider, ReviseProvider, ReviewProvider, RetireProvider,
}

impl Action {
    /// The action of a command's request, such as `AgreeFollowUpRequest`.
    pub fn of_request(name: &str) -> Option<Self> {
        let name = name.strip_suffix("Request")?;
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether something is shown, rather than done.
    pub fn is_reading(self) -> bool {
        matches!(self, Self::Read | Self::Export)
    }
}

named! {
    /// What it is done to.
    Kind {
        Trust = "Trust",
        School = "School",
        Network = "Network",
        /// Where somebody works and what they answer for: known to colleagues.
        Person = "Member",
        Framework = "Framework",
        Policy = "Policy",
        /// That an observation takes place: when, by whom, on which focus.
        Observation = "Observation",
        /// What was seen and said.
        ObservationNotes = "ObservationNotes",
        /// A recording; its subject is its owner.
        Media = "Media",
        FollowUp = "FollowUp",
        /// A follow-up's milestones, without notes.
        Thread = "Thread",
        LearningWalk = "LearningWalk",
        Cycle = "Cycle",
        /// An appraisal with its text.
        Appraisal = "Appraisal",
        /// An appraisal's state and outcome.
        AppraisalOutcome = "AppraisalOutcome",
        Briefing = "Briefing",
        PayRecommendation = "PayRecommendation",
        /// One timeline of everything about a person.
        PersonRecord = "PersonRecord",
        AttentionList = "AttentionList",
        CoachingLog = "CoachingLog",
        /// That coaching took place: dates, minutes, focus areas.
        CoachingActivity = "CoachingActivity",
        /// Coaching that was promised to somebody.
        CoachingAsk = "CoachingAsk",
        /// That a group enquires: into what, and who is of it.
        Enquiry = "Enquiry",
        /// That somebody is of the group.
        EnquiryMembership = "EnquiryMembership",
        /// What a group wrote down on its way.
        EnquiryNotes = "EnquiryNotes",
        /// What a group found out, and with whom it was shared.
        EnquiryFindings = "EnquiryFindings",
        Journal = "Journal",
        CareerPlan = "CareerPlan",
        /// One person's answers to a survey.
        SurveyAnswer = "SurveyAnswer",
        /// How the impact of development will be known, and what measures say. It names no pupil.
        EvaluationPlan = "EvaluationPlan",
        /// What one participant is asked about one activity, and their scores.
        Feedback = "Feedback",
        /// What participants of an activity said together, as far as it is released.
        FeedbackResults = "FeedbackResults",
        /// The audit of principles: its questions, and its results once they are released.
        AuditWave = "AuditWave",
        /// A survey of needs or impact: its questions, and its results once they are released.
        Survey = "Survey",
        /// Something that a school or trust watches.
        Metric = "Metric",
        /// What development cost, and what it was worth.
        Spending = "Spending",
        /// Joined-up views of a school that show rows.
        SchoolView = "SchoolView",
        /// Joined-up views of a school that show counts alone.
        SchoolAggregate = "SchoolAggregate",
        TrustView = "TrustView",
        NetworkView = "NetworkView",
        /// What the catalogue offers.
        Activity = "Activity",
        /// One dated occurrence of an activity; its observers are those who lead it.
        Session = "Session",
        /// Somebody's place on a session; its observers are those who lead that.
        Booking = "Booking",
        /// What somebody has learned.
        LearningRecord = "LearningRecord",
        /// Learning elsewhere that somebody claims.
        LearningClaim = "LearningClaim",
        /// Which mandatory training somebody has completed.
        MandatoryStanding = "MandatoryStanding",
        /// An improvement priority, or a plan of several.
        Priority = "Priority",
        /// What a team needs to learn.
        Need = "Need",
        /// What one person needs to learn.
        PersonalNeed = "PersonalNeed",
        /// Development that was ordered; the expert asked has access by name.
        Commission = "Commission",
        /// An entry of the expertise register.
        Expertise = "Expertise",
        /// What schools of a network offer each other, as one school sees it.
        NetworkOffer = "NetworkOffer",
        /// A recommended sequence of development.
        Pathway = "Pathway",
        /// A person's own comparison with a framework.
        SelfReview = "SelfReview",
        /// A school's time for development.
        TimeBudget = "TimeBudget",
        /// Support that a follow-up promised.
        SupportAsk = "SupportAsk",
        /// Somebody from whom development can be had.
        Provider = "Provider",
        /// The machinery: projections and their state.
        Operations = "Operations",
    }
}

impl Kind {
    /// Whether it is about one person, so that somebody else's reading is itself recorded.
    pub fn is_personal(self) -> bool {
        matches!(
            self,
            Self::Observation
                | Self::ObservationNotes
                | Self::Media
                | Self::FollowUp
                | Self::Thread
                | Self::Appraisal
                | Self::AppraisalOutcome
                | Self::Briefing
                | Self::PayRecommendation
                | Self::PersonRecord
                | Self::AttentionList
                | Self::CoachingLog
                | Self::CoachingActivity
                | Self::CoachingAsk
                | Self::Journal
                | Self::CareerPlan
                | Self::SurveyAnswer
                | Self::Feedback
                | Self::Booking
                | Self::LearningRecord
                | Self::LearningClaim
                | Self::MandatoryStanding
                | Self::PersonalNeed
                | Self::SelfReview
                | Self::SupportAsk
        )
    }
}
