//! What one side owes the other, in a sentence, with the address where it is dealt with.

use api::projection::v1::{AttentionItem, Obligation, ObligationKind, PersonRef};
use chrono::NaiveDate;

use crate::words::{self, Vocabulary};

/// Something that waits, as pages show it.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    /// What is to be done, in a sentence.
    pub(crate) what: String,
    /// "12 November 2025"; empty without a date.
    pub(crate) due: String,
    /// "3 days overdue", "in 5 days"; empty without a date.
    pub(crate) left: String,
    pub(crate) overdue: bool,
    pub(crate) urgency: Urgency,
    /// Where it is dealt with.
    pub(crate) href: Option<String>,
    /// The thread that it is about.
    pub(crate) thread: Option<String>,
}

/// How soon something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    Overdue,
    Fortnight,
    Later,
    Undated,
}

impl Urgency {
    pub(crate) const ALL: [Self; 4] = [Self::Overdue, Self::Fortnight, Self::Later, Self::Undated];

    fn of(days_left: Option<i64>) -> Self {
        match days_left {
            None => Self::Undated,
            Some(..0) => Self::Overdue,
            Some(0..=14) => Self::Fortnight,
            Some(_) => Self::Later,
        }
    }

    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Overdue => "Overdue",
            Self::Fortnight => "Due within a fortnight",
            Self::Later => "Later",
            Self::Undated => "Without a date",
        }
    }
}

/// For whom a sentence is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    /// The reader's own identifier; empty if they have none.
    pub(crate) person_id: &'a str,
    pub(crate) vocabulary: &'a Vocabulary,
    /// Against which due dates are judged.
    pub(crate) today: NaiveDate,
}

impl Reader<'_> {
    /// What waits for the reader: said to them.
    pub(crate) fn mine(&self, item: &AttentionItem) -> Waiting {
        let owed = item.obligation.clone().unwrap_or_default();
        self.waiting(&owed, words::capital(&self.deed(&owed)))
    }

    /// What waits for somebody else, because of the reader.
    pub(crate) fn theirs(&self, item: &AttentionItem) -> Waiting {
        self.told(&item.obligation.clone().unwrap_or_default())
    }

    /// What anybody owes anybody.
    pub(crate) fn told(&self, owed: &Obligation) -> Waiting {
        let by = match &owed.owed_by {
            None => "Somebody at the school is".to_owned(),
            Some(person) if person.person_id == self.person_id => "You are".to_owned(),
            Some(person) => format!("{} is", person.name),
        };
        self.waiting(owed, format!("{by} to {}", self.deed(owed)))
    }

    fn waiting(&self, owed: &Obligation, what: String) -> Waiting {
        let due: Option<NaiveDate> = owed.due_on.parse().ok();
        let days_left = due.map(|due| due.signed_duration_since(self.today).num_days());
        Waiting {
            what,
            due: due.map(words::day).unwrap_or_default(),
            left: days_left.map(left).unwrap_or_default(),
            overdue: owed.overdue,
            urgency: if owed.overdue {
                Urgency::Overdue
            } else {
                Urgency::of(days_left.map(|days| days.max(0)))
            },
            href: place(owed),
            thread: (!owed.follow_up_id.is_empty()).then(|| format!("/threads/{}", owed.follow_up_id)),
        }
    }

    /// What is to be done: "give Amy Smith the support promised".
    fn deed(&self, owed: &Obligation) -> String {
        let to = self.named(owed.owed_to.as_ref());
        let whose = if to == "you" {
            "your".to_owned()
        } else {
            format!("{to}’s")
        };
        match owed.kind() {
            ObligationKind::Unspecified => "do what is owed".into(),
            ObligationKind::Action if owed.owed_to.is_none() => "do what was agreed".into(),
            ObligationKind::Action => format!("do what was agreed with {to}"),
            ObligationKind::Support => format!("give {to} the support promised"),
            ObligationKind::NameOwner => format!("say who owes {to} the support promised"),
            ObligationKind::ConductObservation => format!("observe {to} and record what was seen"),
            ObligationKind::ShareFeedback => format!("share the feedback with {to}"),
            ObligationKind::AcknowledgeFeedback => format!("read {whose} feedback and answer it"),
            ObligationKind::AgreeObjectives => format!("agree objectives with {to}"),
            ObligationKind::HoldMidYear => format!("hold the mid-year review with {to}"),
            ObligationKind::ConcludeAppraisal => format!("hold the final review with {to} and conclude"),
            ObligationKind::SignAppraisal => format!("sign the appraisal, with {to}"),
            ObligationKind::CloseAppraisal => format!("close {whose} appraisal"),
            ObligationKind::NameAppraiser => format!("say who appraises {to}"),
            ObligationKind::ArrangeSupport => format!("arrange the support promised to {to}"),
            ObligationKind::ApproveBooking => format!("agree to {whose} booking, or decline it"),
            ObligationKind::RecordAttendance => "say who came to the session".into(),
            ObligationKind::VerifyLearning => format!("verify what {to} learned elsewhere"),
            ObligationKind::RenewTraining => format!("renew mandatory training: {}", words::plain(&owed.code)),
            ObligationKind::AnswerPartnership => format!("answer {whose} proposal to work together"),
            ObligationKind::AgreeLog => format!("agree to the log of the session with {to}"),
            ObligationKind::GiveFeedback => "say what came of the development".into(),
            ObligationKind::TakeMeasure => "measure impact as planned".into(),
            ObligationKind::AnswerNeed if owed.code.is_empty() => {
                "find development for a need, or commission it".into()
            }
            ObligationKind::AnswerNeed => format!(
                "find development on {}, or commission it",
                self.vocabulary.area(&owed.code)
            ),
        }
    }

    fn named(&self, person: Option<&PersonRef>) -> String {
        match person {
            None => "a colleague".into(),
            Some(person) if person.person_id == self.person_id => "you".into(),
            Some(person) => person.name.clone(),
        }
    }
}

