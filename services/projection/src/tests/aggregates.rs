//! Reports that count, over real stores: who may see them, and what they withhold.

use std::time::Duration;

use api::{
    catalogue::v1::{self as catalogue, ActivityEvent, LearningRecordEvent},
    common::v1::RoleGroup,
    directory::v1::{self as directory, NetworkEvent, PersonEvent, Role},
    evaluation::v1::{self as evaluation, AuditWaveEvent, FeedbackEvent, MetricEvent, SpendingEvent},
    observations::v1::FollowUpEvent,
    projection::v1::{
        Absence, Figure, FigureMark, GetImpactReportRequest, GetNetworkReportRequest, GetScorecardReportRequest,
        GetValuesReportRequest, GetWorkloadReportRequest, NetworkBreakdown, NetworkReport, Step,
    },
};
use service::Code;
use uuid::Uuid;

use super::world::{COLLEAGUE, GOVERNOR, HEAD, LEADER, OWNER, World, actor, rate};
use crate::fixtures::{SCHOOL, TRUST, agreed};

const NETWORK: Uuid = Uuid::from_u128(0x20);
const ACTIVITY: Uuid = Uuid::from_u128(0xa1);

fn value(figure: Option<&Figure>) -> Result<f64, FigureMark> {
    let figure = figure.unwrap();
    match figure.mark() {
        FigureMark::Unspecified => Ok(figure.value),
        mark => Err(mark),
    }
}

impl World {
    /// The school takes part in a network that its trust consents to, and somebody leads it.
    async fn network(&mut self) {
        let registered = directory::NetworkRegistered {
            name: "Downs Hub".into(),
            network_id: NETWORK.to_string(),
            ..Default::default()
        };
        self.tell::<NetworkEvent>("directory", NETWORK, registered).await;
        let joined = directory::SchoolJoinedNetwork {
            urn: SCHOOL.into(),
            on: "2020-09-01".into(),
        };
        self.tell::<NetworkEvent>("directory", NETWORK, joined).await;
        let consented = directory::NetworkConsentGiven {
            urn: SCHOOL.into(),
            trust_id: TRUST.to_string(),
            on: "2020-09-01".into(),
        };
        self.tell::<NetworkEvent>("directory", NETWORK, consented).await;
        let granted = directory::RoleGranted {
            role: Role::NetworkLead.into(),
            scope: Some(directory::RoleScope {
                network_id: NETWORK.to_string(),
                ..Default::default()
            }),
            from_on: "2020-09-01".into(),
        };
        self.tell::<PersonEvent>("directory", COLLEAGUE, granted).await;
        self.roster.catch_up().await.unwrap();
    }

    /// So many people each agree a follow-up.
    async fn agree_many(&mut self, people: std::ops::Range<u128>, on: &str) {
        for person in people {
            let stream = Uuid::from_u128(0x9000 + person);
            let follow_up = agreed(Uuid::from_u128(0x8000 + person), OWNER, on);
            self.tell::<FollowUpEvent>("observations", stream, follow_up).await;
        }
    }

    async fn network_report(&self, reader: Uuid, half_term: i32) -> Result<NetworkReport, service::Error> {
        // Releases are made only once every source was heard of.
        self.handle.caught_up(Duration::from_secs(10)).await.unwrap();
        let request = GetNetworkReportRequest {
            network_id: NETWORK.to_string(),
            cycle: 2024,
            half_term,
            breakdown: 0,
            at_least: self.all(),
        };
        let answer = self.views.get_network_report(&actor(reader), request).await?;
        Ok(answer.report.unwrap())
    }
}

