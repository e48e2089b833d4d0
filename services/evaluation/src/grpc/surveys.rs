//! Surveys over gRPC; the audit's waves are in [`super::waves`].

use api::{
    evaluation::v1::{
        self as pb, AnswerSurveyRequest, AnswerSurveyResponse, AnswerWaveRequest, AnswerWaveResponse,
        CloseSurveyRequest, CloseSurveyResponse, CloseWaveRequest, CloseWaveResponse, GetSurveyRequest,
        GetSurveyResponse, GetSurveyResultsRequest, GetSurveyResultsResponse, GetWaveResultsRequest,
        GetWaveResultsResponse, ListSurveysRequest, ListSurveysResponse, ListWavesRequest, ListWavesResponse,
        OpenSurveyRequest, OpenSurveyResponse, OpenWaveRequest, OpenWaveResponse, QuestionKind, SurveyAnswered,
        SurveyForm, SurveyLine, SurveyOpened, SurveyQuestion, SurveyResults, survey_event,
        survey_service_server::SurveyService,
    },
    ids::{SurveyId, TrustId, Urn},
};
use eventstore::Aggregate as _;
use identity::{Action, Kind};
use prost::Message as _;
use service::{Call, Error, Plan, Query, Violations, page};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{CODE, Cursor, Edge, SCHOOLS, TITLE, today, waves};
use crate::{
    access::survey_record,
    ballot_box::{Put, Voter},
    closing,
    index::{self, Listed},
    results::{self, count},
    score::Score,
    survey::{Answer, Command, Open, Reply, Survey},
};

const QUESTIONS: usize = 50;
const OPTIONS: usize = 20;
const QUESTION: usize = 500;
const OPTION: usize = 200;
const TEXT: usize = 2_000;

#[tonic::async_trait]
impl SurveyService for Edge {
    async fn open_wave(&self, request: Request<OpenWaveRequest>) -> Result<Response<OpenWaveResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = waves::open(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn close_wave(&self, request: Request<CloseWaveRequest>) -> Result<Response<CloseWaveResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = waves::close(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn answer_wave(&self, request: Request<AnswerWaveRequest>) -> Result<Response<AnswerWaveResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let replayed = waves::answer(self, &query).await? == Put::Replayed;
        Ok(Response::new(AnswerWaveResponse { replayed }))
    }

    async fn list_waves(&self, request: Request<ListWavesRequest>) -> Result<Response<ListWavesResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(waves::list(self, &query).await?))
    }

    async fn get_wave_results(
        &self,
        request: Request<GetWaveResultsRequest>,
    ) -> Result<Response<GetWaveResultsResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let results = waves::results(self, &query).await?;
        Ok(Response::new(GetWaveResultsResponse { results: Some(results) }))
    }

    async fn open_survey(&self, request: Request<OpenSurveyRequest>) -> Result<Response<OpenSurveyResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = open(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn close_survey(
        &self,
        request: Request<CloseSurveyRequest>,
    ) -> Result<Response<CloseSurveyResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = close(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn answer_survey(
        &self,
        request: Request<AnswerSurveyRequest>,
    ) -> Result<Response<AnswerSurveyResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let replayed = answer(self, &query).await? == Put::Replayed;
        Ok(Response::new(AnswerSurveyResponse { replayed }))
    }

    async fn list_surveys(
        &self,
        request: Request<ListSurveysRequest>,
    ) -> Result<Response<ListSurveysResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(list(self, &query).await?))
    }

    async fn get_survey(&self, request: Request<GetSurveyRequest>) -> Result<Response<GetSurveyResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let survey = form(self, &query).await?;
        Ok(Response::new(GetSurveyResponse { survey: Some(survey) }))
    }

    async fn get_survey_results(
        &self,
        request: Request<GetSurveyResultsRequest>,
    ) -> Result<Response<GetSurveyResultsResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let results = show_results(self, &query).await?;
        Ok(Response::new(GetSurveyResultsResponse { results: Some(results) }))
    }
}

