use api::ids::PersonId;
use estate::{GOVERNOR, TRUST};
use pb::{NeedClosure, NeedReach, NeedSource, NeedState};

use super::*;

impl World {
    /// Somebody says what the teacher needs, in September 2023.
    async fn need_of_teacher(&self, by: PersonId) -> Result<String, Status> {
        let opened = command!(
            self,
            by,
            "2023-09-05",
            open_need(OpenNeedRequest {
                source: NeedSource::Person.into(),
                urn: SCHOOL.into(),
                focus_area: "questioning".into(),
                scope: NeedReach::Person.into(),
                person_id: TEACHER.to_string(),
                detail: "I answer my own questions".into(),
            })
        );
        Ok(opened?.id)
    }

    /// The lead of professional development says what the science department needs.
    pub(super) async fn need_of_team(&self) -> String {
        let opened = command!(
            self,
            CPD_LEAD,
            "2023-09-06",
            open_need(OpenNeedRequest {
                source: NeedSource::Survey.into(),
                urn: SCHOOL.into(),
                focus_area: "modelling".into(),
                scope: NeedReach::Department.into(),
                team: "science".into(),
                detail: "few saw it done".into(),
            })
        );
        opened.unwrap().id
    }

    pub(super) async fn need(&self, id: &str) -> pb::NeedDetails {
        let request = pb::GetNeedRequest { need_id: id.into() };
        query!(self, CPD_LEAD, get_need(request)).unwrap().need.unwrap()
    }

    async fn needs(&self, by: PersonId, search: pb::ListNeedsRequest) -> Vec<String> {
        let reply = query!(self, by, list_needs(search)).unwrap();
        reply.needs.into_iter().map(|need| need.need_id).collect()
    }
}

#[tokio::test]
async fn a_need_is_opened_matched_and_met_once() {
    let world = World::running().await;
    let id = world.need_of_teacher(TEACHER).await.unwrap();
    let activity = world.published(|_| {}).await;
    let meet = || async {
        command!(
            world,
            CPD_LEAD,
            "2023-11-20",
            meet_need(MeetNeedRequest {
                need_id: id.clone(),
                on: "2023-11-17".into(),
            })
        )
    };
    assert_eq!(reason(meet().await.unwrap_err()), "NEED_NOT_MATCHED");
    let match_to = |who, activity: String| {
        let (world, need_id) = (&world, id.clone());
        async move {
            command!(
                world,
                who,
                "2023-09-07",
                match_need(MatchNeedRequest {
                    need_id: need_id,
                    activity_id: activity,
                })
            )
        }
    };
    denied(match_to(COLLEAGUE, activity.clone()).await);
    invalid(match_to(CPD_LEAD, request_id()).await, &["activity_id"]);
    match_to(CPD_LEAD, activity.clone()).await.unwrap();
    refused(
        match_to(CPD_LEAD, activity.clone()).await,
        "NEED_MATCHED_ALREADY",
        "activity_id",
    );
    meet().await.unwrap();
    assert_eq!(reason(meet().await.unwrap_err()), "NEED_MET_ALREADY");
    let seen = world.need(&id).await;
    assert_eq!((seen.state(), seen.ended_on.as_str()), (NeedState::Met, "2023-11-17"));
    assert_eq!(
        (seen.detail.as_str(), seen.activity_ids),
        ("I answer my own questions", vec![activity])
    );
}

#[tokio::test]
async fn a_need_is_of_its_reach_and_of_its_source() {
    let world = World::running().await;
    denied(world.need_of_teacher(COLLEAGUE).await);
    world.need_of_teacher(LINE_MANAGER).await.unwrap();
    let open = |source: NeedSource, reach: NeedReach, team: &'static str, person: &'static str| {
        let world = &world;
        async move {
            command!(
                world,
                CPD_LEAD,
                "2023-09-05",
                open_need(OpenNeedRequest {
                    source: source.into(),
                    urn: SCHOOL.into(),
                    focus_area: "questioning".into(),
                    scope: reach.into(),
                    team: team.into(),
                    person_id: person.into(),
                })
            )
        }
    };
    let department = NeedReach::Department;
    invalid(
        open(NeedSource::Appraisal, NeedReach::Person, "", "").await,
        &["source"],
    );
    refused(
        open(NeedSource::Person, NeedReach::Person, "", "").await,
        "NEED_WITHOUT_PERSON",
        "person_id",
    );
    refused(
        open(NeedSource::Survey, department, "", "").await,
        "NEED_WITHOUT_TEAM",
        "team",
    );
    refused(
        open(NeedSource::Person, department, "science", "").await,
        "SOURCE_IS_ABOUT_A_PERSON",
        "scope",
    );
    invalid(
        open(NeedSource::Survey, department, "science", "nobody").await,
        &["person_id"],
    );
}

#[tokio::test]
async fn needs_are_listed_for_those_who_can_do_something_about_them() {
    list(World::running().await).await;
    list(World::running_on_postgres().await).await;
}

async fn list(world: World) {
    let personal = world.need_of_teacher(TEACHER).await.unwrap();
    let team = world.need_of_team().await;
    let here = pb::ListNeedsRequest {
        urn: SCHOOL.into(),
        ..Default::default()
    };
    assert_eq!(
        world.needs(CPD_LEAD, here.clone()).await,
        [personal.clone(), team.clone()]
    );
    // Whoever answers for provision alone sees the team's.
    assert_eq!(world.needs(GOVERNOR, here.clone()).await, std::slice::from_ref(&team));
    denied(query!(world, COLLEAGUE, list_needs(here.clone())));
    let of_trust = pb::ListNeedsRequest {
        trust_id: TRUST.to_string(),
        focus_area: "modelling".into(),
        ..Default::default()
    };
    assert_eq!(
        world.needs(estate::TRUST_LEADER, of_trust).await,
        std::slice::from_ref(&team)
    );
    let of_teacher = pb::ListNeedsRequest {
        person_id: TEACHER.to_string(),
        state: NeedState::Open.into(),
        ..Default::default()
    };
    for who in [TEACHER, LINE_MANAGER, HEAD] {
        assert_eq!(
            world.needs(who, of_teacher.clone()).await,
            std::slice::from_ref(&personal)
        );
    }
    denied(query!(world, COLLEAGUE, list_needs(of_teacher.clone())));
    let get = pb::GetNeedRequest {
        need_id: personal.clone(),
    };
    denied(query!(world, GOVERNOR, get_need(get)));
    // Page by page.
    let mut page = pb::ListNeedsRequest { page_size: 1, ..here };
    let first = query!(world, HEAD, list_needs(page.clone())).unwrap();
    assert_eq!(first.needs[0].need_id, personal);
    page.page_token = first.next_page_token;
    assert_eq!(world.needs(HEAD, page).await, [team]);

    let closed = command!(
        world,
        TEACHER,
        "2023-10-02",
        close_need(CloseNeedRequest {
            need_id: personal.clone(),
            why: NeedClosure::NoLongerNeeded.into(),
        })
    );
    closed.unwrap();
    assert_eq!(world.needs(TEACHER, of_teacher.clone()).await, Vec::<String>::new());
    let closed = pb::ListNeedsRequest {
        state: NeedState::Closed.into(),
        ..of_teacher
    };
    assert_eq!(world.needs(TEACHER, closed).await, [personal]);
    let nowhere = query!(world, HEAD, list_needs(pb::ListNeedsRequest::default()));
    invalid(nowhere, &["trust_id"]);
}
