//! What came of a survey that has closed, as it was released.

use api::evaluation::v1::{GetSurveyResultsRequest, QuestionKind, QuestionResult, SurveyForm, SurveyQuestion};
use askama::Template;

use super::Shown;
use crate::{
    figures::{Cell, Column, Table},
    pages::shell::Shell,
    visitor::Visitor,
    words,
};

#[derive(Template)]
#[template(path = "survey_results.html")]
struct Page {
    shell: Shell,
    closed: String,
    answered: Cell,
    threshold: i32,
    questions: Vec<Question>,
}

struct Question {
    text: String,
    answered: Cell,
    mean: Option<Cell>,
    table: Option<Table>,
    texts: Vec<String>,
}

/// Of the tables, one for each question that a survey may have.
const NAMES: [&str; 50] = [
    "question-table-1",
    "question-table-2",
    "question-table-3",
    "question-table-4",
    "question-table-5",
    "question-table-6",
    "question-table-7",
    "question-table-8",
    "question-table-9",
    "question-table-10",
    "question-table-11",
    "question-table-12",
    "question-table-13",
    "question-table-14",
    "question-table-15",
    "question-table-16",
    "question-table-17",
    "question-table-18",
    "question-table-19",
    "question-table-20",
    "question-table-21",
    "question-table-22",
    "question-table-23",
    "question-table-24",
    "question-table-25",
    "question-table-26",
    "question-table-27",
    "question-table-28",
    "question-table-29",
    "question-table-30",
    "question-table-31",
    "question-table-32",
    "question-table-33",
    "question-table-34",
    "question-table-35",
    "question-table-36",
    "question-table-37",
    "question-table-38",
    "question-table-39",
    "question-table-40",
    "question-table-41",
    "question-table-42",
    "question-table-43",
    "question-table-44",
    "question-table-45",
    "question-table-46",
    "question-table-47",
    "question-table-48",
    "question-table-49",
    "question-table-50",
];

pub(super) async fn show(visitor: &Visitor, id: &str, survey: &SurveyForm) -> Shown {
    let message = GetSurveyResultsRequest {
        survey_id: id.to_owned(),
    };
    let mut surveys = visitor.clients().surveys;
    let answer = surveys.get_survey_results(visitor.ask(message)).await?;
    let results = answer.into_inner().results.unwrap_or_default();
    let questions = survey.questions.iter().zip(NAMES).map(|(question, name)| {
        let result = results
            .questions
            .iter()
            .find(|result| result.question_id == question.question_id);
        Question::new(name, question, result)
    });
    crate::pages::show(&Page {
        shell: Shell::new(visitor, survey.title.clone(), "/surveys"),
        closed: words::iso_day(&results.closed_on),
        answered: count(results.n, results.suppressed),
        threshold: results.threshold,
        questions: questions.collect(),
    })
}

fn count(n: i32, suppressed: bool) -> Cell {
    if suppressed {
        Cell::Symbol("c")
    } else {
        Cell::Count(n.into())
    }
}

impl Question {
    fn new(name: &'static str, question: &SurveyQuestion, result: Option<&QuestionResult>) -> Self {
        let shown = result.filter(|result| !result.suppressed);
        let labels: Vec<String> = match question.kind() {
            QuestionKind::Scale => (1..=5).map(|score: i32| score.to_string()).collect(),
            QuestionKind::Choice => question.options.clone(),
            QuestionKind::Text | QuestionKind::Unspecified => Vec::new(),
        };
        let table = shown.filter(|_| !labels.is_empty()).map(|result| {
            let columns = [Column::text("answer", "Answer"), Column::number("people", "People")];
            let mut table = Table::new(name, question.text.clone(), columns);
            for (label, count) in labels.iter().zip(&result.counts) {
                table.push([Cell::text(label), Cell::Count((*count).into())]);
            }
            table
        });
        Self {
            text: question.text.clone(),
            answered: result.map_or(Cell::Symbol("c"), |result| count(result.n, result.suppressed)),
            mean: shown
                .filter(|_| question.kind() == QuestionKind::Scale)
                .map(|result| Cell::Number(result.mean, 1)),
            table,
            texts: shown.map(|result| result.texts.clone()).unwrap_or_default(),
        }
    }
}
