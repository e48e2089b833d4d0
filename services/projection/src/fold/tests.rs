use api::{
    appraisal::v1::{self as appraisal, AppraisalEvent},
    catalogue::v1::{self as catalogue, LearningRecordEvent, NeedEvent, SessionEvent, SupportAskEvent},
    coaching::v1::{self as coaching, EnquiryEvent, PartnershipEvent},
    common::v1::CareerStage,
    directory::v1::{self as directory, PersonEvent},
    evaluation::v1::{self as evaluation, EvaluationPlanEvent, FeedbackEvent},
    observations::v1::{self as observations, FollowUpEvent, LearningWalkEvent, ObservationEvent},
};
use db::Db;
use proptest::prelude::*;
use uuid::Uuid;

use crate::{
    definitions::Facts,
    fixtures::{
        Log, TRUST, agreed, apply, conducted, count, credited, discussion, dump, facts_of, feedback_asked,
        feedback_given, fresh, lite, measured, mid_year, objectives, opened, proposed, scheduled, session_held,
        session_offered, support_provided, text, walk_planned,
    },
    tables,
};

fn person(number: u8) -> Uuid {
    Uuid::from_u128(0x1000 + u128::from(number))
}

fn follow_up(number: u8) -> Uuid {
    Uuid::from_u128(0x2000 + u128::from(number))
}

fn observation(number: u8) -> Uuid {
    Uuid::from_u128(0x3000 + u128::from(number))
}

fn appraisal_id(number: u8) -> Uuid {
    Uuid::from_u128(0x4000 + u128::from(number))
}

fn day(number: u8) -> String {
    format!("2025-{:02}-{:02}", 9 + number % 4, 1 + number % 28)
}

/// Which stream, what happens, and something to make it differ.
type Happening = (u8, u8, u8);

fn directory_log(happenings: &[Happening]) -> Log {
    let mut log = Log::new("directory");
    for (stream, what, how) in happenings {
        let id = person(stream % 3);
        if !log.has(id) {
            let added = directory::PersonAdded {
                given_name: text(id, "Ana"),
                family_name: text(id, "Silva"),
                career_stage: CareerStage::Developing.into(),
                ..Default::default()
            };
            log.tell::<PersonEvent>(id, added);
        }
        match what % 5 {
            0 => log.tell::<PersonEvent>(id, directory::PersonLeft { on: day(*how) }),
            1 => log.tell::<PersonEvent>(
                id,
                directory::PersonErased {
                    reason: "subject_request".into(),
                },
            ),
            2 => log.tell::<PersonEvent>(
                id,
                directory::EmploymentStarted {
                    employment: Some(directory::Employment {
                        employment_id: person(*how).to_string(),
                        from_on: day(*how),
                        ..Default::default()
                    }),
                },
            ),
            3 => log.tell::<PersonEvent>(
                id,
                directory::LongLeaveStarted {
                    from_on: day(*how),
                    ..Default::default()
                },
            ),
            _ => log.tell::<PersonEvent>(
                id,
                directory::AppraiserAssigned {
                    appraiser_id: person(how % 3).to_string(),
                    from_on: day(*how),
                },
            ),
        }
    }
    log
}

fn walk(number: u8) -> Uuid {
    Uuid::from_u128(0x5000 + u128::from(number))
}

