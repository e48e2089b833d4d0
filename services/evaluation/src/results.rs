//! What is released when an anonymous survey has closed: always the same, whoever asks and however often.
//!
//! Which cells may be shown is decided by [`disclosure`] over all answers of the wave, in an order that does not depend
//! on them: the whole, then each school; and apart from that the staff groups of the whole. What staff groups of one
//! school say is not shown at all, for both ways of cutting together would give small groups away.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use api::{
    common::v1::RoleGroup,
    evaluation::v1::{PrincipleResult, QuestionKind, QuestionResult, SurveyQuestion, WaveAnswered, WaveCell},
};
use disclosure::{Leaf, Plan, Rule, Shown, Side};

use crate::{audit_wave::AuditWave, survey::Survey};

/// The released cells of a closed wave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cells {
    pub(crate) whole: WaveCell,
    pub(crate) schools: Vec<WaveCell>,
    pub(crate) groups: Vec<WaveCell>,
}

/// What may be seen of a closed wave; none before it closed.
pub(crate) fn of_wave(wave: &AuditWave) -> Option<Cells> {
    let closed = wave.closed.as_ref()?;
    let rule = Rule::below(u32::try_from(closed.threshold).unwrap_or(u32::MAX));
    let principles = wave
        .opened
        .as_ref()
        .map(|opened| &opened.principles[..])
        .unwrap_or_default();
    let cell = |answers: &[&WaveAnswered], shown: bool, urn: &str, group: RoleGroup| WaveCell {
        urn: urn.to_owned(),
        staff_group: group.into(),
        n: if shown { count(answers.len()) } else { 0 },
        suppressed: !shown,
        principles: if shown { means(principles, answers) } else { Vec::new() },
    };
    let all: Vec<&WaveAnswered> = wave.answers.iter().collect();
    let urns: Vec<String> = wave.urns.iter().map(ToString::to_string).collect();
    let schools: Vec<Vec<&WaveAnswered>> = urns
        .iter()
        .map(|urn| all.iter().copied().filter(|answer| answer.urn == *urn).collect())
        .collect();
    let (whole, shown) = released(&schools, rule);
    let groups: BTreeSet<RoleGroup> = all.iter().map(|answer| answer.staff_group()).collect();
    let groups: Vec<RoleGroup> = groups.into_iter().collect();
    let by_group: Vec<Vec<&WaveAnswered>> = groups
        .iter()
        .map(|group| {
            all.iter()
                .copied()
                .filter(|answer| answer.staff_group() == *group)
                .collect()
        })
        .collect();
    let (_, groups_shown) = released(&by_group, rule);
    Some(Cells {
        whole: cell(&all, whole, "", RoleGroup::Unspecified),
        schools: urns
            .iter()
            .zip(schools.iter().zip(shown))
            .map(|(urn, (answers, shown))| cell(answers, shown, urn, RoleGroup::Unspecified))
            .collect(),
        groups: groups
            .iter()
            .zip(by_group.iter().zip(groups_shown))
            .map(|(group, (answers, shown))| cell(answers, shown, "", *group))
            .collect(),
    })
}

/// Whether the whole, and which of its parts, may be shown beside one another. Nothing is if the whole is not.
fn released<T>(parts: &[Vec<T>], rule: Rule) -> (bool, Vec<bool>) {
    // Nobody knows who answered, not even a school of its own staff.
    let leaf = |part: &Vec<T>| {
        let people = i64::from(count(part.len()));
        Leaf {
            known_to: Vec::new(),
            sides: vec![Side { count: people, people }],
        }
    };
    let leaves: Vec<Leaf> = parts.iter().map(leaf).collect();
    let mut plan = Plan::new(&leaves, rule);
    let is_shown = |shown: Shown| matches!(shown, Shown::Counts(sides) if sides.iter().any(|side| side.people > 0));
    let whole = is_shown(plan.offer(|_| true));
    let parts = (0..parts.len()).map(|part| whole && is_shown(plan.offer(|leaf| leaf == part)));
    let parts = parts.collect();
    (whole, parts)
}

