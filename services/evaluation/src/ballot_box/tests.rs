use estate::{COLLEAGUE, TEACHER, TRUST};
use uuid::Uuid;

use super::*;
use crate::world::World;

fn voter(person: PersonId) -> Voter {
    Voter {
        trust: TRUST,
        survey: Uuid::from_u128(77),
        person,
    }
}

#[tokio::test]
async fn a_person_answers_once_and_nobody_knows_who() {
    answer(World::still().await).await;
    answer(World::still_on_postgres().await).await;
}

async fn answer(world: World) {
    let ballots = world.ballots().await;
    let put = async |person, said: &str| {
        ballots
            .put(voter(person), said.as_bytes(), said.as_bytes().to_vec())
            .await
    };
    assert_eq!(put(TEACHER, "yes").await.unwrap(), Put::Taken);
    assert_eq!(put(TEACHER, "yes").await.unwrap(), Put::Replayed);
    let twice = put(TEACHER, "no").await.unwrap_err();
    assert_eq!(
        (twice.code(), twice.reason()),
        (Code::FailedPrecondition, "ANSWERED_ALREADY")
    );
    assert_eq!(put(COLLEAGUE, "no").await.unwrap(), Put::Taken);
    let respondent = ballots.respondent(voter(TEACHER)).await.unwrap();
    assert!(!respondent.contains(&TEACHER.to_string()));
    assert_ne!(respondent, ballots.respondent(voter(COLLEAGUE)).await.unwrap());
    let other = Voter {
        survey: Uuid::from_u128(78),
        ..voter(TEACHER)
    };
    assert_ne!(
        respondent,
        ballots.respondent(other).await.unwrap(),
        "of one survey only"
    );

    let contents = ballots.seal(voter(TEACHER).survey).await.unwrap();
    assert_eq!(contents.len(), 2);
    assert_eq!(
        put(PersonId(Uuid::from_u128(99)), "yes").await.unwrap_err().reason(),
        "SURVEY_CLOSED"
    );
    assert_eq!(
        ballots.seal(voter(TEACHER).survey).await.unwrap(),
        contents,
        "sealed twice is sealed"
    );

    ballots.empty(TRUST, voter(TEACHER).survey).await.unwrap();
    assert_eq!(
        ballots.seal(voter(TEACHER).survey).await.unwrap(),
        Vec::<Vec<u8>>::new()
    );
    let gone = ballots.respondent(voter(TEACHER)).await.unwrap_err();
    assert_eq!(gone.reason(), "SURVEY_CLOSED", "its key is destroyed");
}