fn observations_log(happenings: &[Happening]) -> Log {
    let mut log = Log::new("observations");
    let mut seen = std::collections::BTreeSet::new();
    for (stream, what, how) in happenings {
        if stream % 7 == 0 {
            let id = walk(stream % 4);
            if !log.has(id) {
                log.tell::<LearningWalkEvent>(id, walk_planned(person(how % 3), &day(*how)));
            }
            match what % 3 {
                0 => log.tell::<LearningWalkEvent>(id, observations::LearningWalkVisited::default()),
                1 => log.tell::<LearningWalkEvent>(
                    id,
                    observations::FindingsAgreed {
                        needs: vec!["modelling".into()],
                        ..Default::default()
                    },
                ),
                _ => log.tell::<LearningWalkEvent>(id, observations::LearningWalkClosed { on: day(*how) }),
            }
        } else if stream % 2 == 0 {
            let id = follow_up(stream % 8);
            if !log.has(id) {
                let mut agreed = agreed(person(stream % 3), person(how % 3), &day(*how));
                agreed.observation_id = observation(how % 4).to_string();
                log.tell::<FollowUpEvent>(id, agreed);
            }
            match what % 9 {
                0 => log.tell::<FollowUpEvent>(id, support_provided(&day(*how))),
                1 => log.tell::<FollowUpEvent>(id, observations::FollowUpPromoted { on: day(*how) }),
                2 => log.tell::<FollowUpEvent>(id, observations::FollowUpTakenBack { on: day(*how) }),
                3 => log.tell::<FollowUpEvent>(
                    id,
                    observations::FollowUpRevisited {
                        observation_id: observation(how % 4).to_string(),
                        on: day(*how),
                        outcome: 1,
                    },
                ),
                4 => log.tell::<FollowUpEvent>(
                    id,
                    observations::FollowUpCompleted {
                        outcome: 1,
                        on: day(*how),
                    },
                ),
                5 => log.tell::<FollowUpEvent>(
                    id,
                    observations::FollowUpHandedOver {
                        to_id: person(how % 3).to_string(),
                        ..Default::default()
                    },
                ),
                6 => log.tell::<FollowUpEvent>(id, observations::FollowUpPaused { on: day(*how) }),
                7 => log.tell::<FollowUpEvent>(
                    id,
                    observations::FollowUpMoved {
                        to_urn: "136790".into(),
                        ..Default::default()
                    },
                ),
                _ => log.tell::<FollowUpEvent>(
                    id,
                    observations::FollowUpWithdrawn {
                        on: day(*how),
                        ..Default::default()
                    },
                ),
            }
        } else {
            let id = observation(stream % 4);
            if !log.has(id) {
                log.tell::<ObservationEvent>(id, scheduled(person(stream % 3), person(how % 3), &day(*how)));
            }
            match what % 4 {
                0 if seen.insert(id) => {
                    log.tell::<ObservationEvent>(id, conducted(person(stream % 3), person(how % 3), &day(*how)));
                }
                1 => log.tell::<ObservationEvent>(
                    id,
                    observations::FeedbackShared {
                        on: day(*how),
                        ..Default::default()
                    },
                ),
                2 => log.tell::<ObservationEvent>(
                    id,
                    observations::ObserverRecorded {
                        record: Some(observations::ObserverRecord {
                            observer_id: person(how % 3).to_string(),
                            descriptors: vec![observations::Descriptor {
                                focus_area: format!("area {}", how % 3),
                                ..Default::default()
                            }],
                            ..Default::default()
                        }),
                    },
                ),
                _ => log.tell::<ObservationEvent>(id, observations::ObservationCancelled::default()),
            }
        }
    }
    log
}

fn appraisal_log(happenings: &[Happening]) -> Log {
    let mut log = Log::new("appraisal");
    for (stream, what, how) in happenings {
        let (id, whose) = (appraisal_id(stream % 4), person(stream % 3));
        if !log.has(id) {
            log.tell::<AppraisalEvent>(id, opened(person((stream % 4) % 3), person(how % 3)));
        }
        let named = [follow_up(2 * (how % 4)), follow_up(2 * (what % 4))];
        match what % 7 {
            0 => log.tell::<AppraisalEvent>(id, objectives(whose, &day(*how), &named)),
            1 => log.tell::<AppraisalEvent>(id, mid_year(whose, &day(*how), &named[..1])),
            2 => log.tell::<AppraisalEvent>(
                id,
                appraisal::AppraisalConcluded {
                    on: day(*how),
                    discussion: Some(appraisal::Discussion {
                        development_ids: vec![credit(*how).to_string()],
                        ..discussion(whose, &named)
                    }),
                    ..Default::default()
                },
            ),
            3 => log.tell::<AppraisalEvent>(
                id,
                appraisal::AppraisalEvidenceAdded {
                    follow_up_ids: vec![named[1].to_string()],
                    ..Default::default()
                },
            ),
            4 => log.tell::<AppraisalEvent>(
                id,
                appraisal::AppraisalCarried {
                    to_urn: "136790".into(),
                    ..Default::default()
                },
            ),
            5 => log.tell::<AppraisalEvent>(
                id,
                appraisal::AppraisalReopened {
                    on: day(*how),
                    reason: None,
                },
            ),
            _ => log.tell::<AppraisalEvent>(id, objectives(whose, &day(*how), &[])),
        }
    }
    log
}

