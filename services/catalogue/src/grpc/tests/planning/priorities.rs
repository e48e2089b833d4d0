use estate::{TRUST, TRUST_CPD_LEAD};
use pb::{AlignmentQuadrant, AlignmentYear, PriorityEnding, PriorityStrand};

use super::*;

impl World {
    /// The head adopts a priority of the school for two years from September 2023.
    pub(super) async fn priority(&self, title: &str) -> String {
        let adopted = command!(
            self,
            HEAD,
            "2023-09-04",
            adopt_priority(AdoptPriorityRequest {
                urn: SCHOOL.into(),
                title: title.into(),
                strand: PriorityStrand::AttainmentAndProgress.into(),
                from_year: 2023,
                years: 2,
                focus_areas: vec!["questioning".into()],
                success: "pupils explain".into(),
                owner_id: CPD_LEAD.to_string(),
            })
        );
        adopted.unwrap().id
    }

    async fn priorities(&self, search: pb::ListPrioritiesRequest) -> Vec<String> {
        let reply = query!(self, COLLEAGUE, list_priorities(search)).unwrap();
        reply.priorities.into_iter().map(|priority| priority.title).collect()
    }
}

#[tokio::test]
async fn priorities_are_adopted_and_listed_by_year() {
    adopt(World::running().await).await;
    adopt(World::running_on_postgres().await).await;
}

async fn adopt(world: World) {
    let oracy = world.priority("Oracy").await;
    world.priority("Reading").await;
    let of_trust = command!(
        world,
        TRUST_CPD_LEAD,
        "2023-09-04",
        adopt_priority(AdoptPriorityRequest {
            trust_id: TRUST.to_string(),
            title: "Belonging".into(),
            strand: PriorityStrand::EthosAndWiderDevelopment.into(),
            from_year: 2024,
            years: 3,
        })
    );
    of_trust.unwrap();
    let here = pb::ListPrioritiesRequest {
        urn: SCHOOL.into(),
        ..Default::default()
    };
    let in_year = |year| pb::ListPrioritiesRequest { year, ..here.clone() };
    assert_eq!(world.priorities(here.clone()).await, ["Oracy", "Reading"]);
    assert_eq!(world.priorities(in_year(2024)).await.len(), 2);
    assert_eq!(world.priorities(in_year(2025)).await.len(), 0);
    let of_trust = pb::ListPrioritiesRequest {
        trust_id: TRUST.to_string(),
        year: 2026,
        ..Default::default()
    };
    assert_eq!(world.priorities(of_trust.clone()).await, ["Belonging"]);
    // Page by page.
    let mut page = pb::ListPrioritiesRequest {
        page_size: 1,
        ..here.clone()
    };
    let first = query!(world, COLLEAGUE, list_priorities(page.clone())).unwrap();
    assert_eq!(first.priorities[0].title, "Oracy");
    page.page_token = first.next_page_token;
    assert_eq!(world.priorities(page).await, ["Reading"]);

    let revised = command!(
        world,
        CPD_LEAD,
        "2023-10-02",
        revise_priority(RevisePriorityRequest {
            priority_id: oracy.clone(),
            title: "Oracy for all".into(),
            strand: PriorityStrand::AttainmentAndProgress.into(),
            years: 3,
            success: "everybody explains".into(),
        })
    );
    revised.unwrap();
    assert_eq!(world.priorities(in_year(2025)).await, ["Oracy for all"]);
    let ended = command!(
        world,
        HEAD,
        "2024-07-10",
        end_priority(EndPriorityRequest {
            priority_id: oracy.clone(),
            ending: PriorityEnding::Achieved.into(),
            on: "2024-07-09".into(),
        })
    );
    ended.unwrap();
    assert_eq!(world.priorities(here.clone()).await, ["Reading"]);
    let with_ended = pb::ListPrioritiesRequest {
        include_ended: true,
        ..here.clone()
    };
    assert_eq!(world.priorities(with_ended).await.len(), 2);
    let get = pb::GetPriorityRequest { priority_id: oracy };
    let seen = query!(world, TEACHER, get_priority(get.clone()))
        .unwrap()
        .priority
        .unwrap();
    assert_eq!(
        (seen.success.as_str(), seen.ending(), seen.ended_on.as_str()),
        ("everybody explains", PriorityEnding::Achieved, "2024-07-09")
    );
    denied(query!(world, STRANGER, get_priority(get)));
    denied(query!(world, STRANGER, list_priorities(here)));
    denied(query!(world, STRANGER, list_priorities(of_trust)));
}

