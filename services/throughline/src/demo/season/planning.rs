//! Why there is development, who can help, and what time it takes: priorities, providers, needs, time.

use anyhow::Context as _;
use api::{catalogue::v1 as catalogue, ids::derived};
use chrono::Days;
use rand::RngExt as _;
use uuid::Uuid;

use super::{Season, Stage, World, day};
use crate::demo::{
    hand::{Hand, ask},
    staff::Part,
    words,
};

/// What a trust has on its registers for all years.
pub(super) struct Plans {
    pub(super) providers: Vec<Uuid>,
    /// What the trust wants to improve, and by which focus.
    pub(super) priorities: Vec<(Uuid, &'static str)>,
}

impl Plans {
    /// The priority that this focus serves.
    pub(super) fn priority_on(&self, focus: &str) -> Option<Uuid> {
        self.priorities
            .iter()
            .find(|(_, served)| *served == focus)
            .map(|(id, _)| *id)
    }

    pub(super) async fn make(stage: &Stage, world: &World, first_year: i32) -> anyhow::Result<Self> {
        let mut trust = Planning {
            hand: Hand::of(stage, format!("plans:{}", world.trust.trust_id)),
        };
        let on = day(first_year, 9, 2);
        let mut priorities = Vec::new();
        for (focus, strand) in [
            (words::RISING_FOCUS, catalogue::PriorityStrand::AttainmentAndProgress),
            ("adaptive_teaching", catalogue::PriorityStrand::AttainmentAndProgress),
            ("routines", catalogue::PriorityStrand::EthosAndWiderDevelopment),
        ] {
            let id = trust.hand.next_id("priority");
            ask!(
                trust,
                planning.adopt_priority,
                world.leader.id,
                on,
                catalogue::AdoptPriorityRequest {
                    priority_id: id.to_string(),
                    trust_id: world.trust.trust_id.clone(),
                    title: words::priority(focus),
                    strand: strand.into(),
                    from_year: first_year,
                    years: 3,
                    focus_areas: vec![focus.to_owned()],
                    success: words::SUCCESS.to_owned(),
                    owner_id: world.leader.id.to_string(),
                }
            )?;
            priorities.push((id, focus));
        }
        let mut providers = Vec::new();
        for (title, standing) in [
            (
                "The Lantern Teaching School Hub",
                catalogue::ProviderStanding::Recommended,
            ),
            ("Brightside Training", catalogue::ProviderStanding::NotRecommended),
        ] {
            let id = trust.hand.next_id("provider");
            ask!(
                trust,
                planning.register_provider,
                world.leader.id,
                on,
                catalogue::RegisterProviderRequest {
                    provider_id: id.to_string(),
                    trust_id: world.trust.trust_id.clone(),
                    title: title.to_owned(),
                    source: catalogue::ProviderSource::External.into(),
                    focus_areas: vec![words::RISING_FOCUS.to_owned()],
                }
            )?;
            trust.review(world, id, standing, first_year).await?;
            providers.push(id);
        }
        for school in world.schools.iter().step_by(2) {
            for leader in school.of(Part::Leader).take(2) {
                let mut own = Planning {
                    hand: Hand::of(stage, format!("expertise:{}", leader.id)),
                };
                ask!(
                    own,
                    planning.offer_expertise,
                    leader.id,
                    on,
                    catalogue::OfferExpertiseRequest {
                        expertise_id: own.hand.next_id("expertise").to_string(),
                        person_id: leader.id.to_string(),
                        focus_areas: vec![words::FOCUS_AREAS[school.staff.len() % words::FOCUS_AREAS.len()].to_owned()],
                        kind: catalogue::ExpertiseKind::LeadPractitioner.into(),
                        description: words::EXPERTISE.to_owned(),
                    }
                )?;
            }
        }
        Ok(Self { providers, priorities })
    }
}

struct Planning<'a> {
    hand: Hand<'a>,
}

impl Planning<'_> {
    async fn review(
        &mut self,
        world: &World,
        provider: Uuid,
        standing: catalogue::ProviderStanding,
        year: i32,
    ) -> anyhow::Result<()> {
        let score = if standing == catalogue::ProviderStanding::Recommended {
            5
        } else {
            2
        };
        let criteria = [
            catalogue::ReviewCriterion::EvidenceBase,
            catalogue::ReviewCriterion::SustainedDesign,
            catalogue::ReviewCriterion::Value,
        ];
        let on = day(year, 1, 20);
        ask!(
            self,
            planning.review_provider,
            world.leader.id,
            on,
            catalogue::ReviewProviderRequest {
                provider_id: provider.to_string(),
                review_id: self.hand.next_id("provider review").to_string(),
                on: on.to_string(),
                scores: criteria
                    .map(|criterion| catalogue::CriterionScore {
                        criterion: criterion.into(),
                        score
                    })
                    .to_vec(),
                standing: standing.into(),
                summary: words::PROVIDER_REVIEW.to_owned(),
            }
        )?;
        Ok(())
    }
}