fn credit(number: u8) -> Uuid {
    Uuid::from_u128(0x6000 + u128::from(number))
}

/// Follow-ups as they are named: of the person, of somebody else, or unknown.
fn named(how: u8) -> Vec<Uuid> {
    (0..how % 3).map(|more| follow_up(2 * ((how % 5 + more) % 5))).collect()
}

fn catalogue_log(happenings: &[Happening]) -> Log {
    let mut log = Log::new("catalogue");
    for (stream, what, how) in happenings {
        let whose = person(stream % 3);
        match stream % 4 {
            0 => {
                let id = Uuid::from_u128(0x7000 + u128::from(stream % 3));
                match what % 5 {
                    0 | 1 => {
                        log.tell::<LearningRecordEvent>(id, credited(credit(*how), whose, &day(*how), &named(*how)))
                    }
                    2 => log.tell::<LearningRecordEvent>(
                        id,
                        catalogue::HoursCorrected {
                            credit_id: credit(*how).to_string(),
                            person_id: whose.to_string(),
                            minutes: i32::from(how % 2) * 30,
                        },
                    ),
                    3 => log.tell::<LearningRecordEvent>(
                        id,
                        catalogue::DevelopmentLinked {
                            credit_id: credit(*how).to_string(),
                            follow_up_id: follow_up(2 * (how % 5)).to_string(),
                            person_id: whose.to_string(),
                            on: day(*how),
                            ..Default::default()
                        },
                    ),
                    _ => log.tell::<LearningRecordEvent>(
                        id,
                        catalogue::MandatoryCompleted {
                            item: "prevent".into(),
                            person_id: whose.to_string(),
                            urn: "136789".into(),
                            on: day(*how),
                            expires_on: "2026-12-01".into(),
                            ..Default::default()
                        },
                    ),
                }
            }
            1 => {
                let id = Uuid::from_u128(0x7100 + u128::from(stream % 3));
                if !log.has(id) {
                    log.tell::<SessionEvent>(id, session_offered(whose, &day(*how)));
                }
                let booking_id = credit(*how).to_string();
                match what % 4 {
                    0 => log.tell::<SessionEvent>(
                        id,
                        catalogue::BookingAwaitsApproval {
                            booking_id,
                            person_id: person(how % 3).to_string(),
                            urn: "136789".into(),
                            ..Default::default()
                        },
                    ),
                    1 => log.tell::<SessionEvent>(
                        id,
                        catalogue::BookingApproved {
                            booking_id,
                            ..Default::default()
                        },
                    ),
                    2 => log.tell::<SessionEvent>(
                        id,
                        catalogue::SessionHeld {
                            on: day(*how),
                            minutes: 90,
                        },
                    ),
                    _ => log.tell::<SessionEvent>(
                        id,
                        catalogue::AttendanceRecorded {
                            booking_id,
                            attended: true,
                            ..Default::default()
                        },
                    ),
                }
            }
            2 => {
                let id = Uuid::from_u128(0x7200 + u128::from(stream % 5));
                if log.has(id) {
                    log.tell::<SupportAskEvent>(id, catalogue::AskProvided::default());
                } else {
                    let opened = catalogue::AskOpened {
                        follow_up_id: follow_up(2 * (how % 5)).to_string(),
                        person_id: whose.to_string(),
                        owner_id: person(how % 3).to_string(),
                        on: day(*how),
                        ..Default::default()
                    };
                    log.tell::<SupportAskEvent>(id, opened);
                }
            }
            _ => {
                let id = Uuid::from_u128(0x7300 + u128::from(stream % 5));
                if log.has(id) {
                    log.tell::<NeedEvent>(id, catalogue::NeedMatched::default());
                } else {
                    let opened = catalogue::NeedOpened {
                        urn: "136789".into(),
                        person_id: if how % 2 == 0 { whose.to_string() } else { String::new() },
                        focus_area: "modelling".into(),
                        on: day(*how),
                        ..Default::default()
                    };
                    log.tell::<NeedEvent>(id, opened);
                }
            }
        }
    }
    log
}