/// "3 days overdue", "today", "in 5 days".
fn left(days: i64) -> String {
    match days {
        ..0 => format!("{} overdue", span(-days)),
        0 => "today".into(),
        1 => "tomorrow".into(),
        _ => format!("in {}", span(days)),
    }
}

/// So many days, as people say it.
fn span(days: i64) -> String {
    match days {
        ..60 => words::counted(days, "day", "days"),
        60..730 => words::counted(days / 30, "month", "months"),
        _ => words::counted(days / 365, "year", "years"),
    }
}

/// Where it is dealt with: the form, or the page that leads to it.
fn place(owed: &Obligation) -> Option<String> {
    let at = |path: &str, id: &str| (!id.is_empty()).then(|| format!("{path}/{id}"));
    match owed.kind() {
        ObligationKind::Unspecified => None,
        ObligationKind::Action | ObligationKind::Support | ObligationKind::NameOwner => {
            at("/follow-ups", &owed.follow_up_id)
        }
        ObligationKind::ArrangeSupport => at("/follow-ups", &owed.follow_up_id).or_else(|| Some("/catalogue".into())),
        ObligationKind::ConductObservation | ObligationKind::ShareFeedback | ObligationKind::AcknowledgeFeedback => {
            at("/observations", &owed.observation_id)
        }
        ObligationKind::AgreeObjectives
        | ObligationKind::HoldMidYear
        | ObligationKind::ConcludeAppraisal
        | ObligationKind::SignAppraisal
        | ObligationKind::CloseAppraisal
        | ObligationKind::NameAppraiser => at("/appraisals", &owed.appraisal_id),
        ObligationKind::RecordAttendance => at("/catalogue/sessions", &owed.about_id),
        ObligationKind::ApproveBooking | ObligationKind::VerifyLearning => Some("/bookings".into()),
        ObligationKind::RenewTraining => Some("/catalogue".into()),
        ObligationKind::AnswerPartnership => at("/partnerships", &owed.about_id),
        ObligationKind::AgreeLog => Some("/partnerships".into()),
        ObligationKind::GiveFeedback => Some("/surveys".into()),
        ObligationKind::TakeMeasure => Some("/reports/impact".into()),
        ObligationKind::AnswerNeed => Some("/reports/needs".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(vocabulary: &Vocabulary) -> Reader<'_> {
        Reader {
            person_id: "me",
            vocabulary,
            today: NaiveDate::from_ymd_opt(2026, 11, 10).unwrap(),
        }
    }

    fn person(id: &str, name: &str) -> Option<PersonRef> {
        Some(PersonRef {
            person_id: id.into(),
            name: name.into(),
        })
    }

    fn owed(kind: ObligationKind, due_on: &str) -> Obligation {
        Obligation {
            kind: kind.into(),
            owed_by: person("you", "Amy Smith"),
            owed_to: person("me", "Ben Jones"),
            due_on: due_on.into(),
            overdue: due_on.starts_with("2025"),
            follow_up_id: "f".into(),
            ..Obligation::default()
        }
    }

    #[test]
    fn both_sides_read_their_own_sentence() {
        let vocabulary = Vocabulary::default();
        let support = owed(ObligationKind::Support, "2026-11-12");
        assert_eq!(
            reader(&vocabulary).told(&support).what,
            "Amy Smith is to give you the support promised"
        );
        let mine = AttentionItem {
            obligation: Some(Obligation {
                owed_by: support.owed_to.clone(),
                owed_to: support.owed_by.clone(),
                ..support
            }),
            ..AttentionItem::default()
        };
        let mine = reader(&vocabulary).mine(&mine);
        assert_eq!(mine.what, "Give Amy Smith the support promised");
        assert_eq!(mine.href.as_deref(), Some("/follow-ups/f"));
        assert_eq!(mine.left, "in 2 days");
    }

    #[test]
    fn urgency_is_judged_by_the_day() {
        let vocabulary = Vocabulary::default();
        let urgency = |due_on| reader(&vocabulary).told(&owed(ObligationKind::Action, due_on)).urgency;
        assert_eq!(urgency("2025-11-09"), Urgency::Overdue);
        assert_eq!(urgency("2026-11-10"), Urgency::Fortnight);
        assert_eq!(urgency("2026-11-24"), Urgency::Fortnight);
        assert_eq!(urgency("2026-11-25"), Urgency::Later);
        assert_eq!(urgency(""), Urgency::Undated);
    }

    #[test]
    fn time_is_said_as_people_say_it() {
        assert_eq!(left(-1), "1 day overdue");
        assert_eq!(left(-90), "3 months overdue");
        assert_eq!(left(-1098), "3 years overdue");
        assert_eq!([0, 1, 5].map(left), ["today", "tomorrow", "in 5 days"]);
    }

    #[test]
    fn every_kind_of_obligation_says_what_to_do() {
        let vocabulary = Vocabulary::default();
        for kind in 1..=22 {
            let kind = ObligationKind::try_from(kind).unwrap();
            let sentence = reader(&vocabulary).told(&owed(kind, "")).what;
            assert!(sentence.starts_with("Amy Smith is to "), "{sentence}");
            assert!(!sentence.contains("what is owed"), "{sentence}");
        }
    }
}
