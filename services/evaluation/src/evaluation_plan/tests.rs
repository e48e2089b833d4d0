use api::evaluation::v1::{
    EffectCaution, EffectDesign, EvaluationDecision, EvaluationSubject, GroupScores, ReportAudience, Withheld,
};
use estate::{CPD_LEAD, SCHOOL, TRUST, acting, day, under, urn};
use statistics::Group;
use testkit::given;
use uuid::Uuid;

use super::*;

fn thinking() -> Thinking {
    Thinking {
        prompts: PROMPTS
            .map(|prompt| (prompt, format!("about {}", prompt.as_str_name())))
            .into(),
        sources: vec![EvidenceSource::PupilVoice, EvidenceSource::Assessment],
        short_on: day("2023-12-01"),
        medium_on: day("2024-06-03"),
    }
}

fn plan(thinking: Thinking) -> Command {
    Command::Plan(Plan {
        subject: EvaluationSubject::Activity,
        subject_id: Uuid::from_u128(5),
        trust: TRUST,
        urn: Some(urn(SCHOOL)),
        title: "Questioning".into(),
        lead: CPD_LEAD,
        thinking,
        focus_areas: vec!["questioning".into()],
    })
}

fn planned() -> EvaluationPlanEvent {
    let decided = EvaluationPlan::default()
        .decide(plan(thinking()), &on("2023-09-11"))
        .unwrap();
    decided.into_iter().next().unwrap()
}

fn on(day: &str) -> Context {
    acting(CPD_LEAD, day)
}

fn scores(group: MeasureGroup, n: u32, mean: f64, sd: f64) -> Scores {
    Scores {
        group,
        summary: Group::new(n, mean, sd).unwrap(),
        correlation: None,
    }
}

fn both(n: u32) -> Vec<Scores> {
    vec![
        scores(MeasureGroup::Intervention, n, 103.0, 5.5),
        scores(MeasureGroup::Comparison, n, 100.0, 4.5),
    ]
}

fn measure(number: u128, point: MeasurePoint, on: &str, groups: Vec<Scores>) -> Measure {
    Measure {
        id: MeasureId(Uuid::from_u128(number)),
        point,
        on: day(on),
        outcome: "reading".into(),
        groups,
        follow_ups: Vec::new(),
        focus_areas: Vec::new(),
    }
}

/// What happened, by commands on the days given.
fn history(steps: Vec<(Command, &str)>) -> Vec<EvaluationPlanEvent> {
    let mut plan = EvaluationPlan::default();
    let mut all = Vec::new();
    let planned = planned();
    plan.evolve(&planned);
    all.push(planned);
    for (command, day) in steps {
        for event in plan.decide(command, &on(day)).unwrap() {
            plan.evolve(&event);
            all.push(event);
        }
    }
    all
}

fn taken(measure: Measure, day: &'static str) -> (Command, &'static str) {
    (Command::TakeMeasure(measure), day)
}

fn rejected(history: Vec<EvaluationPlanEvent>, command: Command, day: &str) -> Rejection {
    let mut found = None;
    given::<EvaluationPlan>(history)
        .under(on(day))
        .when(command)
        .then_rejected(|rejection| found = Some(rejection));
    found.unwrap()
}

#[test]
fn a_plan_answers_all_ten_prompts() {
    given::<EvaluationPlan>([])
        .under(on("2023-09-11"))
        .when(plan(thinking()))
        .then([planned()])
        .and_state(|plan| assert_eq!(plan.planned.as_ref().unwrap().prompts.len(), 10));
    for prompt in PROMPTS {
        let mut left_out = thinking();
        left_out.prompts.retain(|(answered, _)| *answered != prompt);
        assert_eq!(
            rejected(vec![], plan(left_out), "2023-09-11"),
            Rejection::PromptLeftOut { prompt }
        );
        let mut blank = thinking();
        blank
            .prompts
            .iter_mut()
            .filter(|(of, _)| *of == prompt)
            .for_each(|(_, answer)| *answer = " ".into());
        assert_eq!(
            rejected(vec![], plan(blank), "2023-09-11"),
            Rejection::PromptLeftOut { prompt }
        );
    }
    let mut twice = thinking();
    twice.prompts.push((Prompt::Analysis, "again".into()));
    assert_eq!(
        rejected(vec![], plan(twice), "2023-09-11"),
        Rejection::PromptTwice {
            prompt: Prompt::Analysis
        }
    );
}

