//! Steps that the observations service reports: support provided, revisited.

use api::projection::v1::Absence;

use super::{Facts, Ground, Outcome};

/// Every promise kept, of those with support promised. A promise of two things is not kept by one of them.
pub fn support_provided(facts: &Facts, ground: &Ground<'_>) -> Outcome {
    match facts.supported_on {
        Some(on) => Outcome::reached(on),
        None if !facts.support_promised => Outcome::aside(Absence::NotApplicable),
        None => Outcome::missed(not_yet(ground)),
    }
}

/// At least one later observation looked at it.
pub fn revisited(facts: &Facts, ground: &Ground<'_>) -> Outcome {
    match facts.revisited_on {
        Some(on) => Outcome::reached(on),
        None => Outcome::missed(not_yet(ground)),
    }
}

fn not_yet(ground: &Ground<'_>) -> Absence {
    if ground.reporting.observations {
        Absence::NotYet
    } else {
        Absence::SourceNotReporting
    }
}