#[tokio::test]
async fn a_priority_is_adopted_by_those_who_answer_for_the_school_for_years_to_come() {
    let world = World::running().await;
    let request = |who, urn: &'static str, from_year, years| {
        let world = &world;
        async move {
            command!(
                world,
                who,
                "2023-09-04",
                adopt_priority(AdoptPriorityRequest {
                    urn: urn.into(),
                    title: "Oracy".into(),
                    strand: PriorityStrand::AttainmentAndProgress.into(),
                    from_year: from_year,
                    years: years,
                })
            )
        }
    };
    denied(request(COLLEAGUE, SCHOOL, 2023, 1).await);
    denied(request(HEAD, OTHER_SCHOOL, 2023, 1).await);
    refused(request(HEAD, SCHOOL, 2023, 4).await, "PRIORITY_TOO_LONG", "years");
    refused(
        request(HEAD, SCHOOL, 2020, 2).await,
        "PRIORITY_IN_THE_PAST",
        "from_year",
    );
    invalid(
        command!(
            world,
            HEAD,
            "2023-09-04",
            adopt_priority(AdoptPriorityRequest { years: 1 })
        ),
        &["title", "strand", "from_year"],
    );
}

#[tokio::test]
async fn an_alignment_plan_lays_out_its_years() {
    align(World::running().await).await;
    align(World::running_on_postgres().await).await;
}

async fn align(world: World) {
    let priority = world.priority("Oracy").await;
    let line = |year: AlignmentYear, priority: &str| pb::PlannedLine {
        year: year.into(),
        priority_id: priority.into(),
        strand: PriorityStrand::AttainmentAndProgress.into(),
        development: "talk partners, everywhere".into(),
    };
    let draft = |who, lines: Vec<pb::PlannedLine>| {
        let world = &world;
        async move {
            command!(
                world,
                who,
                "2023-09-05",
                draft_alignment_plan(DraftAlignmentPlanRequest {
                    urn: SCHOOL.into(),
                    from_year: 2023,
                    lines: lines,
                    points: vec![pb::PlannedPoint {
                        quadrant: AlignmentQuadrant::Threat.into(),
                        text: "supply staff".into(),
                    }],
                })
            )
        }
    };
    let this = || line(AlignmentYear::This, &priority);
    let next = || line(AlignmentYear::Next, &priority);
    refused(draft(HEAD, vec![]).await, "PLAN_WITHOUT_YEARS", "lines");
    refused(draft(HEAD, vec![next()]).await, "PLAN_WITHOUT_YEARS", "lines");
    refused(draft(HEAD, vec![next(), this()]).await, "YEARS_OUT_OF_ORDER", "lines");
    let after = line(AlignmentYear::After, &priority);
    refused(draft(HEAD, vec![this(), after]).await, "PRIORITY_NOT_IN_FORCE", "lines");
    let unknown = line(AlignmentYear::This, &request_id());
    invalid(draft(HEAD, vec![unknown]).await, &["lines[0].priority_id"]);
    denied(draft(COLLEAGUE, vec![this()]).await);
    let id = draft(CPD_LEAD, vec![this(), next()]).await.unwrap().id;
    assert_eq!(
        reason(draft(HEAD, vec![this()]).await.unwrap_err()),
        "PLAN_DRAFTED_ALREADY"
    );

    let revised = command!(
        world,
        HEAD,
        "2023-09-06",
        revise_alignment_plan(ReviseAlignmentPlanRequest {
            alignment_plan_id: id.clone(),
            lines: vec![this()],
        })
    );
    revised.unwrap();
    let adopt = || async {
        command!(
            world,
            HEAD,
            "2023-09-07",
            adopt_alignment_plan(AdoptAlignmentPlanRequest {
                alignment_plan_id: id.clone(),
            })
        )
    };
    adopt().await.unwrap();
    assert_eq!(reason(adopt().await.unwrap_err()), "PLAN_ADOPTED_ALREADY");
    let get = pb::GetAlignmentPlanRequest {
        alignment_plan_id: id.clone(),
    };
    let seen = query!(world, COLLEAGUE, get_alignment_plan(get.clone())).unwrap();
    let seen = seen.alignment_plan.unwrap();
    assert_eq!((seen.lines.clone(), seen.points.len()), (vec![this()], 0));
    assert_eq!(seen.adopted_on, "2023-09-07");
    let here = pb::ListAlignmentPlansRequest {
        urn: SCHOOL.into(),
        ..Default::default()
    };
    let listed = query!(world, GOVERNOR, list_alignment_plans(here.clone())).unwrap();
    assert_eq!(listed.alignment_plans, [seen]);
    denied(query!(world, STRANGER, get_alignment_plan(get)));
    denied(query!(world, STRANGER, list_alignment_plans(here)));
}
