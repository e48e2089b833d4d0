//! What is said in coaching, and written in plans and journals, is shown to the pair and to the owner: to nobody else,
//! by any query, whoever asks.

use std::{collections::BTreeSet, fmt::Debug};

use estate::{
    APPRAISER, COLLEAGUE, CPD_LEAD, GOVERNOR, HEAD, HR, LINE_MANAGER, NETWORK_LEAD, OTHER_HEAD, OTHER_LEAD, SCHOOL,
    STRANGER, TRUST, TRUST_CPD_LEAD, TRUST_LEADER,
};
use eventstore::Position;
use prost::Message as _;
use tonic::{Request, Response};

use super::*;

/// One word of each private text.
const SECRETS: [&str; 7] = [
    "juniper", "marzipan", "cinnamon", "saffron", "paprika", "cardamom", "turmeric",
];

/// Who asks.
#[derive(Clone, Copy)]
enum Reader {
    Person(PersonId),
    Operator,
}

const OTHERS: [Reader; 16] = [
    Reader::Operator,
    Reader::Person(TRUST_LEADER),
    Reader::Person(TRUST_CPD_LEAD),
    Reader::Person(HR),
    Reader::Person(HEAD),
    Reader::Person(CPD_LEAD),
    Reader::Person(LINE_MANAGER),
    Reader::Person(APPRAISER),
    Reader::Person(GOVERNOR),
    Reader::Person(COLLEAGUE),
    Reader::Person(NETWORK_LEAD),
    Reader::Person(OTHER_HEAD),
    Reader::Person(OTHER_LEAD),
    Reader::Person(STRANGER),
    Reader::Person(estate::ASSISTANT),
    Reader::Person(estate::OTHER_TEACHER),
];

/// All that one reader is told, and the queries by which they asked.
struct Told<'a> {
    world: &'a World,
    reader: Reader,
    replies: Vec<String>,
    asked: BTreeSet<&'static str>,
}

impl<'a> Told<'a> {
    fn by<M>(&self, message: M) -> Request<M> {
        match self.reader {
            Reader::Person(person) => self.world.by(person, message),
            Reader::Operator => self.world.by_operator(message),
        }
    }

    fn note<R: Debug>(&mut self, query: &'static str, reply: Result<Response<R>, Status>) {
        self.asked.insert(query);
        self.replies.push(format!("{query}: {reply:?}"));
    }

    /// Asks every query for everything that there is.
    async fn everything(world: &'a World, reader: Reader) -> Self {
        let mut told = Told {
            world,
            reader,
            replies: Vec::new(),
            asked: BTreeSet::new(),
        };
        let partnership_id = PARTNERSHIP.to_string();
        let reply = world
            .partnerships()
            .get_partnership(told.by(pb::GetPartnershipRequest { partnership_id }))
            .await;
        told.note("GetPartnership", reply);
        let at_school = pb::ListCoachingActivityRequest {
            urn: SCHOOL.into(),
            ..Default::default()
        };
        let of = |person: PersonId| pb::ListCoachingActivityRequest {
            person_id: person.to_string(),
            ..Default::default()
        };
        for request in [at_school, of(TEACHER), of(COACH)] {
            let reply = world.partnerships().list_coaching_activity(told.by(request)).await;
            told.note("ListCoachingActivity", reply);
        }
        for person_id in [TEACHER.to_string(), String::new()] {
            let request = pb::RecommendPartnershipRequest {
                person_id,
                situation: pb::Situation::SpecificSkill.into(),
                focus_areas: vec!["questioning".into()],
            };
            let reply = world.partnerships().recommend_partnership(told.by(request)).await;
            told.note("RecommendPartnership", reply);
        }
        for owner in [TEACHER, COACH] {
            let person_id = owner.to_string();
            let request = pb::GetCareerPlanRequest {
                person_id: person_id.clone(),
            };
            let reply = world.career_plans().get_career_plan(told.by(request)).await;
            told.note("GetCareerPlan", reply);
            let request = pb::GetJournalRequest {
                person_id,
                ..Default::default()
            };
            let reply = world.journals().get_journal(told.by(request)).await;
            told.note("GetJournal", reply);
        }
        let request = pb::ListEnquiriesRequest {
            trust_id: TRUST.to_string(),
            ..Default::default()
        };
        let reply = world.enquiries().list_enquiries(told.by(request)).await;
        told.note("ListEnquiries", reply);
        let request = pb::GetEnquiryRequest {
            enquiry_id: PARTNERSHIP.to_string(),
        };
        let reply = world.enquiries().get_enquiry(told.by(request)).await;
        told.note("GetEnquiry", reply);
        let asks = |urn: &str, person: &str, owner: &str| pb::ListCoachingAsksRequest {
            urn: urn.into(),
            person_id: person.into(),
            owner_id: owner.into(),
            ..Default::default()
        };
        let (teacher, lead) = (TEACHER.to_string(), CPD_LEAD.to_string());
        for request in [asks(SCHOOL, "", ""), asks("", &teacher, ""), asks("", "", &lead)] {
            let reply = world.asks().list_coaching_asks(told.by(request)).await;
            told.note("ListCoachingAsks", reply);
        }
        told
    }

