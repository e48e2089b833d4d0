//! The form of one thing that is asked: the eight principles, a survey's questions, or the levels of feedback.

use std::collections::HashMap;

use api::{
    directory::v1::{GetReferenceSetRequest, ReferenceItem},
    evaluation::v1::{
        AnswerSurveyRequest, AnswerWaveRequest, FeedbackRequest, GetSurveyRequest, GiveFeedbackRequest, LevelScore,
        ListMyFeedbackRequest, ListWavesRequest, PrincipleScore, QuestionKind, Reply, SurveyForm, SurveyQuestion,
        WaveLine,
    },
};
use axum::extract::Path;
use service::Code;

use super::{Shown, activity, is_open, results, until};
use crate::{
    forms::{Choice, Fields, Sent},
    pages::{
        sheet::{Parsed as _, Sheet, Step, renumbered, today},
        shell::Shell,
    },
    problem::Fault,
    visitor::Visitor,
    words,
};

/// What stands behind an address of this page.
enum Asked {
    Wave(WaveLine),
    Survey(SurveyForm),
    Feedback(FeedbackRequest),
}

impl Asked {
    async fn of(visitor: &Visitor, id: &str) -> Result<Self, Fault> {
        let clients = visitor.clients();
        let (mut surveys, mut waves) = (clients.surveys.clone(), clients.surveys);
        let mut feedback = clients.feedback;
        let all = ListWavesRequest {
            page_size: 500,
            ..ListWavesRequest::default()
        };
        let one = GetSurveyRequest {
            survey_id: id.to_owned(),
        };
        let (survey, waves, feedback) = tokio::join!(
            surveys.get_survey(visitor.ask(one)),
            waves.list_waves(visitor.ask(all)),
            feedback.list_my_feedback(visitor.ask(ListMyFeedbackRequest {})),
        );
        let mut waves = waves?.into_inner().waves.into_iter();
        if let Some(wave) = waves.find(|wave| wave.wave_id == id) {
            return Ok(Self::Wave(wave));
        }
        let mut requests = feedback?.into_inner().requests.into_iter();
        if let Some(request) = requests.find(|request| request.feedback_id == id) {
            return Ok(Self::Feedback(request));
        }
        let survey = survey?.into_inner().survey;
        survey.map(Self::Survey).ok_or_else(|| Fault::not_found("survey"))
    }
}

const ANONYMOUS: &str = "Your answer is anonymous. It is kept in a ballot box without your name and without the time, \
                         and put on record with all others once the survey has closed. Nobody can look it up, you \
                         included: so you answer once, and cannot change it. Results are shown only where enough \
                         people have answered. If something is missing when you send it, what you filled in is kept \
                         for you alone until you send it again.";

pub(super) async fn form(visitor: Visitor, Path(id): Path<String>) -> Shown {
    visitor.person()?;
    let path = format!("/surveys/{id}");
    let (asked, fields) = tokio::join!(Asked::of(&visitor, &id), visitor.draft(&path));
    let (asked, fields) = (asked?, fields?);
    let step = match asked {
        Asked::Wave(wave) => {
            let is_open = is_open(&visitor, (&wave.on, &wave.closes_on), wave.closed, &wave.urns, &today());
            if !is_open {
                return Err(not_open());
            }
            let principles = reference(&visitor, "audit_principles").await?;
            Step {
                shell: Shell::new(&visitor, wave.title.clone(), "/surveys"),
                within: ("Surveys".into(), "/surveys".into()),
                lead: "Eight principles of effective professional development, each asked twice: how far it is in line with our values, and how far it is what actually happens.",
                facts: vec![("Open", until(&wave.closes_on))],
                caution: ANONYMOUS,
                sheet: wave_sheet(&wave, &principles, fields),
            }
        }
        Asked::Survey(survey) if survey.closed || survey.closes_on < today() => {
            return results::show(&visitor, &id, &survey).await;
        }
        Asked::Survey(survey) => Step {
            shell: Shell::new(&visitor, survey.title.clone(), "/surveys"),
            within: ("Surveys".into(), "/surveys".into()),
            lead: "",
            facts: vec![
                ("What for", words::capital(words::survey_kind(survey.kind()))),
                ("Open", until(&survey.closes_on)),
            ],
            caution: ANONYMOUS,
            sheet: survey_sheet(&survey, fields),
        },
        Asked::Feedback(request) => {
            let (title, levels) = tokio::join!(
                activity(&visitor, &request.activity_id),
                reference(&visitor, "evaluation_levels")
            );
            Step {
                shell: Shell::new(&visitor, "Feedback on development", "/surveys"),
                within: ("Surveys".into(), "/surveys".into()),
                lead: "What came of development that you took part in. Others see it only together with what enough other participants said.",
                facts: vec![
                    ("Development", title),
                    ("You took part on", words::iso_day(&request.developed_on)),
                    ("Asked", words::feedback_wave(request.wave()).to_owned()),
                    ("Due", words::iso_day(&request.due_on)),
                ],
                caution: "",
                sheet: feedback_sheet(&request, &levels?, fields),
            }
        }
    };
    step.show()
}

