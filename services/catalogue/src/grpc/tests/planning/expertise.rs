use api::ids::PersonId;
use estate::TRUST;
use pb::ExpertiseKind;

use super::*;

impl World {
    /// Somebody offers to help with modelling, in September 2023.
    pub(super) async fn expertise(&self, by: PersonId) -> Result<String, Status> {
        self.expertise_of(by, "").await
    }

    async fn expertise_of(&self, by: PersonId, person: &str) -> Result<String, Status> {
        let offered = command!(
            self,
            by,
            "2023-09-07",
            offer_expertise(OfferExpertiseRequest {
                person_id: person.into(),
                focus_areas: vec!["modelling".into()],
                kind: ExpertiseKind::SubjectExpert.into(),
                phases: vec!["ks3".into()],
                description: "worked examples in physics".into(),
            })
        );
        Ok(offered?.id)
    }

    async fn search(&self, by: PersonId, search: pb::SearchExpertiseRequest) -> Vec<String> {
        let reply = query!(self, by, search_expertise(search)).unwrap();
        reply.entries.into_iter().map(|entry| entry.expertise_id).collect()
    }

    async fn entry(&self, by: PersonId, id: &str) -> Result<pb::ExpertiseDetails, Status> {
        let request = pb::GetExpertiseRequest {
            expertise_id: id.into(),
        };
        Ok(query!(self, by, get_expertise(request))?.expertise.unwrap())
    }
}

#[tokio::test]
async fn who_can_help_is_found_across_the_schools_of_the_trust() {
    find(World::running().await).await;
    find(World::running_on_postgres().await).await;
}

async fn find(world: World) {
    let id = world.expertise(OTHER_TEACHER).await.unwrap();
    let of_trust = pb::SearchExpertiseRequest {
        trust_id: TRUST.to_string(),
        ..Default::default()
    };
    for (search, is_found) in [
        (of_trust.clone(), true),
        (
            pb::SearchExpertiseRequest {
                focus_area: "modelling".into(),
                kind: ExpertiseKind::SubjectExpert.into(),
                ..of_trust.clone()
            },
            true,
        ),
        (
            pb::SearchExpertiseRequest {
                focus_area: "behaviour".into(),
                ..of_trust.clone()
            },
            false,
        ),
        (
            pb::SearchExpertiseRequest {
                kind: ExpertiseKind::Coach.into(),
                ..of_trust.clone()
            },
            false,
        ),
        (
            pb::SearchExpertiseRequest {
                urn: OTHER_SCHOOL.into(),
                ..of_trust.clone()
            },
            true,
        ),
        (
            pb::SearchExpertiseRequest {
                urn: SCHOOL.into(),
                ..of_trust.clone()
            },
            false,
        ),
    ] {
        let found = world.search(TEACHER, search.clone()).await;
        assert_eq!(found, vec![id.clone(); usize::from(is_found)], "{search:?}");
    }
    denied(query!(world, STRANGER, search_expertise(of_trust.clone())));
    denied(world.entry(STRANGER, &id).await);
    let mine = pb::SearchExpertiseRequest {
        mine: true,
        ..Default::default()
    };
    assert_eq!(world.search(TEACHER, mine.clone()).await, Vec::<String>::new());

    let revised = command!(
        world,
        OTHER_TEACHER,
        "2023-09-08",
        revise_expertise(ReviseExpertiseRequest {
            expertise_id: id.clone(),
            focus_areas: vec!["behaviour".into()],
            kind: ExpertiseKind::Coach.into(),
        })
    );
    revised.unwrap();
    let behaviour = pb::SearchExpertiseRequest {
        focus_area: "behaviour".into(),
        ..of_trust.clone()
    };
    assert_eq!(world.search(TEACHER, behaviour).await, std::slice::from_ref(&id));
    let withdrawn = command!(
        world,
        OTHER_TEACHER,
        "2023-09-09",
        withdraw_expertise(WithdrawExpertiseRequest {
            expertise_id: id.clone(),
        })
    );
    withdrawn.unwrap();
    assert_eq!(world.search(TEACHER, of_trust).await, Vec::<String>::new());
    assert_eq!(world.search(OTHER_TEACHER, mine).await, std::slice::from_ref(&id));
    denied(world.entry(TEACHER, &id).await);
}

#[tokio::test]
async fn an_expert_is_asked_and_answers_and_nobody_else_sees_it() {
    let world = World::running().await;
    let id = world.expertise(OTHER_TEACHER).await.unwrap();
    let ask = |who, focus_area: &'static str| {
        let (world, id) = (&world, id.clone());
        async move {
            command!(
                world,
                who,
                "2023-09-12",
                ask_for_expertise(AskForExpertiseRequest {
                    expertise_id: id,
                    focus_area: focus_area.into(),
                    message: "may I come and see?".into(),
                })
            )
        }
    };
    denied(ask(STRANGER, "modelling").await);
    refused(ask(TEACHER, "behaviour").await, "NOT_THIS_EXPERTISE", "focus_area");
    assert_eq!(
        reason(ask(OTHER_TEACHER, "modelling").await.unwrap_err()),
        "ASKS_ONESELF"
    );
    ask(TEACHER, "modelling").await.unwrap();
    assert_eq!(
        reason(ask(TEACHER, "modelling").await.unwrap_err()),
        "EXPERTISE_ASKED_ALREADY"
    );

    let asked = world.entry(OTHER_TEACHER, &id).await.unwrap().requests;
    assert_eq!((asked.len(), asked[0].message.as_str()), (1, "may I come and see?"));
    assert_eq!(
        (asked[0].by_id.clone(), asked[0].urn.as_str()),
        (TEACHER.to_string(), SCHOOL)
    );
    assert_eq!(world.entry(COLLEAGUE, &id).await.unwrap().requests, []);
    let answer = |who| {
        let (world, id, ask_id) = (&world, id.clone(), asked[0].ask_id.clone());
        async move {
            command!(
                world,
                who,
                "2023-09-13",
                answer_expertise(AnswerExpertiseRequest {
                    expertise_id: id,
                    ask_id: ask_id,
                    accepted: true,
                })
            )
        }
    };
    denied(answer(HEAD).await);
    answer(OTHER_TEACHER).await.unwrap();
    refused(answer(OTHER_TEACHER).await, "ASK_ANSWERED_ALREADY", "ask_id");
    let seen = world.entry(TEACHER, &id).await.unwrap().requests;
    assert_eq!((seen[0].accepted, seen[0].answered_on.as_str()), (true, "2023-09-13"));
}

#[tokio::test]
async fn nobody_is_put_on_the_register_by_somebody_else() {
    let world = World::running().await;
    denied(world.expertise_of(HEAD, &TEACHER.to_string()).await);
    let nothing = command!(
        world,
        TEACHER,
        "2023-09-07",
        offer_expertise(OfferExpertiseRequest {
            kind: ExpertiseKind::Coach.into(),
        })
    );
    refused(nothing, "NO_FOCUS_AREA", "focus_areas");
    world.expertise_of(TEACHER, &TEACHER.to_string()).await.unwrap();
}