#[tokio::test]
async fn a_report_holds_until_something_is_recorded_and_for_those_who_see_the_same() {
    let mut world = World::new().await;
    world.agree_many(0..3, "2025-11-14").await;
    let agreed = async |world: &World, reader| {
        let report = world.report(reader, SCHOOL).await.unwrap();
        rate(&report.total.unwrap(), Step::Agreed)
    };
    assert_eq!(agreed(&world, LEADER).await, (3, 3));
    assert_eq!(agreed(&world, HEAD).await, (3, 3));
    assert_eq!(world.views.answers.link.iter().count(), 1, "both are leaders");
    assert_eq!(agreed(&world, GOVERNOR).await, (0, 0), "too few to show");
    world.agree_many(3..9, "2025-11-14").await;
    assert_eq!(agreed(&world, LEADER).await, (9, 9));
    assert_eq!(agreed(&world, GOVERNOR).await, (9, 9));
}

#[tokio::test]
async fn a_network_report_is_made_once() {
    let mut world = World::new().await;
    world.network().await;
    world.agree_many(0..12, "2024-10-01").await;
    let report = world.network_report(COLLEAGUE, 1).await.unwrap();
    assert_eq!(report.network_name, "Downs Hub");
    let release = &report.releases[0];
    assert_eq!((release.absence(), release.consenting_count), (Absence::Unspecified, 1));
    let whole = &release.lines[0];
    assert_eq!(whole.breakdown(), NetworkBreakdown::Network);
    let rate = |step: Step| {
        let figure = whole.figures.iter().find(|figure| figure.step() == step).unwrap();
        let rate = figure.rate.as_ref().unwrap();
        (value(rate.numerator.as_ref()), value(rate.denominator.as_ref()))
    };
    assert_eq!(rate(Step::Agreed), (Ok(12.0), Ok(12.0)));
    assert_eq!(rate(Step::Revisited), (Ok(0.0), Ok(12.0)));

    // Neither what is entered late nor what becomes of the consent changes a release.
    world.agree_many(12..14, "2024-10-02").await;
    let withdrawn = directory::NetworkConsentWithdrawn {
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        on: "2024-09-01".into(),
    };
    world.tell::<NetworkEvent>("directory", NETWORK, withdrawn).await;
    let again = world.network_report(COLLEAGUE, 0).await.unwrap();
    assert_eq!(again.releases[0], *release);
    assert_eq!(
        again.releases[1].absence(),
        Absence::NotPermitted,
        "nobody consents any more"
    );
}