#[test]
fn pupils_are_heard_and_points_lie_ahead() {
    let mut unheard = thinking();
    unheard.sources = vec![EvidenceSource::Assessment];
    assert_eq!(rejected(vec![], plan(unheard), "2023-09-11"), Rejection::NoPupilVoice);
    let mut late = thinking();
    late.short_on = day("2023-09-01");
    assert!(matches!(
        rejected(vec![], plan(late), "2023-09-11"),
        Rejection::PlannedTooLate { .. }
    ));
    let mut backwards = thinking();
    backwards.medium_on = backwards.short_on;
    assert!(matches!(
        rejected(vec![], plan(backwards), "2023-09-11"),
        Rejection::MediumBeforeShort { .. }
    ));
    assert_eq!(
        rejected(vec![planned()], plan(thinking()), "2023-09-11"),
        Rejection::AlreadyPlanned
    );
}

/// Borenstein et al. 2009, chapter 4, through the aggregate.
#[test]
fn two_groups_give_an_effect_at_once() {
    let short = measure(1, MeasurePoint::Short, "2023-12-01", both(50));
    given::<EvaluationPlan>([planned()])
        .under(on("2023-12-04"))
        .when(Command::TakeMeasure(short))
        .then_events(|events| {
            let Some(Event::EffectEstimated(effect)) = &events[1].event else {
                panic!("no effect: {events:?}");
            };
            assert!((effect.g - 0.5924).abs() < 5e-5 && (effect.standard_error - 0.2028).abs() < 1e-4);
            assert_eq!(effect.design(), EffectDesign::Comparison);
            assert_eq!((effect.n_intervention, effect.n_comparison), (50, 50));
            assert_eq!(effect.focus_areas, ["questioning"]);
            assert!(effect.cautions.is_empty());
        })
        .and_state(|plan| assert_eq!(plan.effects.len(), 1));
}

#[test]
fn small_groups_are_warned_of_and_smaller_ones_say_nothing() {
    let policy = |context| {
        under(context, |policy| {
            policy.effect_size_minimum = 10;
            policy.effect_size_caution = 30;
        })
    };
    let short = |n| Command::TakeMeasure(measure(1, MeasurePoint::Short, "2023-12-01", both(n)));
    let decide = |n| {
        let mut plan = EvaluationPlan::default();
        plan.evolve(&planned());
        let context = policy(on("2023-12-04"));
        plan.decide(short(n), &context)
            .unwrap()
            .iter()
            .for_each(|event| plan.evolve(event));
        let withheld = plan
            .withheld(&context.policy)
            .iter()
            .map(|(_, why)| *why)
            .collect::<Vec<_>>();
        (plan.effects, withheld)
    };
    let (effects, withheld) = decide(9);
    assert_eq!((effects, withheld), (vec![], vec![Withheld::TooFew]));
    let (effects, withheld) = decide(29);
    assert_eq!(effects[0].cautions().collect::<Vec<_>>(), [EffectCaution::SmallSample]);
    assert_eq!(withheld, []);
    let (effects, _) = decide(30);
    assert_eq!(effects[0].cautions().count(), 0);
    // The smaller of unequal groups counts.
    let mut plan = EvaluationPlan::default();
    plan.evolve(&planned());
    let unequal = vec![
        scores(MeasureGroup::Intervention, 200, 103.0, 5.5),
        scores(MeasureGroup::Comparison, 9, 100.0, 4.5),
    ];
    let command = Command::TakeMeasure(measure(1, MeasurePoint::Short, "2023-12-01", unequal));
    assert_eq!(plan.decide(command, &policy(on("2023-12-04"))).unwrap().len(), 1);
}

fn one_group(mean: f64, correlation: Option<f64>) -> Vec<Scores> {
    vec![Scores {
        correlation,
        ..scores(MeasureGroup::Intervention, 50, mean, 7.1005)
    }]
}

