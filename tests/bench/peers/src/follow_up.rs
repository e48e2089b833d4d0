//! A follow-up, as small as it can be told: what the peers append and replay.

use serde::{Deserialize, Serialize};

/// What happens to a follow-up, in the order of a history.
pub(crate) const STEPS: [Step; 8] = [
    Step::Agreed,
    Step::SupportProvided,
    Step::Started,
    Step::EvidenceAdded,
    Step::EvidenceAdded,
    Step::EvidenceAdded,
    Step::Revisited,
    Step::Completed,
];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    #[default]
    Agreed,
    SupportProvided,
    Started,
    EvidenceAdded,
    Revisited,
    Completed,
}

/// What comes with every step: about as much as an event of ours weighs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) step: Step,
    pub(crate) person_id: String,
    pub(crate) on: String,
    pub(crate) note: String,
}

impl Told {
    pub(crate) fn of(step: Step) -> Self {
        Self {
            step,
            person_id: "0190b5b2-6a0e-7cc4-a8ce-3a1c2f1a0001".into(),
            on: "2026-11-03".into(),
            note: "Two questions to everybody before anybody answered; more hands than last time.".into(),
        }
    }
}

/// The row of a follow-up in the view of threads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    pub(crate) person_id: String,
    pub(crate) agreed_on: String,
    pub(crate) step: Step,
    pub(crate) evidence_count: u32,
    pub(crate) support_count: u32,
    pub(crate) revisited: bool,
    pub(crate) last_on: String,
}

impl Thread {
    pub(crate) fn apply(&mut self, told: &Told) {
        self.person_id.clone_from(&told.person_id);
        self.last_on.clone_from(&told.on);
        self.step = told.step;
        match told.step {
            Step::Agreed => self.agreed_on.clone_from(&told.on),
            Step::SupportProvided => self.support_count += 1,
            Step::EvidenceAdded => self.evidence_count += 1,
            Step::Revisited => self.revisited = true,
            Step::Started | Step::Completed => {}
        }
    }
}