fn coaching_log(happenings: &[Happening]) -> Log {
    let mut log = Log::new("coaching");
    for (stream, what, how) in happenings {
        let (one, other) = (person(stream % 3), person((stream % 3 + 1) % 3));
        if stream % 2 == 0 {
            let id = Uuid::from_u128(0x8000 + u128::from(stream % 3));
            if !log.has(id) {
                log.tell::<PartnershipEvent>(id, proposed(one, other, &named(*how)));
            }
            match what % 5 {
                0 => log.tell::<PartnershipEvent>(
                    id,
                    coaching::PartnershipAgreed {
                        on: day(*how),
                        ..Default::default()
                    },
                ),
                1 => log.tell::<PartnershipEvent>(id, session_held(credit(*how), one, other, &day(*how))),
                2 => log.tell::<PartnershipEvent>(
                    id,
                    coaching::LogDrafted {
                        session_id: credit(*how).to_string(),
                        drafted_by_id: one.to_string(),
                        learning: text(other, "Waiting is hard."),
                        ..Default::default()
                    },
                ),
                3 => log.tell::<PartnershipEvent>(
                    id,
                    coaching::PartnershipLinked {
                        follow_up_id: follow_up(2 * (how % 5)).to_string(),
                        ..Default::default()
                    },
                ),
                _ => log.tell::<PartnershipEvent>(id, coaching::PartnershipCompleted::default()),
            }
        } else {
            let id = Uuid::from_u128(0x8100 + u128::from(stream % 3));
            if !log.has(id) {
                let framed = coaching::EnquiryFramed {
                    urn: "136789".into(),
                    focus_areas: vec!["modelling".into()],
                    lead_id: one.to_string(),
                    ..Default::default()
                };
                log.tell::<EnquiryEvent>(id, framed);
            }
            match what % 3 {
                0 => log.tell::<EnquiryEvent>(
                    id,
                    coaching::EnquiryJoined {
                        person_id: person(how % 3).to_string(),
                        follow_up_ids: named(*how).iter().map(Uuid::to_string).collect(),
                        on: day(*how),
                        ..Default::default()
                    },
                ),
                1 => log.tell::<EnquiryEvent>(
                    id,
                    coaching::EnquiryMet {
                        on: day(*how),
                        minutes: 60,
                        person_ids: vec![one.to_string(), person(how % 3).to_string()],
                        ..Default::default()
                    },
                ),
                _ => log.tell::<EnquiryEvent>(
                    id,
                    coaching::EnquiryClosed {
                        on: day(*how),
                        ..Default::default()
                    },
                ),
            }
        }
    }
    log
}

fn evaluation_log(happenings: &[Happening]) -> Log {
    let mut log = Log::new("evaluation");
    for (stream, what, how) in happenings {
        if stream % 2 == 0 {
            let id = Uuid::from_u128(0x9000 + u128::from(stream % 5));
            if !log.has(id) {
                log.tell::<FeedbackEvent>(id, feedback_asked(person(stream % 3), &day(*how)));
            }
            match what % 3 {
                0 => log.tell::<FeedbackEvent>(id, feedback_given(&day(*how), &named(*how))),
                1 => log.tell::<FeedbackEvent>(
                    id,
                    evaluation::PracticeObserved {
                        on: day(*how),
                        follow_up_id: follow_up(2 * (how % 5)).to_string(),
                        ..Default::default()
                    },
                ),
                _ => log.tell::<FeedbackEvent>(id, evaluation::FeedbackExpired::default()),
            }
        } else {
            let id = Uuid::from_u128(0x9100 + u128::from(stream % 3));
            if !log.has(id) {
                let planned = evaluation::EvaluationPlanned {
                    lead_id: person(stream % 3).to_string(),
                    on: day(*how),
                    short_on: "2026-01-10".into(),
                    ..Default::default()
                };
                log.tell::<EvaluationPlanEvent>(id, planned);
            }
            if what % 3 == 0 {
                let withdrawn = evaluation::MeasureWithdrawn {
                    measure_id: credit(*how).to_string(),
                    ..Default::default()
                };
                log.tell::<EvaluationPlanEvent>(id, withdrawn);
            } else {
                let point = if what % 3 == 1 {
                    evaluation::MeasurePoint::Baseline
                } else {
                    evaluation::MeasurePoint::Short
                };
                log.tell::<EvaluationPlanEvent>(id, measured(credit(*how), point, &day(*how), &named(*how)));
            }
        }
    }
    log
}