fn not_open() -> Fault {
    let message = "this survey is not open to you: its days are over or still to come, or your school is not asked";
    service::Error::new(Code::FailedPrecondition, message).into()
}

async fn reference(visitor: &Visitor, set: &str) -> Result<HashMap<String, ReferenceItem>, Fault> {
    let message = GetReferenceSetRequest {
        set: set.to_owned(),
        edition: String::new(),
    };
    let mut reference = visitor.clients().reference;
    let items = reference
        .get_reference_set(visitor.ask(message))
        .await?
        .into_inner()
        .items;
    Ok(items.into_iter().map(|item| (item.code.clone(), item)).collect())
}

fn wave_sheet(wave: &WaveLine, principles: &HashMap<String, ReferenceItem>, fields: Fields) -> Sheet {
    let mut sheet = Sheet::new(fields, "Send my answer")
        .without_drafts()
        .hidden("kind", "wave");
    for (index, code) in wave.principles.iter().enumerate() {
        let item = principles.get(code).cloned().unwrap_or_else(|| ReferenceItem {
            label: words::capital(&words::plain(code)),
            ..ReferenceItem::default()
        });
        let at = |field: &str| format!("scores[{index}].{field}");
        sheet = sheet
            .group(format!("{}. {}", index + 1, item.label), item.description)
            .hidden(&at("principle"), code)
            .scale(
                &at("values"),
                "In line with our values",
                "1: not at all; 5: fully.",
                true,
            )
            .scale(&at("practice"), "What actually happens", "1: never; 5: always.", true)
            .group_ends();
    }
    sheet
}

fn survey_sheet(survey: &SurveyForm, fields: Fields) -> Sheet {
    let mut sheet = Sheet::new(fields, "Send my answer")
        .without_drafts()
        .hidden("kind", "survey");
    for (index, question) in survey.questions.iter().enumerate() {
        let at = |field: &str| format!("replies[{index}].{field}");
        sheet = sheet
            .hidden(&at("question_id"), &question.question_id)
            .question(question, at);
    }
    sheet
}

impl Sheet {
    fn question(self, question: &SurveyQuestion, at: impl Fn(&str) -> String) -> Self {
        let must = question.required;
        let text = question.text.as_str();
        let options: Vec<Choice> = question
            .options
            .iter()
            .enumerate()
            .map(|(place, option)| Choice::new(place.to_string(), option))
            .collect();
        match question.kind() {
            QuestionKind::Scale => self.scale(&at("score"), text, "From 1 to 5.", must),
            QuestionKind::Choice if question.several => self.checks(&at("chosen"), text, "One or more.", &options),
            QuestionKind::Choice if must => self.radios(&at("chosen"), text, "", &options),
            QuestionKind::Choice => self.radios_if_any(&at("chosen"), text, &options),
            QuestionKind::Text | QuestionKind::Unspecified => {
                let hint = "Shown without names, and only where enough people wrote something. Name nobody.";
                if must {
                    self.long(&at("text"), text, hint)
                } else {
                    self.long_if_any(&at("text"), text, hint)
                }
            }
        }
    }
}

