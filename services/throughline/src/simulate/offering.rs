//! What is on offer: the trust's courses, and what each school holds for its own staff.

use api::{
    catalogue::v1::{ActivityKind, Audience, Design, MandatoryRule, Openness, ProviderKind},
    common::v1::Purpose,
    ids::{ActivityId, TrustId, Urn, derived},
};
use catalogue_service::{
    activity::{self, Activity},
    session::OfferedActivity,
};

use super::{
    school::{OwnActivities, School},
    scribe::Stream,
};
use crate::demo::words;

/// Mandatory training of every year, and its days.
pub(super) const MANDATORY: [(&str, &str, (u32, u32)); 4] = [
    ("safeguarding_update", "Safeguarding: this year's update", (9, 11)),
    ("prevent", "Prevent duty", (10, 8)),
    ("online_safety", "Online safety", (1, 15)),
    ("fire_safety", "Fire safety", (4, 23)),
];

/// The trust's course about a focus.
pub(super) fn course(trust: TrustId, focus: &'static str) -> (ActivityId, activity::Offer) {
    let id = ActivityId(derived("simulated course", &format!("{trust}:{focus}")));
    let well_built = focus.len().is_multiple_of(2);
    let mechanisms: &[&str] = if well_built {
        &[
            "managing_cognitive_load",
            "revisiting_prior_learning",
            "setting_goals",
            "modelling",
            "rehearsal",
            "action_planning",
        ]
    } else {
        &["instruction", "credible_source"]
    };
    let offer = activity::Offer {
        design: Design {
            weeks: if well_built { 10 } else { 1 },
            classroom_minutes: if well_built { 50 } else { 0 },
            with_colleague: well_built,
            specialist_input: true,
            follow_up_planned: well_built,
            evaluation_planned: well_built,
            mechanisms: mechanisms.iter().map(|code| (*code).to_owned()).collect(),
            discrete_process: false,
        },
        cost_pence: 1_200,
        description: words::about_course(focus),
        impact_statements: words::IMPACT_STATEMENTS.map(str::to_owned).to_vec(),
        ..offer(
            words::course(focus),
            ActivityKind::Course,
            Openness::Trust,
            90,
            60,
            focus,
        )
    };
    (id, offer)
}

fn offer(
    title: String,
    kind: ActivityKind,
    openness: Openness,
    minutes: i32,
    capacity: i32,
    focus: &str,
) -> activity::Offer {
    activity::Offer {
        title,
        kind,
        provider_kind: ProviderKind::Internal,
        provider: None,
        subject: String::new(),
        role_groups: Vec::new(),
        career_stages: Vec::new(),
        focus_areas: vec![focus.to_owned()],
        priorities: Vec::new(),
        openness,
        network: None,
        minutes,
        cost_pence: 0,
        capacity,
        design: Design {
            weeks: 1,
            with_colleague: true,
            mechanisms: vec!["setting_goals".to_owned()],
            ..Design::default()
        },
        mandatory: None,
        description: String::new(),
        intended_impact: words::INTENDED_IMPACT.to_owned(),
        impact_statements: Vec::new(),
    }
}

/// What sessions take over from an activity.
pub(super) fn offered(id: ActivityId, trust: TrustId, urn: Option<Urn>, offer: &activity::Offer) -> OfferedActivity {
    OfferedActivity {
        id,
        trust,
        urn,
        title: offer.title.clone(),
        kind: offer.kind,
        provider_kind: offer.provider_kind,
        provider: offer.provider,
        cost_pence: offer.cost_pence,
        focus_areas: offer.focus_areas.clone(),
        priorities: offer.priorities.clone(),
        audience: Some(Audience::default()),
        openness: offer.openness,
        network: offer.network,
        mandatory: offer.mandatory.clone(),
        purpose: match offer.mandatory {
            Some(_) => Purpose::Statutory,
            None => Purpose::Developmental,
        },
        withdrawn_on: None,
    }
}

impl School {
    /// Publishes what is for this school's own staff.
    pub(super) fn publish_own(&mut self) -> anyhow::Result<()> {
        let inset = offer(
            "INSET day: our year ahead".to_owned(),
            ActivityKind::InsetDay,
            Openness::School,
            300,
            500,
            "curriculum_sequencing",
        );
        let forum = offer(
            "Teaching forum: fifteen minutes of practice".to_owned(),
            ActivityKind::LearningCommunity,
            Openness::School,
            15,
            500,
            "questioning",
        );
        let inset = self.publish("inset", inset)?;
        let forum = self.publish("forum", forum)?;
        let mut mandatory = Vec::new();
        for (item, title, _) in MANDATORY {
            let offer = activity::Offer {
                mandatory: Some(MandatoryRule {
                    item: item.to_owned(),
                    renewal_months: 12,
                }),
                intended_impact: String::new(),
                design: Design {
                    weeks: 1,
                    discrete_process: true,
                    ..Design::default()
                },
                ..offer(
                    title.to_owned(),
                    ActivityKind::MandatoryTraining,
                    Openness::School,
                    60,
                    500,
                    "safeguarding",
                )
            };
            mandatory.push(self.publish(item, offer)?);
        }
        self.own = Some(std::sync::Arc::new(OwnActivities {
            inset,
            forum,
            mandatory,
        }));
        Ok(())
    }

    fn publish(&mut self, name: &str, offer: activity::Offer) -> anyhow::Result<OfferedActivity> {
        let urn = self.place.urn;
        let id = ActivityId(derived("simulated activity", &format!("{urn}:{name}")));
        let taken_over = offered(id, self.trust.id, Some(urn), &offer);
        let publish = activity::Command::Publish {
            trust: self.trust.id,
            urn: Some(urn),
            offer,
        };
        let head = self.head();
        self.scribe.tell(&mut Stream::<Activity>::new(id), head, publish)?;
        Ok(taken_over)
    }
}
