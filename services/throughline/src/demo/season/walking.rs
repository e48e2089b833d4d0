//! A learning walk a school and year: a short tour, whose findings belong to teams, and what it found is needed.

use api::observations::v1 as observations;
use chrono::Days;

use super::{SchoolYear, Season, day};
use crate::demo::{hand::ask, words};

const AREAS: [&str; 3] = ["Year 7", "Year 8", "Humanities"];

impl Season<'_> {
    pub(super) async fn walk(&self, year: i32) -> anyhow::Result<()> {
        self.at_every_school("walk", year, walk_once).await?;
        Ok(())
    }
}

async fn walk_once(mut here: SchoolYear<'_>) -> anyhow::Result<()> {
    let head = here.head();
    let focus = if here.number.is_multiple_of(3) {
        words::RISING_FOCUS
    } else {
        words::FOCUS_AREAS[here.number % words::FOCUS_AREAS.len()]
    };
    let on = day(here.year, 11, 12);
    let id = here.hand.next_id("walk");
    ask!(
        here,
        walks.plan_learning_walk,
        head,
        on - Days::new(7),
        observations::PlanLearningWalkRequest {
            learning_walk_id: id.to_string(),
            urn: here.school.urn.clone(),
            lead_id: head.to_string(),
            on: on.to_string(),
            theme: format!("How we use {} across the school", words::plain(focus)),
            enquiry_question: "Which pupils take part, and which do not?".to_owned(),
            focus_areas: vec![focus.to_owned()],
            areas: AREAS.map(str::to_owned).to_vec(),
        }
    )?;
    for area in AREAS {
        ask!(
            here,
            walks.record_visit,
            head,
            on,
            observations::RecordVisitRequest {
                learning_walk_id: id.to_string(),
                area: area.to_owned(),
                minutes: 15,
                note: "Calm start; pupils knew what to do; few were asked to explain.".to_owned(),
                focus_areas_seen: vec![focus.to_owned()],
            }
        )?;
    }
    ask!(
        here,
        walks.agree_findings,
        head,
        on,
        observations::AgreeFindingsRequest {
            learning_walk_id: id.to_string(),
            findings: "Routines are secure everywhere; explaining is left to the same few pupils.".to_owned(),
            needs: vec![focus.to_owned()],
        }
    )?;
    Ok(())
}
