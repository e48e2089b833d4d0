//! The step that the evaluation service reports: evaluated.
//!
//! A measure of pupils at the short or medium point, an answer on use in practice or on pupils, and practice seen by a
//! later observation count, if they name the follow-up. A baseline says where things stood, and evaluates nothing.

use api::projection::v1::Absence;

use super::{Facts, Ground, Outcome};

/// At least one linked measure, or answer at level 4 or 5, on the day of the agreement or later.
pub fn evaluated(facts: &Facts, ground: &Ground<'_>) -> Outcome {
    match facts.evaluated_on {
        Some(on) => Outcome::reached(on),
        None if ground.reporting.evaluation => Outcome::missed(Absence::NotYet),
        None => Outcome::aside(Absence::SourceNotReporting),
    }
}