async fn open(edge: &Edge, call: &Call<OpenSurveyRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("survey_id", &message.survey_id),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.ids::<Urn>("urns", &message.urns, SCHOOLS),
        violations.text("title", &message.title, TITLE),
        violations.choice("kind", message.kind),
        violations.some_of("questions", &message.questions, QUESTIONS, question),
        violations.date("on", &message.on),
        violations.date("closes_on", &message.closes_on),
    );
    let (id, trust, urns, title, kind, questions, on, closes_on) = violations.all(parts)?;
    let id = id.unwrap_or_else(|| SurveyId(Uuid::now_v7()));
    let trust = edge.trust(&call.actor, trust)?;
    edge.schools(&urns, trust, call.today()).await?;
    let open = Open {
        trust,
        urns,
        title,
        kind,
        questions,
        on,
        closes_on,
    };
    Ok(Plan::of::<Survey>(id, Command::Open(open)))
}

fn question(violations: &mut Violations, path: &str, given: &SurveyQuestion) -> Option<SurveyQuestion> {
    let field = |name: &str| format!("{path}.{name}");
    let question_id = violations.text(&field("question_id"), &given.question_id, CODE);
    let text = violations.text(&field("text"), &given.text, QUESTION);
    let kind = violations.choice::<QuestionKind>(&field("kind"), given.kind);
    let options = violations.list(
        &field("options"),
        &given.options,
        OPTIONS,
        |violations, path, option| violations.text(path, option, OPTION),
    );
    let focus_area = violations.optional_text(&field("focus_area"), &given.focus_area, CODE);
    Some(SurveyQuestion {
        question_id: question_id?,
        text: text?,
        kind: kind?.into(),
        options: options?,
        several: given.several,
        required: given.required,
        focus_area: focus_area?.unwrap_or_default(),
    })
}

async fn close(edge: &Edge, call: &Call<CloseSurveyRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<SurveyId>("survey_id", &call.message.survey_id);
    let (id,) = violations.all((id,))?;
    let loaded = edge.commands.get::<Survey>(id).await?;
    let record = survey_record(Kind::Survey, loaded.state.trust, &loaded.state.urns);
    edge.authorise(&call.actor, Action::CloseSurvey, &record).await?;
    waves::must_be_at(call.message.expected_version, loaded.version)?;
    closing::survey(&edge.commands, &edge.ballots, id, &loaded.state, call.today()).await
}

/// Checks an answer, and puts it where nobody knows whose it is.
async fn answer(edge: &Edge, query: &Query<AnswerSurveyRequest>) -> Result<Put, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SurveyId>("survey_id", &message.survey_id),
        violations.list("replies", &message.replies, QUESTIONS, reply),
    );
    let (id, replies) = violations.all(parts)?;
    let survey = edge.commands.get::<Survey>(id).await?.state;
    let record = survey_record(Kind::Survey, survey.trust, &survey.urns);
    edge.authorise(&query.actor, Action::AnswerSurvey, &record).await?;
    let context = edge.context(&query.actor, &record);
    let (person, urn, post) = edge.own_post(&query.actor, &survey.urns, context.today()).await?;
    let voter = Voter {
        trust: survey.trust,
        survey: id.0,
        person,
    };
    let answer = Answer {
        survey: id,
        respondent: String::new(),
        urn,
        staff_group: post.role_group,
        replies,
    };
    let decided = survey.decide(Command::Answer(answer), &context)?;
    let mut answered = decided.into_iter().find_map(|event| match event.event {
        Some(survey_event::Event::Answered(answered)) => Some(answered),
        _ => None,
    });
    let answered: &mut SurveyAnswered = answered
        .as_mut()
        .ok_or_else(|| Error::internal("an answer decides nothing"))?;
    let said = answered.encode_to_vec();
    answered.respondent = edge.ballots.respondent(voter).await?;
    // An identifier without a time in it: what is sealed is bound to it for good.
    edge.commands
        .keys()
        .seal(survey.trust.0, Uuid::new_v4(), answered)
        .await?;
    edge.ballots.put(voter, &said, answered.encode_to_vec()).await
}

/// One of a score, a choice, or words.
fn reply(violations: &mut Violations, path: &str, given: &pb::Reply) -> Option<(String, Reply)> {
    let question = violations.text(&format!("{path}.question_id"), &given.question_id, CODE);
    let text = violations.optional_text(&format!("{path}.text"), &given.text, TEXT)?;
    violations.check(given.chosen.len() <= OPTIONS, &format!("{path}.chosen"), || {
        format!("choose at most {OPTIONS}")
    });
    let reply = match (given.score, given.chosen.is_empty(), text) {
        (0, true, Some(text)) => Reply::Text(text),
        (0, false, None) => Reply::Choice(given.chosen.clone()),
        (score, true, None) if score != 0 => Reply::Scale(Score::new(violations.number(
            &format!("{path}.score"),
            score,
            1..=5,
        )?)?),
        _ => {
            violations.add(path, "give one of a score from 1 to 5, a choice, or words");
            return None;
        }
    };
    Some((question?, reply))
}