#[tokio::test]
async fn a_network_report_is_for_those_who_lead_the_network() {
    let mut world = World::new().await;
    world.network().await;
    for reader in [HEAD, LEADER, GOVERNOR] {
        let refused = world.network_report(reader, 0).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{reader}");
    }
    let wrong = world.network_report(COLLEAGUE, 7).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_release_waits_for_its_time() {
    let mut world = World::new().await;
    world.network().await;
    let request = GetNetworkReportRequest {
        network_id: NETWORK.to_string(),
        cycle: 2099,
        at_least: world.all(),
        ..Default::default()
    };
    let report = world
        .views
        .get_network_report(&actor(COLLEAGUE), request)
        .await
        .unwrap();
    let releases = report.report.unwrap().releases;
    assert_eq!(releases.len(), 6);
    assert!(
        releases
            .iter()
            .all(|release| release.absence() == Absence::NotYet && release.lines.is_empty())
    );
}

#[tokio::test]
async fn values_and_practice_are_shown_once_a_wave_is_closed() {
    let mut world = World::new().await;
    let wave = Uuid::from_u128(0x70);
    let opened = evaluation::WaveOpened {
        trust_id: TRUST.to_string(),
        urns: vec![SCHOOL.into()],
        title: "Autumn".into(),
        principles: vec!["needs".into()],
        on: "2025-10-01".into(),
        closes_on: "2025-10-14".into(),
        previous_wave_id: String::new(),
    };
    world.tell::<AuditWaveEvent>("evaluation", wave, opened).await;
    for number in 0..6 {
        let answered = evaluation::WaveAnswered {
            respondent: number.to_string(),
            urn: SCHOOL.into(),
            staff_group: RoleGroup::ClassroomTeacher.into(),
            scores: vec![evaluation::PrincipleScore {
                principle: "needs".into(),
                values: 5,
                practice: 2 + number % 2,
            }],
        };
        world.tell::<AuditWaveEvent>("evaluation", wave, answered).await;
    }
    let request = |world: &World, urn: &str| GetValuesReportRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        wave_id: String::new(),
        at_least: world.all(),
    };
    let open = world
        .views
        .get_values_report(&actor(LEADER), request(&world, ""))
        .await
        .unwrap();
    assert_eq!(open.report.unwrap().absence(), Absence::NotYet);
    let closed = evaluation::WaveClosed {
        on: "2025-10-14".into(),
        answer_count: 6,
        threshold: 5,
    };
    world.tell::<AuditWaveEvent>("evaluation", wave, closed).await;
    let answer = world
        .views
        .get_values_report(&actor(GOVERNOR), request(&world, SCHOOL))
        .await
        .unwrap();
    let shown = answer.report.unwrap().waves.remove(0);
    let principle = &shown.schools[0].principles[0];
    assert_eq!(shown.schools[0].school_name, "Castle School");
    assert_eq!(value(principle.values.as_ref()), Ok(5.0));
    assert_eq!(value(principle.practice.as_ref()), Ok(2.5));
    assert_eq!(value(principle.gap.as_ref()), Ok(2.5));
    let refused = world
        .views
        .get_values_report(&actor(COLLEAGUE), request(&world, SCHOOL))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_scorecard_has_the_schools_own_beside_the_joined_up() {
    let mut world = World::new().await;
    world.agree().await;
    let metric = Uuid::from_u128(0x71);
    let defined = evaluation::MetricDefined {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        title: "Pupil voice".into(),
        unit: "%".into(),
        direction: evaluation::MetricDirection::Higher.into(),
        period: evaluation::MetricPeriod::Term.into(),
        priority_id: String::new(),
    };
    world.tell::<MetricEvent>("evaluation", metric, defined).await;
    let target = evaluation::TargetSet {
        period: "2025-T1".into(),
        value: 80.0,
    };
    world.tell::<MetricEvent>("evaluation", metric, target).await;
    let reported = evaluation::MetricReported {
        period: "2025-T1".into(),
        value: 82.0,
        on: "2025-12-19".into(),
    };
    world.tell::<MetricEvent>("evaluation", metric, reported).await;
    let request = |world: &World| GetScorecardReportRequest {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        cycle: 2025,
        at_least: world.all(),
    };
    let answer = world
        .views
        .get_scorecard_report(&actor(HEAD), request(&world))
        .await
        .unwrap();
    let report = answer.report.unwrap();
    assert_eq!(report.name, "Castle School");
    assert_eq!(report.own[0].points[0].on_target, Some(true));
    let agreed = report
        .joined_up
        .iter()
        .find(|step| step.step() == Step::Agreed)
        .unwrap();
    assert_eq!(agreed.rate.unwrap().numerator, 1);
    assert_eq!(report.definition_version, crate::definitions::version());
    let refused = world
        .views
        .get_scorecard_report(&actor(COLLEAGUE), request(&world))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn workload_is_about_processes_not_persons() {
    let mut world = World::new().await;
    world.agree().await;
    let request = |world: &World, urn: &str| GetWorkloadReportRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        cycle: identity::policy::cycle_of(identity::context::date_in_england(chrono::Utc::now())),
        at_least: world.all(),
    };
    let answer = world
        .views
        .get_workload_report(&actor(LEADER), request(&world, ""))
        .await
        .unwrap();
    let report = answer.report.unwrap();
    let whole = report.whole.unwrap();
    assert_eq!(value(whole.staff_count.as_ref()), Ok(8.0));
    assert_eq!(
        value(whole.form_count.as_ref()),
        Err(FigureMark::Confidential),
        "one person filled them in"
    );
    let conducted = report
        .processes
        .iter()
        .find(|process| process.kind == "observation.conducted")
        .unwrap();
    assert_eq!(value(conducted.event_count.as_ref()), Err(FigureMark::Confidential));
    let refused = world
        .views
        .get_workload_report(&actor(COLLEAGUE), request(&world, SCHOOL))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn impact_shows_what_was_spent_and_what_came_of_it() {
    let mut world = World::new().await;
    let published = catalogue::ActivityPublished {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        offering: Some(catalogue::Offering {
            title: "Questioning in depth".into(),
            focus_areas: vec!["questioning".into()],
            ..Default::default()
        }),
    };
    world.tell::<ActivityEvent>("catalogue", ACTIVITY, published).await;
    for person in 0..6 {
        let (id, record) = (Uuid::from_u128(0x8000 + person), Uuid::from_u128(0x6000 + person));
        let credited = catalogue::HoursCredited {
            credit_id: Uuid::from_u128(0x5000 + person).to_string(),
            person_id: id.to_string(),
            urn: SCHOOL.into(),
            trust_id: TRUST.to_string(),
            activity_id: ACTIVITY.to_string(),
            on: "2024-10-01".into(),
            minutes: 90,
            focus_areas: vec!["questioning".into()],
            ..Default::default()
        };
        world.tell::<LearningRecordEvent>("catalogue", record, credited).await;
        let feedback = Uuid::from_u128(0x7000 + person);
        let levels = vec![evaluation::FeedbackLevel::Reaction.into()];
        let asked = evaluation::FeedbackAsked {
            activity_id: ACTIVITY.to_string(),
            trust_id: TRUST.to_string(),
            urn: SCHOOL.into(),
            person_id: id.to_string(),
            levels,
            wave: evaluation::FeedbackWave::First.into(),
            developed_on: "2024-10-01".into(),
            due_on: "2024-10-15".into(),
            ..Default::default()
        };
        world.tell::<FeedbackEvent>("evaluation", feedback, asked).await;
        let given = evaluation::FeedbackGiven {
            wave: evaluation::FeedbackWave::First.into(),
            activity_id: ACTIVITY.to_string(),
            on: "2024-10-08".into(),
            scores: vec![evaluation::LevelScore {
                level: evaluation::FeedbackLevel::Reaction.into(),
                score: 4,
            }],
            ..Default::default()
        };
        world.tell::<FeedbackEvent>("evaluation", feedback, given).await;
    }
    let spent = evaluation::CostRecorded {
        cost_id: Uuid::from_u128(1).to_string(),
        activity_id: ACTIVITY.to_string(),
        trust_id: TRUST.to_string(),
        pence: 90_000,
        on: "2024-10-01".into(),
        ..Default::default()
    };
    world
        .tell::<SpendingEvent>("evaluation", Uuid::from_u128(0x72), spent)
        .await;
    let request = |world: &World| GetImpactReportRequest {
        trust_id: TRUST.to_string(),
        urn: String::new(),
        cycle: 2024,
        at_least: world.all(),
    };
    let answer = world
        .views
        .get_impact_report(&actor(LEADER), request(&world))
        .await
        .unwrap();
    let report = answer.report.unwrap();
    let line = &report.activities[0];
    assert_eq!(line.title, "Questioning in depth");
    assert_eq!(value(line.pence_per_participant.as_ref()), Ok(15_000.0));
    assert_eq!(value(line.pence_per_hour.as_ref()), Ok(10_000.0));
    assert_eq!(value(line.levels[0].mean.as_ref()), Ok(4.0));
    let answered = line.levels[0].answered.as_ref().unwrap();
    assert_eq!(value(answered.percent.as_ref()), Ok(100.0));
    assert_eq!(report.focus_areas[0].focus_area, "questioning");
    let refused = world.views.get_impact_report(&actor(HEAD), request(&world)).await;
    assert_eq!(
        refused.unwrap_err().code(),
        Code::PermissionDenied,
        "a head sees their school"
    );
}