fn feedback_sheet(request: &FeedbackRequest, levels: &HashMap<String, ReferenceItem>, fields: Fields) -> Sheet {
    let mut sheet = Sheet::new(fields, "Send my feedback").hidden("kind", "feedback");
    for (index, level) in request.levels().enumerate() {
        let at = |field: &str| format!("scores[{index}].{field}");
        let question = levels.values().find(|item| item.value == Some(i32::from(level)));
        let question = question.map(|item| item.description.as_str()).unwrap_or_default();
        sheet = sheet.hidden(&at("level"), &i32::from(level).to_string()).scale(
            &at("score"),
            &words::capital(words::feedback_level(level)),
            &format!("{question} 1: not at all; 5: fully."),
            true,
        );
    }
    sheet
}

pub(super) async fn take(Path(id): Path<String>, sent: Sent) -> Shown {
    let anonymous = sent.fields.get("kind") != "feedback";
    match send(&sent.visitor, &id, &sent.fields).await {
        Ok(()) if anonymous => sent.done("/surveys?done=answer").await,
        Ok(()) => sent.done("/surveys?done=feedback").await,
        // An anonymous answer is kept only where something in it has to be put right.
        Err(Fault::Refused(error)) if anonymous && error.code() != Code::InvalidArgument => {
            sent.done("/surveys").await?;
            Err(error.into())
        }
        Err(fault) => sent.refused(fault).await,
    }
}

async fn send(visitor: &Visitor, id: &str, fields: &Fields) -> Result<(), Fault> {
    let clients = visitor.clients();
    let (mut surveys, mut feedback) = (clients.surveys, clients.feedback);
    match fields.get("kind") {
        "wave" => {
            let message = AnswerWaveRequest {
                wave_id: id.to_owned(),
                scores: principle_scores(fields),
            };
            surveys.answer_wave(visitor.ask(message)).await?;
        }
        "survey" => {
            let (kept, replies) = replies(fields);
            let message = AnswerSurveyRequest {
                survey_id: id.to_owned(),
                replies,
            };
            let answer = surveys.answer_survey(visitor.ask(message)).await;
            answer.map_err(|status| renumbered(&status, "replies", &kept))?;
        }
        "feedback" => {
            let message = GiveFeedbackRequest {
                request_id: fields.request_id(),
                expected_version: None,
                occurred_at: None,
                feedback_id: id.to_owned(),
                scores: level_scores(fields),
            };
            feedback.give_feedback(visitor.ask(message)).await?;
        }
        _ => return Err(Fault::not_found("survey")),
    }
    Ok(())
}

fn principle_scores(fields: &Fields) -> Vec<PrincipleScore> {
    let score = |index: usize| {
        let at = |field: &str| format!("scores[{index}].{field}");
        PrincipleScore {
            principle: fields.word(&at("principle")),
            values: fields.whole(&at("values")),
            practice: fields.whole(&at("practice")),
        }
    };
    (0..16)
        .map(score)
        .take_while(|score| !score.principle.is_empty())
        .collect()
}

fn level_scores(fields: &Fields) -> Vec<LevelScore> {
    let score = |index: usize| {
        let at = |field: &str| format!("scores[{index}].{field}");
        LevelScore {
            level: fields.whole(&at("level")),
            score: fields.whole(&at("score")),
        }
    };
    (0..5).map(score).take_while(|score| score.level != 0).collect()
}

/// Questions that were answered, and where in the form each stands.
fn replies(fields: &Fields) -> (Vec<usize>, Vec<Reply>) {
    let of = |index: usize| {
        let at = |field: &str| format!("replies[{index}].{field}");
        let reply = Reply {
            question_id: fields.word(&at("question_id")),
            score: fields.whole(&at("score")),
            chosen: fields
                .all(&at("chosen"))
                .into_iter()
                .filter_map(|place| place.parse().ok())
                .collect(),
            text: fields.word(&at("text")),
        };
        let answered = reply.score != 0 || !reply.chosen.is_empty() || !reply.text.is_empty();
        answered.then_some((index, reply))
    };
    (0..50).filter_map(of).unzip()
}