/// Borenstein et al. 2009, chapter 4: the same pupils before and after.
#[test]
fn one_group_is_compared_with_its_own_baseline() {
    let baseline = measure(1, MeasurePoint::Baseline, "2023-09-15", one_group(100.0, None));
    let short = measure(2, MeasurePoint::Short, "2023-12-01", one_group(103.0, Some(0.7)));
    let events = history(vec![taken(baseline, "2023-09-15"), taken(short, "2023-12-04")]);
    let Some(Event::EffectEstimated(effect)) = &events.last().unwrap().event else {
        panic!("no effect: {events:?}");
    };
    assert!((effect.g - 0.4160).abs() < 1e-4);
    assert_eq!(effect.design(), EffectDesign::BeforeAfter);
    assert_eq!(effect.cautions().collect::<Vec<_>>(), [EffectCaution::NoComparison]);
    assert_eq!(effect.measure_ids.len(), 2);
}

#[test]
fn a_baseline_entered_late_completes_what_waited_for_it() {
    let short = measure(2, MeasurePoint::Short, "2023-12-01", one_group(103.0, Some(0.7)));
    let events = history(vec![taken(short, "2023-12-04")]);
    let mut plan = EvaluationPlan::default();
    events.iter().for_each(|event| plan.evolve(event));
    let withheld = |plan: &EvaluationPlan| plan.withheld(&identity::Policy::national())[0].1;
    assert_eq!(withheld(&plan), Withheld::NoBaseline);
    let baseline = measure(1, MeasurePoint::Baseline, "2023-09-15", one_group(100.0, None));
    given::<EvaluationPlan>(events)
        .under(on("2023-12-11"))
        .when(Command::TakeMeasure(baseline))
        .then_events(|events| assert_eq!(events.len(), 2))
        .and_state(|plan| assert_eq!(plan.effects.len(), 1));
}

#[test]
fn without_knowing_how_scores_go_together_there_is_no_effect() {
    let baseline = measure(1, MeasurePoint::Baseline, "2023-09-15", one_group(100.0, None));
    let short = measure(2, MeasurePoint::Short, "2023-12-01", one_group(103.0, None));
    let events = history(vec![taken(baseline, "2023-09-15"), taken(short, "2023-12-04")]);
    let mut plan = EvaluationPlan::default();
    events.iter().for_each(|event| plan.evolve(event));
    assert_eq!(plan.effects, []);
    assert_eq!(
        plan.withheld(&identity::Policy::national())[0].1,
        Withheld::NoCorrelation
    );
}

#[test]
fn groups_that_differed_before_are_warned_of() {
    let apart = vec![
        scores(MeasureGroup::Intervention, 50, 102.0, 5.0),
        scores(MeasureGroup::Comparison, 50, 100.0, 5.0),
    ];
    let baseline = measure(1, MeasurePoint::Baseline, "2023-09-15", apart);
    let short = measure(2, MeasurePoint::Short, "2023-12-01", both(50));
    let events = history(vec![taken(baseline, "2023-09-15"), taken(short, "2023-12-04")]);
    let Some(Event::EffectEstimated(effect)) = &events.last().unwrap().event else {
        panic!("no effect: {events:?}");
    };
    assert_eq!(effect.cautions().collect::<Vec<_>>(), [EffectCaution::BaselineDiffers]);
}

#[test]
fn measures_follow_one_another() {
    let short = measure(2, MeasurePoint::Short, "2023-12-01", both(50));
    let history = || history(vec![taken(short.clone(), "2023-12-04")]);
    let late = measure(1, MeasurePoint::Baseline, "2023-12-04", both(50));
    let out_of_order = Rejection::OutOfOrder { on: day("2023-12-01") };
    assert_eq!(
        rejected(history(), Command::TakeMeasure(late), "2023-12-04"),
        out_of_order
    );
    let early = measure(3, MeasurePoint::Medium, "2023-11-30", both(50));
    assert_eq!(
        rejected(history(), Command::TakeMeasure(early), "2023-12-04"),
        out_of_order
    );
    let again = measure(3, MeasurePoint::Short, "2023-12-02", both(50));
    assert_eq!(
        rejected(history(), Command::TakeMeasure(again), "2023-12-04"),
        Rejection::MeasuredAlready
    );
    let same = measure(2, MeasurePoint::Medium, "2024-06-03", both(50));
    assert_eq!(
        rejected(history(), Command::TakeMeasure(same), "2024-06-04"),
        Rejection::MeasureRecordedAlready
    );
    let to_come = measure(3, MeasurePoint::Medium, "2024-06-03", both(50));
    assert!(matches!(
        rejected(history(), Command::TakeMeasure(to_come), "2023-12-04"),
        Rejection::InTheFuture { .. }
    ));
}