async fn list(edge: &Edge, query: &Query<ListSurveysRequest>) -> Result<ListSurveysResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let trust = violations.optional_id::<TrustId>("trust_id", &message.trust_id);
    let (trust,) = violations.all((trust,))?;
    let trust = edge.trust(&query.actor, trust)?;
    let record = survey_record(Kind::Survey, trust, &[]);
    edge.authorise(&query.actor, Action::AnswerSurvey, &record).await?;
    let parameters = ListSurveysRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let scope = page::Scope::of("ListSurveys", &query.actor.id.to_string(), &parameters);
    let page = edge
        .pager
        .page::<Cursor>(&scope, message.page_size, &message.page_token)?;
    let after = page.after.map(Listed::from);
    let mut rows = edge
        .index
        .surveys(index::Kind::Survey, trust, after, page.limit())
        .await?;
    let next_page_token = edge
        .pager
        .cut(&scope, &page, &mut rows, |row| Cursor::from(row.listed))?;
    let line = |row: index::Survey| {
        let opened = SurveyOpened::decode(row.opened.as_slice()).map_err(Error::internal)?;
        Ok(SurveyLine {
            survey_id: row.listed.id.to_string(),
            title: opened.title,
            kind: opened.kind,
            urns: opened.urns,
            on: opened.on,
            closes_on: opened.closes_on,
            closed: row.closed,
        })
    };
    Ok(ListSurveysResponse {
        surveys: rows.into_iter().map(line).collect::<Result<_, Error>>()?,
        next_page_token,
    })
}

async fn form(edge: &Edge, query: &Query<GetSurveyRequest>) -> Result<SurveyForm, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<SurveyId>("survey_id", &query.message.survey_id);
    let (id,) = violations.all((id,))?;
    let survey = edge.commands.get::<Survey>(id).await?.state;
    let record = survey_record(Kind::Survey, survey.trust, &survey.urns);
    edge.authorise(&query.actor, Action::AnswerSurvey, &record).await?;
    let opened = survey.opened.clone().unwrap_or_default();
    Ok(SurveyForm {
        survey_id: id.into(),
        title: opened.title,
        kind: opened.kind,
        questions: opened.questions,
        on: opened.on,
        closes_on: opened.closes_on,
        closed: survey.closed.is_some() || today() > survey.closes_on,
    })
}

async fn show_results(edge: &Edge, query: &Query<GetSurveyResultsRequest>) -> Result<SurveyResults, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<SurveyId>("survey_id", &query.message.survey_id);
    let (id,) = violations.all((id,))?;
    let mut survey = edge.commands.get::<Survey>(id).await?.state;
    let record = edge.vantage(&query.actor, Kind::Survey, survey.trust, &survey.urns);
    edge.authorise(&query.actor, Action::Read, &record).await?;
    let Some(closed) = survey.closed.clone() else {
        return Err(waves::not_closed(survey.closes_on));
    };
    let mut answers = std::mem::take(&mut survey.answers);
    let mut sealed: Vec<_> = answers.iter_mut().map(|answer| (survey.trust.0, answer)).collect();
    edge.commands.keys().open_many(&mut sealed).await?;
    survey.answers = answers;
    let texts = |question: &str| {
        let replies = survey.answers.iter().flat_map(|answer| &answer.replies);
        let to_it = replies.filter(|reply| reply.question_id == question);
        to_it
            .filter_map(|reply| Some(reply.text.as_ref()?.clear.clone()))
            .collect()
    };
    let released = results::of_survey(&survey, texts);
    let opened = survey.opened.clone().unwrap_or_default();
    let (n, questions) = released.clone().unwrap_or_default();
    Ok(SurveyResults {
        survey_id: id.into(),
        title: opened.title,
        closed_on: closed.on,
        n: count(n),
        suppressed: released.is_none(),
        threshold: closed.threshold,
        questions,
    })
}