    fn knows(&self, secret: &str) -> Option<&str> {
        let mut replies = self.replies.iter();
        replies.find(|reply| reply.contains(secret)).map(String::as_str)
    }
}

/// Every query of the service, by the protocol itself.
fn queries() -> BTreeSet<String> {
    let files = prost_types::FileDescriptorSet::decode(api::DESCRIPTORS).unwrap();
    let ours = files
        .file
        .iter()
        .filter(|file| file.package() == "throughline.coaching.v1");
    let ours: Vec<_> = ours.collect();
    let is_command = |request: &str| {
        let messages = ours.iter().flat_map(|file| &file.message_type);
        let mut named = messages.filter(|message| request.ends_with(&format!(".{}", message.name())));
        named.any(|message| message.field.iter().any(|field| field.name() == "request_id"))
    };
    let services = ours.iter().flat_map(|file| &file.service);
    let methods = services.flat_map(|service| &service.method);
    methods
        .filter(|method| !is_command(method.input_type()))
        .map(|method| method.name().to_owned())
        .collect()
}

async fn with_everything_written() -> World {
    let world = World::running().await;
    reviewed(&world).await;
    let section = pb::WriteCareerSectionRequest {
        request_id: request_id(),
        section: pb::CareerSection::InFiveYears.into(),
        text: "cardamom: a headship by the sea".into(),
        ..Default::default()
    };
    world
        .career_plans()
        .write_career_section(world.by(TEACHER, section))
        .await
        .unwrap();
    let aim = pb::ShareCareerAimRequest {
        request_id: request_id(),
        aim: pb::CareerAim::Headship.into(),
        horizon: pb::AimHorizon::FiveYears.into(),
        with: pb::AimAudience::Trust.into(),
        ..Default::default()
    };
    world
        .career_plans()
        .share_career_aim(world.by(TEACHER, aim))
        .await
        .unwrap();
    let entry = pb::WriteJournalEntryRequest {
        request_id: request_id(),
        section: pb::JournalSection::Reflections.into(),
        text: "turmeric: I nearly gave up".into(),
        ..Default::default()
    };
    world
        .journals()
        .write_journal_entry(world.by(TEACHER, entry))
        .await
        .unwrap();
    world
}

#[tokio::test]
async fn no_query_tells_anybody_else_what_is_private() {
    let world = with_everything_written().await;
    for reader in OTHERS {
        let told = Told::everything(&world, reader).await;
        let asked: BTreeSet<String> = told.asked.iter().map(ToString::to_string).collect();
        assert_eq!(asked, queries(), "every query is asked");
        for secret in SECRETS {
            assert_eq!(told.knows(secret), None);
        }
    }
    // The words are there to be found: the owner finds all of them, the coach those of the pair.
    let owner = Told::everything(&world, Reader::Person(TEACHER)).await;
    for secret in SECRETS {
        assert!(owner.knows(secret).is_some(), "{secret}");
    }
    let coach = Told::everything(&world, Reader::Person(COACH)).await;
    for secret in SECRETS {
        let of_the_pair = !["cardamom", "turmeric"].contains(&secret);
        assert_eq!(coach.knows(secret).is_some(), of_the_pair, "{secret}");
    }
}

#[tokio::test]
async fn nothing_private_is_stored_in_the_clear() {
    let world = with_everything_written().await;
    let events = world
        .source(crate::NAME)
        .read(Position::default(), 1_000)
        .await
        .unwrap();
    assert!(events.len() >= 9);
    for event in events {
        let payload = String::from_utf8_lossy(&event.payload).into_owned();
        for secret in SECRETS {
            assert!(!payload.contains(secret), "{}", event.kind.as_str());
        }
    }
}

#[tokio::test]
async fn what_was_said_goes_with_the_person_who_is_erased() {
    let world = with_everything_written().await;
    // As the directory does when it erases somebody.
    world.commands.keys().destroy(TRUST.0, TEACHER.0).await.unwrap();
    world.person(TEACHER, api::directory::v1::PersonErased::default()).await;
    let partnership = world
        .until::<crate::partnership::Partnership>(PARTNERSHIP, |partnership| partnership.ended.is_some())
        .await;
    assert_eq!(partnership.stage(), pb::PartnershipState::EndedEarly);
    let left = seen_by(&world, COACH).await.unwrap();
    let shown = format!("{left:?}");
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(left.logs[0].learning, "[erased]");
    assert_eq!(left.activity.unwrap().session_count, 1, "that they met remains");
}