#[test]
fn groups_are_those_that_are_compared() {
    let only = vec![scores(MeasureGroup::Comparison, 50, 100.0, 4.5)];
    let take = |groups| Command::TakeMeasure(measure(1, MeasurePoint::Short, "2023-12-01", groups));
    assert_eq!(
        rejected(vec![planned()], take(only), "2023-12-04"),
        Rejection::NoIntervention
    );
    let twice = [both(50), both(50)].concat();
    assert_eq!(
        rejected(vec![planned()], take(twice), "2023-12-04"),
        Rejection::GroupTwice
    );
    assert_eq!(rejected(vec![], take(both(50)), "2023-12-04"), Rejection::NotPlanned);
    let baseline = measure(1, MeasurePoint::Baseline, "2023-09-15", one_group(100.0, None));
    let mut fewer = one_group(103.0, Some(0.7));
    fewer[0].summary = Group::new(48, 103.0, 7.0).unwrap();
    let short = Command::TakeMeasure(measure(2, MeasurePoint::Short, "2023-12-01", fewer));
    assert_eq!(
        rejected(history(vec![taken(baseline, "2023-09-15")]), short, "2023-12-04"),
        Rejection::DifferentPupils { before: 50, after: 48 }
    );
}

#[test]
fn a_withdrawn_measure_takes_its_effects_along() {
    let short = measure(2, MeasurePoint::Short, "2023-12-01", both(50));
    let history = history(vec![taken(short, "2023-12-04")]);
    let withdraw = |number| Command::WithdrawMeasure {
        measure: MeasureId(Uuid::from_u128(number)),
        reason: "another test was used".into(),
    };
    given::<EvaluationPlan>(history.clone())
        .under(on("2023-12-05"))
        .when(withdraw(2))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|plan| assert!(plan.effects.is_empty() && plan.measures.is_empty()));
    assert_eq!(rejected(history, withdraw(7), "2023-12-05"), Rejection::NoSuchMeasure);
}

#[test]
fn the_goal_does_not_move_once_something_was_measured() {
    let revise = || Command::Revise(Revision { thinking: thinking() });
    let baseline = measure(1, MeasurePoint::Baseline, "2023-09-15", both(50));
    given::<EvaluationPlan>(history(vec![taken(baseline, "2023-09-15")]))
        .under(on("2023-09-18"))
        .when(revise())
        .then_events(|events| assert_eq!(events.len(), 1));
    let short = measure(2, MeasurePoint::Short, "2023-12-01", both(50));
    let history = history(vec![taken(short, "2023-12-01")]);
    assert_eq!(
        rejected(history, revise(), "2023-12-01"),
        Rejection::MeasuredSincePlanned
    );
}

#[test]
fn what_follows_is_decided_after_somebody_was_told() {
    let conclude = || {
        Command::Conclude(Conclusion {
            decision: EvaluationDecision::Extend,
            reason: "pupils ask each other".into(),
            on: day("2024-06-20"),
        })
    };
    let report = |audiences, on: &str| {
        Command::Report(Report {
            audiences,
            findings: "it helped".into(),
            on: day(on),
        })
    };
    let told = || report(vec![ReportAudience::Governors], "2024-06-18");
    assert_eq!(
        rejected(vec![planned()], conclude(), "2024-06-20"),
        Rejection::NotReported
    );
    assert_eq!(
        rejected(vec![planned()], report(vec![], "2024-06-18"), "2024-06-18"),
        Rejection::NobodyWasTold
    );
    assert!(matches!(
        rejected(
            vec![planned()],
            report(vec![ReportAudience::Staff], "2023-09-01"),
            "2024-06-18"
        ),
        Rejection::BeforePlanned { .. }
    ));
    let history = history(vec![(told(), "2024-06-18"), (conclude(), "2024-06-20")]);
    assert_eq!(rejected(history, told(), "2024-06-20"), Rejection::Concluded);
}

/// What was measured is kept as it was: nobody's single score among it.
#[test]
fn only_summaries_are_kept() {
    let kept = scores(MeasureGroup::Intervention, 30, 5.0, 1.0).recorded();
    let expected = GroupScores {
        group: MeasureGroup::Intervention.into(),
        n: 30,
        mean: 5.0,
        sd: 1.0,
        correlation: None,
    };
    assert_eq!(kept, expected);
}
