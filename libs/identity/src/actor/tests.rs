use std::time::Duration;

use api::directory::v1::{IdentifierLinked, person_event};
use db::Db;

use super::*;
use crate::{
    Kek,
    example::{Directory, OTHER_TRUST, TRUST, school, somebody},
    issuer::Issuer,
    token::TrustedIssuer,
};

const ISSUER: &str = "http://127.0.0.1:7000";

struct Fixture {
    issuer: Issuer,
    roster: Roster,
    keys: Keys,
    _files: tempfile::TempDir,
}

const ANNA: u128 = 1;
const HR: u128 = 2;
const ERASED: u128 = 3;
const ELSEWHERE: u128 = 4;

impl Fixture {
    async fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let db = Db::open(format!("sqlite:{}", files.path().join("keys.db").display()))
            .await
            .unwrap();
        let keys = Keys::over(db, Kek::generate()).await.unwrap();
        let mut directory = Directory::of_two_schools();
        for number in [ANNA, HR, ERASED] {
            directory.works_at(TRUST, somebody(number), Some(school()));
        }
        directory.works_at(OTHER_TRUST, somebody(ELSEWHERE), None);
        directory.answers_for(somebody(HR), Role::TrustHr, Scope::Trust(TRUST));
        directory.is_erased(somebody(ERASED));
        let digest = keys
            .digest(IdentifierScheme::Oidc, &format!("{ISSUER}#anna@castle.example"))
            .await
            .unwrap();
        let linked = IdentifierLinked {
            scheme: IdentifierScheme::Oidc.into(),
            digest,
            value: None,
        };
        directory.person_event(TRUST, somebody(ANNA), person_event::Event::IdentifierLinked(linked));
        let issuer = Issuer::open(files.path(), ISSUER).unwrap();
        Self {
            issuer,
            roster: Roster::fixed(directory.register()),
            keys,
            _files: files,
        }
    }

    fn authenticator(&self, subject_is: SubjectIs) -> Authenticator {
        let verifier = Verifier::new([TrustedIssuer {
            subject_is,
            ..self.issuer.trusted()
        }]);
        let operators = [
            (format!("{ISSUER}#mis"), Some(TRUST)),
            (format!("{ISSUER}#region"), None),
        ];
        Authenticator::new(verifier, self.roster.clone(), self.keys.clone(), operators)
    }

    async fn ask(&self, subject_is: SubjectIs, subject: impl ToString, for_whom: Option<&str>) -> Result<Actor, Error> {
        let token = self.issuer.mint(subject, Duration::from_secs(60)).unwrap();
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
        if let Some(person) = for_whom {
            metadata.insert(ON_BEHALF_OF, person.parse().unwrap());
        }
        self.authenticator(subject_is).authenticate(&metadata).await
    }
}

#[tokio::test]
async fn a_demo_person_is_named_by_their_identifier() {
    let fixture = Fixture::new().await;
    let actor = fixture.ask(SubjectIs::PersonId, somebody(ANNA), None).await.unwrap();
    assert_eq!(actor, Actor::person(somebody(ANNA), TRUST));
    for stranger in ["somebody", "00000000-0000-0000-0000-000000000000"] {
        let refusal = fixture.ask(SubjectIs::PersonId, stranger, None).await;
        assert!(matches!(refusal, Err(Error::UnknownAccount)), "{stranger}");
    }
}

#[tokio::test]
async fn an_account_is_found_by_its_linked_identifier() {
    let fixture = Fixture::new().await;
    let actor = fixture
        .ask(SubjectIs::ExternalIdentifier, "anna@castle.example", None)
        .await
        .unwrap();
    assert_eq!(actor.person_id(), Some(somebody(ANNA)));
    // A person's identifier is no account where accounts are linked.
    let refusal = fixture.ask(SubjectIs::ExternalIdentifier, somebody(ANNA), None).await;
    assert!(matches!(refusal, Err(Error::UnknownAccount)));
}

#[tokio::test]
async fn the_erased_are_not_let_in() {
    let fixture = Fixture::new().await;
    assert!(matches!(
        fixture.ask(SubjectIs::PersonId, somebody(ERASED), None).await,
        Err(Error::Erased)
    ));
}

#[tokio::test]
async fn operators_are_those_configured() {
    let fixture = Fixture::new().await;
    let of_trust = fixture.ask(SubjectIs::PersonId, "mis", None).await.unwrap();
    assert_eq!((of_trust.principal, of_trust.trust), (Principal::Operator, Some(TRUST)));
    assert!(of_trust.may_enter(TRUST) && !of_trust.may_enter(OTHER_TRUST));
    let of_all = fixture.ask(SubjectIs::PersonId, "region", None).await.unwrap();
    assert!(of_all.may_enter(OTHER_TRUST));
    assert_ne!(of_trust.id, of_all.id);
}

#[tokio::test]
async fn human_resources_and_operators_enter_for_others() {
    let fixture = Fixture::new().await;
    let anna = somebody(ANNA).to_string();
    for entering in [somebody(HR).to_string(), "mis".to_owned()] {
        let actor = fixture.ask(SubjectIs::PersonId, entering, Some(&anna)).await.unwrap();
        assert_eq!(actor.on_behalf_of, Some(somebody(ANNA)));
        assert!(actor.is(somebody(ANNA)));
    }
}

#[tokio::test]
async fn nobody_else_stands_in() {
    let fixture = Fixture::new().await;
    let ask = async |subject: String, person: PersonId| {
        fixture
            .ask(SubjectIs::PersonId, subject, Some(&person.to_string()))
            .await
    };
    let anna = somebody(ANNA).to_string();
    assert!(matches!(ask(anna, somebody(HR)).await, Err(Error::MayNotRepresent)));
    assert!(matches!(
        ask(somebody(HR).to_string(), somebody(ELSEWHERE)).await,
        Err(Error::MayNotRepresent)
    ));
    assert!(matches!(
        ask("mis".into(), somebody(ELSEWHERE)).await,
        Err(Error::MayNotRepresent)
    ));
    assert!(matches!(ask("mis".into(), somebody(99)).await, Err(Error::NotAPerson)));
    let refusal = fixture.ask(SubjectIs::PersonId, "mis", Some("nobody")).await;
    assert!(matches!(refusal, Err(Error::NotAPerson)));
}

#[tokio::test]
async fn without_a_token_nobody_acts() {
    let fixture = Fixture::new().await;
    let refusal = fixture
        .authenticator(SubjectIs::PersonId)
        .authenticate(&MetadataMap::new())
        .await;
    assert!(matches!(refusal, Err(Error::Token(token::Error::Missing))));
}