fn means(principles: &[String], answers: &[&WaveAnswered]) -> Vec<PrincipleResult> {
    let mean = |principle: &String| {
        let scores = answers.iter().flat_map(|answer| &answer.scores);
        let of_it: Vec<_> = scores.filter(|score| score.principle == *principle).collect();
        let n = f64::from(count(of_it.len()).max(1));
        let values = of_it.iter().map(|score| f64::from(score.values)).sum::<f64>() / n;
        let practice = of_it.iter().map(|score| f64::from(score.practice)).sum::<f64>() / n;
        PrincipleResult {
            principle: principle.clone(),
            values,
            practice,
            gap: values - practice,
            values_change: None,
            practice_change: None,
        }
    };
    principles.iter().map(mean).collect()
}

/// Sets what changed since the wave before, cell by cell, where both are released.
pub(crate) fn compare(now: &mut Cells, before: &Cells) {
    since(&mut now.whole, Some(&before.whole));
    for cell in &mut now.schools {
        let same = before.schools.iter().find(|other| other.urn == cell.urn);
        since(cell, same);
    }
    for cell in &mut now.groups {
        let same = before.groups.iter().find(|other| other.staff_group == cell.staff_group);
        since(cell, same);
    }
}

fn since(cell: &mut WaveCell, before: Option<&WaveCell>) {
    let Some(before) = before else { return };
    for result in &mut cell.principles {
        let same = before
            .principles
            .iter()
            .find(|other| other.principle == result.principle);
        result.values_change = same.map(|same| result.values - same.values);
        result.practice_change = same.map(|same| result.practice - same.practice);
    }
}

/// How many answered, if that may be shown, and what they said to each question. What is written is opened already,
/// in the order of the answers.
pub(crate) fn of_survey(survey: &Survey, texts: impl Fn(&str) -> Vec<String>) -> Option<(usize, Vec<QuestionResult>)> {
    let threshold = usize::try_from(survey.closed.as_ref()?.threshold.max(2)).unwrap_or(usize::MAX);
    if survey.answers.len() < threshold {
        return None;
    }
    let questions = survey
        .opened
        .as_ref()
        .map(|opened| &opened.questions[..])
        .unwrap_or_default();
    let results = questions.iter().map(|question| {
        let replies = survey.answers.iter().flat_map(|answer| &answer.replies);
        let replies: Vec<_> = replies
            .filter(|reply| reply.question_id == question.question_id)
            .collect();
        if replies.len() < threshold {
            return QuestionResult {
                question_id: question.question_id.clone(),
                suppressed: true,
                ..QuestionResult::default()
            };
        }
        let (mean, counts) = tally(question, &replies);
        let mut texts = match question.kind() {
            QuestionKind::Text => texts(&question.question_id),
            _ => Vec::new(),
        };
        texts.sort_by_key(|text| text.to_lowercase());
        QuestionResult {
            question_id: question.question_id.clone(),
            n: count(replies.len()),
            suppressed: false,
            mean,
            counts,
            texts,
        }
    });
    Some((survey.answers.len(), results.collect()))
}

fn tally(question: &SurveyQuestion, replies: &[&api::evaluation::v1::SurveyReply]) -> (f64, Vec<i32>) {
    let how_many = |holds: &dyn Fn(&api::evaluation::v1::SurveyReply) -> bool| {
        count(replies.iter().filter(|reply| holds(reply)).count())
    };
    match question.kind() {
        QuestionKind::Scale => {
            let sum: f64 = replies.iter().map(|reply| f64::from(reply.score)).sum();
            let counts = (1..=5).map(|score| how_many(&|reply| reply.score == score));
            (sum / f64::from(count(replies.len()).max(1)), counts.collect())
        }
        QuestionKind::Choice => {
            let options = 0..count(question.options.len());
            let counts = options.map(|option| how_many(&|reply| reply.chosen.contains(&option)));
            (0.0, counts.collect())
        }
        QuestionKind::Text | QuestionKind::Unspecified => (0.0, Vec::new()),
    }
}

/// Scores that may be released of those given so far, in the order in which they came: whole steps of the threshold
/// alone. So two looks either show the same, or differ by at least as many answers.
pub(crate) fn in_steps<T>(given: &[T], threshold: u32) -> &[T] {
    let step = usize::try_from(threshold.max(2)).unwrap_or(usize::MAX);
    &given[..given.len() / step * step]
}

/// A number of things as the protocol holds it.
pub(crate) fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
