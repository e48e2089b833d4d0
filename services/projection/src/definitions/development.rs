//! The step that the catalogue and coaching report: developed.
//!
//! Hours credited, coaching sessions held, and meetings and lessons of an enquiry count, if they are linked to the
//! follow-up by name and are its person's own. What only looks as if it belonged is suggested to those concerned.

use api::projection::v1::Absence;

use super::{Facts, Ground, Outcome};

/// At least one linked development held on the day of the agreement or later.
pub fn developed(facts: &Facts, ground: &Ground<'_>) -> Outcome {
    match facts.developed_on {
        Some(on) => Outcome::reached(on),
        // Of two sources, one that is silent may have seen it.
        None if ground.reporting.catalogue && ground.reporting.coaching => Outcome::missed(Absence::NotYet),
        None if ground.reporting.catalogue || ground.reporting.coaching => Outcome::missed(Absence::SourceNotReporting),
        None => Outcome::aside(Absence::SourceNotReporting),
    }
}