/// Twilight evenings for development, beside the INSET day.
const TWILIGHTS: [(u32, u32); 3] = [(11, 24), (2, 4), (4, 29)];

impl Season<'_> {
    /// Each school sets time aside: an INSET day and three twilights.
    pub(super) async fn plan_time(&self, year: i32) -> anyhow::Result<()> {
        self.at_every_school("plan time", year, async |mut here| {
            let slots = [(day(year, 9, 4), catalogue::TimeSlotKind::InsetDay, 300)]
                .into_iter()
                .chain(TWILIGHTS.map(|(month, date)| (day(year, month, date), catalogue::TimeSlotKind::Twilight, 90)));
            for (number, (on, kind, minutes)) in slots.enumerate() {
                ask!(
                    here,
                    planning.plan_time,
                    here.head(),
                    day(year, 9, 1),
                    catalogue::PlanTimeRequest {
                        urn: here.school.urn.clone(),
                        slot_id: slot(&here.school.urn, year, number).to_string(),
                        kind: kind.into(),
                        on: on.to_string(),
                        minutes: minutes,
                        title: words::SLOTS[number].to_owned(),
                    }
                )?;
            }
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// What became of the time: schools that follow through use it, others find something more urgent.
    pub(super) async fn spend_time(&self, year: i32) -> anyhow::Result<()> {
        self.at_every_school("spend time", year, async |mut here| {
            let budget = self.time_budget(&here.school.urn, here.head(), year).await?;
            for number in 0..=TWILIGHTS.len() {
                let slot_id = slot(&here.school.urn, year, number).to_string();
                let on = match number {
                    0 => day(year, 9, 4),
                    _ => day(year, TWILIGHTS[number - 1].0, TWILIGHTS[number - 1].1),
                };
                if number == 0 || here.followed_through(1.1) {
                    ask!(
                        here,
                        planning.use_time,
                        here.head(),
                        on,
                        catalogue::UseTimeRequest {
                            time_budget_id: budget.clone(),
                            slot_id: slot_id,
                            minutes: if number == 0 { 300 } else { 90 },
                        }
                    )?;
                } else {
                    let (category, why) = words::DIVERSIONS[here.rng.random_range(0..words::DIVERSIONS.len())];
                    ask!(
                        here,
                        planning.divert_time,
                        here.head(),
                        on,
                        catalogue::DivertTimeRequest {
                            time_budget_id: budget.clone(),
                            slot_id: slot_id,
                            minutes: 90,
                            category: category.into(),
                            why: why.to_owned(),
                        }
                    )?;
                }
            }
            Ok(())
        })
        .await?;
        Ok(())
    }

    async fn time_budget(&self, urn: &str, reader: Uuid, year: i32) -> anyhow::Result<String> {
        let message = catalogue::GetTimeBudgetRequest {
            urn: urn.to_owned(),
            year,
        };
        let answer = self
            .stage
            .clients
            .planning
            .clone()
            .get_time_budget(self.stage.tokens.request(reader, message)?)
            .await
            .context("looking for the time budget")?;
        Ok(answer.into_inner().time_budget.unwrap_or_default().time_budget_id)
    }

    /// Needs that walks and appraisals raised are matched to a course; schools that follow through see to them.
    pub(super) async fn answer_needs(&self, year: i32) -> anyhow::Result<()> {
        self.at_every_school("needs", year, async |mut here| {
            let message = catalogue::ListNeedsRequest {
                trust_id: self.world.trust.trust_id.clone(),
                urn: here.school.urn.clone(),
                state: catalogue::NeedState::Open.into(),
                page_size: 20,
                ..Default::default()
            };
            let needs = self
                .stage
                .clients
                .planning
                .clone()
                .list_needs(self.stage.tokens.request(here.head(), message)?)
                .await
                .context("listing needs")?
                .into_inner()
                .needs;
            for need in needs {
                let Some(activity) = self.catalogue.courses.get(need.focus_area.as_str()) else {
                    continue;
                };
                if !here.followed_through(1.0) {
                    continue;
                }
                let opened_on = need.on.parse().unwrap_or(day(year, 11, 12));
                let on = super::super::staff::weekday(opened_on + Days::new(10));
                ask!(
                    here,
                    planning.match_need,
                    here.head(),
                    on,
                    catalogue::MatchNeedRequest {
                        need_id: need.need_id.clone(),
                        activity_id: activity.to_string(),
                    }
                )?;
                if here.followed_through(0.8) {
                    let on = on + Days::new(90);
                    ask!(
                        here,
                        planning.meet_need,
                        here.head(),
                        on,
                        catalogue::MeetNeedRequest {
                            need_id: need.need_id,
                            on: on.to_string(),
                        }
                    )?;
                }
            }
            Ok(())
        })
        .await?;
        Ok(())
    }
}

fn slot(urn: &str, year: i32, number: usize) -> Uuid {
    derived("demo slot", &format!("{urn}:{year}:{number}"))
}
