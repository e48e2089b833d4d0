//! What each command touches, for the access policies: the action by its name, and the record that it is done to.

use api::{
    common::v1::Purpose,
    ids::{TrustId, Urn},
};
use identity::{Action, Kind, Record};
use service::Guarded;

use crate::{
    audit_wave::{self, AuditWave},
    evaluation_plan::{self, EvaluationPlan},
    feedback::{self, Feedback},
    metric::{self, Metric},
    spending::{self, Ask, Spending},
    survey::{self, Survey},
};

impl Guarded for EvaluationPlan {
    const NAME: &'static str = "evaluation";

    fn creates(command: &evaluation_plan::Command) -> bool {
        matches!(command, evaluation_plan::Command::Plan(_))
    }

    fn record(&self, command: &evaluation_plan::Command) -> (Action, Record) {
        use evaluation_plan::Command;
        let action = match command {
            Command::Plan(plan) => {
                let record = Record::new(Kind::EvaluationPlan, plan.trust)
                    .at(plan.urn)
                    .purpose(Purpose::QualityAssurance);
                return (Action::PlanEvaluation, record);
            }
            Command::Revise(_) => Action::ReviseEvaluation,
            Command::TakeMeasure(_) => Action::TakeMeasure,
            Command::WithdrawMeasure { .. } => Action::WithdrawMeasure,
            Command::Report(_) => Action::ReportEvaluation,
            Command::Conclude(_) => Action::ConcludeEvaluation,
        };
        (action, self.as_record())
    }
}

impl EvaluationPlan {
    /// As access depends on it: about nobody, and open to who sees to it.
    pub(crate) fn as_record(&self) -> Record {
        Record::new(Kind::EvaluationPlan, self.trust)
            .at(self.urn)
            .granted_to([self.lead])
            .purpose(Purpose::QualityAssurance)
    }
}

impl Guarded for Feedback {
    const NAME: &'static str = "feedback";

    fn creates(command: &feedback::Command) -> bool {
        matches!(command, feedback::Command::Ask { .. })
    }

    fn record(&self, command: &feedback::Command) -> (Action, Record) {
        use feedback::Command;
        let action = match command {
            Command::Ask { participation, .. } => {
                let record = Record::new(Kind::Feedback, participation.trust)
                    .at(participation.urn)
                    .about(participation.person)
                    .purpose(participation.purpose);
                return (Action::AskFeedback, record);
            }
            Command::AskAgain { .. } => Action::AskFeedback,
            Command::Give { .. } => Action::GiveFeedback,
            Command::Observe(_) => Action::ObservePractice,
            Command::Expire { .. } => Action::ExpireFeedback,
        };
        let record = Record::new(Kind::Feedback, self.trust)
            .at(self.urn)
            .about(self.person)
            .purpose(self.purpose);
        (action, record)
    }
}

/// A survey belongs to the school whose staff alone it asks, else to the trust.
pub(crate) fn survey_record(kind: Kind, trust: TrustId, urns: &[Urn]) -> Record {
    let only = match urns {
        [only] => Some(*only),
        _ => None,
    };
    Record::new(kind, trust).at(only).purpose(Purpose::QualityAssurance)
}

impl Guarded for AuditWave {
    const NAME: &'static str = "audit wave";

    fn creates(command: &audit_wave::Command) -> bool {
        matches!(command, audit_wave::Command::Open(_))
    }

    fn record(&self, command: &audit_wave::Command) -> (Action, Record) {
        use audit_wave::Command;
        let action = match command {
            Command::Open(open) => {
                let record = survey_record(Kind::AuditWave, open.trust, &open.urns);
                return (Action::OpenWave, record);
            }
            Command::Answer(_) => Action::AnswerWave,
            Command::Close(_) => Action::CloseWave,
        };
        (action, survey_record(Kind::AuditWave, self.trust, &self.urns))
    }
}

impl Guarded for Survey {
    const NAME: &'static str = "survey";

    fn creates(command: &survey::Command) -> bool {
        matches!(command, survey::Command::Open(_))
    }

    fn record(&self, command: &survey::Command) -> (Action, Record) {
        use survey::Command;
        let action = match command {
            Command::Open(open) => {
                let record = survey_record(Kind::Survey, open.trust, &open.urns);
                return (Action::OpenSurvey, record);
            }
            Command::Answer(_) => Action::AnswerSurvey,
            Command::Close(_) => Action::CloseSurvey,
        };
        (action, survey_record(Kind::Survey, self.trust, &self.urns))
    }
}

impl Guarded for Metric {
    const NAME: &'static str = "metric";

    fn creates(command: &metric::Command) -> bool {
        matches!(command, metric::Command::Define(_))
    }

    fn record(&self, command: &metric::Command) -> (Action, Record) {
        use metric::Command;
        let action = match command {
            Command::Define(define) => {
                return (Action::DefineMetric, place(Kind::Metric, define.trust, define.urn));
            }
            Command::SetTarget { .. } => Action::SetTarget,
            Command::Report { .. } => Action::ReportMetric,
            Command::Retire => Action::RetireMetric,
        };
        (action, place(Kind::Metric, self.trust, self.urn))
    }
}

impl Guarded for Spending {
    const NAME: &'static str = "spending";

    fn creates(command: &spending::Command) -> bool {
        matches!(command.ask, Ask::Record(_))
    }

    /// Whoever paid may say so, and take it back.
    fn record(&self, command: &spending::Command) -> (Action, Record) {
        match command.ask {
            Ask::Record(cost) => (Action::RecordCost, place(Kind::Spending, command.trust, cost.urn)),
            Ask::Withdraw { cost } => {
                let urn = self.cost(cost).and_then(|cost| cost.urn.parse().ok());
                (Action::WithdrawCost, place(Kind::Spending, command.trust, urn))
            }
        }
    }
}

/// Something of a school, or else of the whole trust.
pub(crate) fn place(kind: Kind, trust: TrustId, urn: Option<Urn>) -> Record {
    Record::new(kind, trust).at(urn).purpose(Purpose::QualityAssurance)
}