/// Applies the logs in the order in which `turns` names them, in batches of different sizes, and then what is left.
async fn interleave(db: &Db, logs: &[Log; 6], turns: &[(u8, u8)]) {
    let mut read = [0; 6];
    for (turn, size) in turns {
        let at = usize::from(turn % 6);
        let until = (read[at] + usize::from(size % 7) + 1).min(logs[at].events.len());
        apply(db, logs[at].source, &logs[at].events[read[at]..until]).await;
        read[at] = until;
    }
    for (log, read) in logs.iter().zip(read) {
        apply(db, log.source, &log.events[read..]).await;
    }
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    proptest::collection::vec(any::<Happening>(), 0..24)
}

fn turns() -> impl Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec(any::<(u8, u8)>(), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_interleaving_gives_the_same_tables_byte_for_byte(
        of_directory in happenings(),
        of_observations in happenings(),
        of_appraisal in happenings(),
        of_catalogue in happenings(),
        of_coaching in happenings(),
        of_evaluation in happenings(),
        one in turns(),
        other in turns(),
    ) {
        let logs = [
            directory_log(&of_directory),
            observations_log(&of_observations),
            appraisal_log(&of_appraisal),
            catalogue_log(&of_catalogue),
            coaching_log(&of_coaching),
            evaluation_log(&of_evaluation),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (one, other) = runtime.block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let (a, b) = (fresh(lite(&directory, "a").await).await, fresh(lite(&directory, "b").await).await);
            interleave(&a, &logs, &one).await;
            interleave(&b, &logs, &other).await;
            (dump(&a).await, dump(&b).await)
        });
        for (one, other) in one.iter().zip(&other) {
            prop_assert_eq!(one, other);
        }
        prop_assert_eq!(one.len(), other.len());
    }
}

/// Enough of everything to touch every table.
fn busy_logs() -> [Log; 6] {
    let many: Vec<Happening> = (0..80u8).map(|n| (n, n / 3, n.wrapping_mul(13))).collect();
    [
        directory_log(&many),
        observations_log(&many),
        appraisal_log(&many),
        catalogue_log(&many),
        coaching_log(&many),
        evaluation_log(&many),
    ]
}

#[tokio::test]
async fn postgres_folds_alike_whatever_the_order() {
    let server = testkit::postgres().await;
    let logs = busy_logs();
    let mut dumps = Vec::new();
    for (schema, turns) in [("one", vec![]), ("two", vec![(2, 6), (1, 3), (0, 1), (2, 9), (1, 30)])] {
        let db = fresh(Db::open(db::Options::new(server.url()).schema(schema)).await.unwrap()).await;
        interleave(&db, &logs, &turns).await;
        dumps.push(dump(&db).await);
    }
    assert!(
        tables::keys()
            .iter()
            .all(|(table, _)| dumps[0].iter().any(|row| row.starts_with(&format!("{table}:"))))
    );
    for (one, other) in dumps[0].iter().zip(&dumps[1]) {
        assert_eq!(one, other);
    }
    assert_eq!(dumps[0].len(), dumps[1].len());
}

