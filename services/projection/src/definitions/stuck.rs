//! Why a thread does not move.

use api::projection::v1::{StuckReason, ThreadState};

use super::{Facts, Ground, appraisal};
use crate::compact::Day;

/// From so many days before the due date, nothing done means stuck.
const NEAR: Day = 14;

/// The reasons, in the order of the protocol. None for what was let go.
pub fn reasons(facts: &Facts, ground: &Ground<'_>) -> Vec<StuckReason> {
    if matches!(facts.state, ThreadState::Withdrawn | ThreadState::Lapsed) {
        return Vec::new();
    }
    let open = facts.action_owed() || facts.support_owed;
    let near = ground.on + NEAR >= facts.due_on;
    let running = !facts.paused;
    let discussed = appraisal::discussed(facts, ground);
    let refused = |day: &Day| !appraisal::eligible(facts, ground.reaches, *day);
    let reasons = [
        (
            StuckReason::NotStarted,
            running && facts.state == ThreadState::Agreed && facts.developed_on.is_none() && near,
        ),
        (
            StuckReason::SupportNotProvided,
            running && facts.support_owed && (near || !facts.action_owed()),
        ),
        (
            StuckReason::Overdue,
            running && facts.action_owed() && facts.due_on < ground.on,
        ),
        (
            StuckReason::NeverRevisited,
            facts.state == ThreadState::Completed && facts.revisited_on.is_none(),
        ),
        (
            StuckReason::NotInAppraisal,
            discussed.counted && discussed.reached.is_none(),
        ),
        (
            StuckReason::OwnerLeft,
            facts.support_owed && (facts.owner.is_none() || ground.owner_left),
        ),
        (StuckReason::Paused, facts.paused && open),
        (StuckReason::SourceNotReporting, open && ground.reporting.silent),
        (StuckReason::NotPermitted, facts.named_on.iter().any(refused)),
    ];
    reasons
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(reason, _)| reason)
        .collect()
}
