//! Feedback over gRPC: what waits for oneself, one's answer, and what all said together.

use api::{
    evaluation::v1::{
        FeedbackLevel, FeedbackRequest, FeedbackResults, FeedbackWave, GetFeedbackResultsRequest,
        GetFeedbackResultsResponse, GiveFeedbackRequest, GiveFeedbackResponse, LevelResult, LevelScore,
        ListMyFeedbackRequest, ListMyFeedbackResponse, PracticeResult, feedback_service_server::FeedbackService,
    },
    ids::{ActivityId, FeedbackId, TrustId},
    observations::v1::RevisitOutcome,
};
use identity::{Action, Kind};
use service::{Call, Error, Plan, Query, Violations};
use tonic::{Request, Response, Status};

use super::{Edge, today};
use crate::{
    feedback::{Command, Feedback},
    index::Scored,
    results::{count, in_steps},
    score::Score,
};

const LEVELS: usize = 5;

#[tonic::async_trait]
impl FeedbackService for Edge {
    async fn give_feedback(
        &self,
        request: Request<GiveFeedbackRequest>,
    ) -> Result<Response<GiveFeedbackResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = give(&call);
        self.commands.run(call, plan).await
    }

    async fn list_my_feedback(
        &self,
        request: Request<ListMyFeedbackRequest>,
    ) -> Result<Response<ListMyFeedbackResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let requests = mine(self, &query).await?;
        Ok(Response::new(ListMyFeedbackResponse { requests }))
    }

    async fn get_feedback_results(
        &self,
        request: Request<GetFeedbackResultsRequest>,
    ) -> Result<Response<GetFeedbackResultsResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let results = results(self, &query).await?;
        Ok(Response::new(GetFeedbackResultsResponse { results: Some(results) }))
    }
}

fn give(call: &Call<GiveFeedbackRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FeedbackId>("feedback_id", &message.feedback_id),
        violations.some_of("scores", &message.scores, LEVELS, score),
    );
    let (id, scores) = violations.all(parts)?;
    let on = call.today();
    Ok(Plan::of::<Feedback>(id, Command::Give { scores, on }))
}

fn score(violations: &mut Violations, path: &str, given: &LevelScore) -> Option<(FeedbackLevel, Score)> {
    let level = violations.choice(&format!("{path}.level"), given.level);
    let score = violations.number(&format!("{path}.score"), given.score, 1..=5);
    Some((level?, Score::new(score?)?))
}

async fn mine(edge: &Edge, query: &Query<ListMyFeedbackRequest>) -> Result<Vec<FeedbackRequest>, Error> {
    let Some(person) = query.actor.person_id() else {
        return Ok(Vec::new());
    };
    let mut requests = Vec::new();
    for id in edge.index.open_feedback(person).await? {
        let feedback = edge.commands.get::<Feedback>(id).await?.state;
        let (Some(asked), Some(open)) = (&feedback.asked, feedback.open()) else {
            continue;
        };
        if open.due_on < today() {
            continue;
        }
        requests.push(FeedbackRequest {
            feedback_id: id.into(),
            activity_id: asked.activity_id.clone(),
            wave: open.wave.into(),
            levels: open.levels.iter().map(|level| i32::from(*level)).collect(),
            due_on: open.due_on.to_string(),
            developed_on: feedback.developed_on.to_string(),
        });
    }
    Ok(requests)
}

async fn results(edge: &Edge, query: &Query<GetFeedbackResultsRequest>) -> Result<FeedbackResults, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ActivityId>("activity_id", &query.message.activity_id),
        violations.optional_id::<TrustId>("trust_id", &query.message.trust_id),
    );
    let (activity, trust) = violations.all(parts)?;
    let trust = edge.trust(&query.actor, trust)?;
    let record = edge.vantage(&query.actor, Kind::FeedbackResults, trust, &[]);
    edge.authorise(&query.actor, Action::Read, &record).await?;
    // The same for everybody, wherever they look from.
    let whole = crate::access::place(Kind::FeedbackResults, trust, None);
    let threshold = edge.commands.gate().policy(&whole, today()).suppression_threshold;
    let asked = edge.index.asked_count(trust, activity).await?;
    let scores = edge.index.scores(trust, activity).await?;
    let seen = edge.index.sightings(trust, activity).await?;
    Ok(FeedbackResults {
        activity_id: activity.into(),
        asked_count: i32::try_from(asked).unwrap_or(i32::MAX),
        levels: levels(&scores, threshold),
        practice: Some(practice(in_steps(&seen, threshold))),
        threshold: i32::try_from(threshold).unwrap_or(i32::MAX),
    })
}

/// Each level at each time that was answered at all, in the order of both.
fn levels(scores: &[Scored], threshold: u32) -> Vec<LevelResult> {
    const WAVES: [FeedbackWave; 3] = [FeedbackWave::First, FeedbackWave::Weeks, FeedbackWave::HalfYear];
    const LEVELS: [FeedbackLevel; 5] = [
        FeedbackLevel::Reaction,
        FeedbackLevel::Learning,
        FeedbackLevel::OrganisationSupport,
        FeedbackLevel::UseInPractice,
        FeedbackLevel::PupilOutcomes,
    ];
    let pairs = LEVELS.into_iter().flat_map(|level| WAVES.map(|wave| (level, wave)));
    let result = |(level, wave): (FeedbackLevel, FeedbackWave)| {
        let of_it = |scored: &&Scored| scored.level == level && scored.wave == wave;
        let given: Vec<i32> = scores.iter().filter(of_it).map(|scored| scored.score).collect();
        if given.is_empty() {
            return None;
        }
        let released = in_steps(&given, threshold);
        let mut result = LevelResult {
            level: level.into(),
            wave: wave.into(),
            suppressed: released.is_empty(),
            ..LevelResult::default()
        };
        if !released.is_empty() {
            let sum: f64 = released.iter().copied().map(f64::from).sum();
            let number = |score| count(released.iter().filter(|given| **given == score).count());
            result.n = count(released.len());
            result.mean = sum / f64::from(result.n);
            result.counts = (1..=5).map(number).collect();
        }
        Some(result)
    };
    pairs.filter_map(result).collect()
}

fn practice(released: &[RevisitOutcome]) -> PracticeResult {
    let number = |of| count(released.iter().filter(|outcome| **outcome == of).count());
    PracticeResult {
        embedded: number(RevisitOutcome::Embedded),
        improving: number(RevisitOutcome::Improving),
        not_yet: number(RevisitOutcome::NotYet),
        suppressed: released.is_empty(),
    }
}