#[tokio::test]
async fn a_trust_sees_its_own_rows_alone() {
    let server = testkit::postgres().await;
    let db = fresh(
        Db::open(db::Options::new(server.url()).schema("guarded"))
            .await
            .unwrap(),
    )
    .await;
    interleave(&db, &busy_logs(), &[]).await;
    // The tests' own role is a superuser, whom no policy binds: read as somebody who owns nothing.
    let mut tx = db.begin_write().await.unwrap();
    for statement in [
        "create role reader",
        "grant usage on schema guarded to reader",
        "grant select on all tables in schema guarded to reader",
        "set local role reader",
    ] {
        db::sql!(statement).execute(&mut tx).await.unwrap();
    }
    assert_eq!(count(&mut tx, "thread").await, 0, "without saying for which trust");
    for (trust, visible) in [(TRUST, true), (Uuid::from_u128(0x11), false)] {
        db::sql!("select set_config('throughline.trust', $1, true)", trust.to_string())
            .fetch_one::<(String,)>(&mut tx)
            .await
            .unwrap();
        for table in [
            "thread",
            "link",
            "observation",
            "appraisal",
            "person",
            "shelf",
            "concern",
            "awaiting",
            "learned",
        ] {
            assert_eq!(count(&mut tx, table).await > 0, visible, "{table}");
        }
    }
}

#[tokio::test]
async fn a_link_to_something_not_seen_yet_is_kept_and_completed() {
    let directory = tempfile::tempdir().unwrap();
    let db = fresh(lite(&directory, "views").await).await;
    let mut reviews = Log::new("appraisal");
    reviews.tell::<AppraisalEvent>(appraisal_id(0), opened(person(0), person(1)));
    reviews.tell::<AppraisalEvent>(appraisal_id(0), mid_year(person(0), "2026-02-10", &[follow_up(0)]));
    apply(&db, reviews.source, &reviews.events).await;
    assert_eq!(facts_of(&db, follow_up(0)).await, None);

    let mut agreements = Log::new("observations");
    agreements.tell::<FollowUpEvent>(follow_up(0), agreed(person(0), person(1), "2025-11-14"));
    apply(&db, agreements.source, &agreements.events).await;
    let facts = Facts::parse(&facts_of(&db, follow_up(0)).await.unwrap()).unwrap();
    assert_eq!(facts.named_on, [crate::compact::day("2026-02-10").unwrap()]);
}

#[tokio::test]
async fn development_before_the_follow_up_is_read_is_kept_and_completed() {
    let directory = tempfile::tempdir().unwrap();
    let db = fresh(lite(&directory, "views").await).await;
    let mut learned = Log::new("catalogue");
    let record = Uuid::from_u128(0x7000);
    for (number, on) in [(1, "2025-11-10"), (2, "2025-11-20"), (3, "2025-12-01")] {
        learned.tell::<LearningRecordEvent>(record, credited(credit(number), person(0), on, &[follow_up(0)]));
    }
    apply(&db, learned.source, &learned.events).await;
    let mut agreements = Log::new("observations");
    agreements.tell::<FollowUpEvent>(follow_up(0), agreed(person(0), person(1), "2025-11-14"));
    apply(&db, agreements.source, &agreements.events).await;
    let facts = async || Facts::parse(&facts_of(&db, follow_up(0)).await.unwrap()).unwrap();
    assert_eq!(
        facts().await.developed_on,
        crate::compact::day("2025-11-20"),
        "not what was before"
    );

    let mut corrected = learned.clone();
    corrected.tell::<LearningRecordEvent>(
        record,
        catalogue::HoursCorrected {
            credit_id: credit(2).to_string(),
            person_id: person(0).to_string(),
            minutes: 0,
        },
    );
    apply(&db, corrected.source, &corrected.events[3..]).await;
    assert_eq!(
        facts().await.developed_on,
        crate::compact::day("2025-12-01"),
        "they did not come"
    );
}

#[tokio::test]
async fn no_clear_text_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let db = fresh(lite(&directory, "views").await).await;
    // Unsealed on purpose: whatever of it were kept would show.
    let [_, observations, appraisal, catalogue, coaching, evaluation] = busy_logs();
    for log in [&observations, &appraisal, &catalogue, &coaching, &evaluation] {
        apply(&db, log.source, &log.events).await;
    }
    let dump = dump(&db).await.join("\n");
    for text in [
        "Ask before telling.",
        "Three sessions.",
        "Few were asked.",
        "Question every pupil.",
        "More hands up.",
        "Wait three seconds.",
        "Waiting is hard.",
    ] {
        let hex: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert!(!dump.contains(text) && !dump.contains(&hex), "{text}");
    }
}
