//! What is held about somebody, by its lists: enough to look through, and to know what to fetch.

use std::{collections::BTreeSet, future::Future};

use api::{
    catalogue::v1::{self as catalogue, Booking, LearningRecord, SelfReviewDetails},
    coaching::v1::{
        self as coaching, CareerPlan, CareerSection, CoachingActivity, JournalEntry, JournalSection, JournalShare,
    },
    directory::v1::{self as directory, Person},
    evaluation::v1::{FeedbackRequest, ListMyFeedbackRequest},
    projection::v1::{
        GetPersonRecordRequest, GetPersonRecordResponse, ListThreadsRequest, ThreadSummary, TimelineEntry,
    },
};
use service::Code;

use crate::{
    forms::Draft,
    problem::Fault,
    visitor::{Me, Visitor},
    words::{self, Vocabulary},
};

/// Most that lists give at once.
const MOST: i32 = 500;

/// A page of a list, and the token of the next.
type Listed<T> = Result<(Vec<T>, String), Fault>;

/// What is held, by its lists.
pub(super) struct Outline {
    pub(super) person: Option<Person>,
    /// The first page of the record, without its timeline.
    pub(super) first: GetPersonRecordResponse,
    pub(super) timeline: Vec<TimelineEntry>,
    pub(super) threads: Vec<ThreadSummary>,
    pub(super) learning: Option<LearningRecord>,
    pub(super) bookings: Vec<Booking>,
    pub(super) coaching: Vec<CoachingActivity>,
    pub(super) career_plan: Option<CareerPlan>,
    pub(super) journal: Vec<JournalEntry>,
    pub(super) journal_shares: Vec<JournalShare>,
    pub(super) self_reviews: Vec<SelfReviewDetails>,
    pub(super) feedback: Vec<FeedbackRequest>,
    pub(super) drafts: Vec<Draft>,
}

/// What is of one kind.
pub(super) struct Group {
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    pub(super) explained: &'static str,
    pub(super) items: Vec<Item>,
}

/// Something that is held.
pub(super) struct Item {
    pub(super) label: String,
    pub(super) href: Option<String>,
}

impl Item {
    fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: None,
        }
    }

    fn at(label: impl Into<String>, href: String) -> Self {
        Self {
            label: label.into(),
            href: Some(href),
        }
    }
}

/// Reads a list to its end.
async fn all<T, F>(page: impl Fn(String) -> F) -> Result<Vec<T>, Fault>
where
    F: Future<Output = Listed<T>>,
{
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let (items, next) = page(token).await?;
        found.extend(items);
        if next.is_empty() {
            return Ok(found);
        }
        token = next;
    }
}

/// Nothing, where there is nothing.
pub(super) fn if_there<T>(answer: Result<tonic::Response<T>, tonic::Status>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if service::Error::from_status(&status).code() == Code::NotFound => Ok(None),
        Err(status) => Err(status.into()),
    }
}

impl Outline {
    pub(super) async fn of(visitor: &Visitor) -> Result<Self, Fault> {
        let me = visitor.person()?.to_string();
        let clients = visitor.clients();
        let (mut people, mut learning, mut careers) = (
            clients.people.clone(),
            clients.learning.clone(),
            clients.career_plans.clone(),
        );
        let mut feedback = clients.feedback.clone();
        let (record, threads, bookings, coaching, journal, self_reviews, drafts, single) = tokio::try_join!(
            record(visitor, &me),
            all(|token| threads(visitor.clone(), me.clone(), token)),
            all(|token| bookings(visitor.clone(), token)),
            all(|token| activity(visitor.clone(), me.clone(), token)),
            journal(visitor),
            all(|token| self_reviews_of(visitor.clone(), token)),
            visitor.drafts(),
            async {
                Ok::<_, Fault>(tokio::join!(
                    people.get_person(visitor.ask(directory::GetPersonRequest { person_id: me.clone() })),
                    learning.get_learning_record(visitor.ask(catalogue::GetLearningRecordRequest::default())),
                    careers.get_career_plan(visitor.ask(coaching::GetCareerPlanRequest::default())),
                    feedback.list_my_feedback(visitor.ask(ListMyFeedbackRequest {})),
                ))
            },
        )?;
        let (person, learning, career_plan, feedback) = single;
        let ((first, timeline), (journal, journal_shares)) = (record, journal);
        Ok(Self {
            person: if_there(person)?.and_then(|answer| answer.person),
            first,
            timeline,
            threads,
            learning: if_there(learning)?.and_then(|answer| answer.record),
            bookings,
            coaching,
            career_plan: if_there(career_plan)?.and_then(|answer| answer.career_plan),
            journal,
            journal_shares,
            self_reviews,
            feedback: if_there(feedback)?.map(|answer| answer.requests).unwrap_or_default(),
            drafts,
        })
    }

    /// What the record tells of, of one kind, by identifier.
    pub(super) fn told_of(&self, aggregate: &str) -> BTreeSet<String> {
        let of_kind = |entry: &&TimelineEntry| entry.kind.split_once('.').is_some_and(|(of, _)| of == aggregate);
        self.timeline
            .iter()
            .filter(of_kind)
            .map(|entry| entry.stream_id.clone())
            .collect()
    }

    /// The day on which the record first tells of something.
    fn first_told(&self, id: &str) -> String {
        let told = self.timeline.iter().filter(|entry| entry.stream_id == id);
        let days = told.filter_map(|entry| words::day_of(entry.occurred_at.as_ref()));
        days.min().map(words::day).unwrap_or_default()
    }

    pub(super) fn groups(&self, vocabulary: &Vocabulary, me: &Me) -> Vec<Group> {
        let told = |aggregate: &str, what: &str, path: &str| -> Vec<Item> {
            let ids = self.told_of(aggregate);
            let item = |id: &String| {
                Item::at(
                    format!("{what}, first told of on {}", self.first_told(id)),
                    format!("{path}/{id}"),
                )
            };
            ids.iter().map(item).collect()
        };
        let learning = self.learning.clone().unwrap_or_default();
        let credits = learning.credits.iter().map(|credit| {
            Item::new(format!(
                "{} credited, {}",
                words::minutes(credit.minutes),
                words::iso_day(&credit.on)
            ))
        });
        let claims = learning
            .claims
            .iter()
            .map(|claim| Item::new(format!("Claimed: {}, {}", claim.title, words::iso_day(&claim.on))));
        let certificates = learning
            .certificates
            .iter()
            .map(|certificate| Item::new(format!("Certificate of {}", words::iso_day(&certificate.on))));
        let training = learning.mandatory.iter().map(|training| {
            Item::new(format!(
                "{}, {}",
                words::capital(&words::plain(&training.item)),
                words::iso_day(&training.on)
            ))
        });
        let posts = self.person.iter().flat_map(|person| &person.employments);
        vec![
            Group {
                id: "posts",
                heading: "Who and where",
                explained: "Your name, your posts, your career stage, who manages and who appraises you.",
                items: posts
                    .map(|post| {
                        Item::at(
                            format!("{}, {}", post.job_title, me.school(&post.urn)),
                            "/people/me".into(),
                        )
                    })
                    .collect(),
            },
            Group {
                id: "record",
                heading: "Timeline",
                explained: "Every entry of your record, from every service.",
                items: self
                    .timeline
                    .iter()
                    .map(|entry| {
                        let on = words::day_of(entry.occurred_at.as_ref())
                            .map(words::day)
                            .unwrap_or_default();
                        Item::new(format!("{on}: {}", vocabulary.prose(&entry.summary)))
                    })
                    .collect(),
            },
            Group {
                id: "observations",
                heading: "Observations of you",
                explained: "What was planned, seen, said and answered. Those in which you observed others are about them.",
                items: told("observation", "Observation", "/observations"),
            },
            Group {
                id: "follow-ups",
                heading: "Follow-ups and their threads",
                explained: "What was agreed with you, the support promised, and what came of it.",
                items: self
                    .threads
                    .iter()
                    .map(|thread| {
                        let label = format!(
                            "{}, agreed {}",
                            vocabulary.areas(&thread.focus_areas),
                            words::iso_day(&thread.agreed_on)
                        );
                        Item::at(label, format!("/threads/{}", thread.follow_up_id))
                    })
                    .collect(),
            },
            Group {
                id: "appraisals",
                heading: "Appraisals",
                explained: "Objectives, reviews and outcomes. A recommendation on pay, where your trust keeps one, is open only \
                            to those who are granted it by name: ask human resources for it.",
                items: told("appraisal", "Appraisal", "/appraisals"),
            },
            Group {
                id: "learning",
                heading: "Learning record",
                explained: "Hours credited, learning elsewhere that you claimed, certificates, mandatory training.",
                items: credits.chain(claims).chain(certificates).chain(training).collect(),
            },
            Group {
                id: "bookings",
                heading: "Bookings",
                explained: "Places that you booked, also those that came to nothing.",
                items: self
                    .bookings
                    .iter()
                    .map(|booking| {
                        let href = format!("/catalogue/activities/{}", booking.activity_id);
                        Item::at(format!("{}, {}", booking.title, words::iso_day(&booking.on)), href)
                    })
                    .collect(),
            },
            Group {
                id: "coaching",
                heading: "Coaching and mentoring",
                explained: "Your partnerships with what the two of you wrote. Nobody else can read that, whoever they are.",
                items: self
                    .coaching
                    .iter()
                    .map(|partnership| {
                        let label = match vocabulary.areas(&partnership.focus_areas) {
                            areas if areas.is_empty() => "Partnership".to_owned(),
                            areas => format!("Partnership on {areas}"),
                        };
                        Item::at(label, format!("/partnerships/{}", partnership.partnership_id))
                    })
                    .collect(),
            },
            Group {
                id: "enquiries",
                heading: "Enquiries",
                explained: "Groups that you are or were of, with what the group wrote.",
                items: told("enquiry", "Enquiry", "/enquiries"),
            },
            Group {
                id: "career",
                heading: "Career plan",
                explained: "Yours alone, but for the sections that you share.",
                items: self
                    .career_plan
                    .iter()
                    .flat_map(|plan| &plan.sections)
                    .map(|section| Item::new(career_section(section.section())))
                    .collect(),
            },
            Group {
                id: "journal",
                heading: "Journal",
                explained: "Yours alone, but for the sections that you share.",
                items: self
                    .journal
                    .iter()
                    .map(|entry| {
                        Item::new(format!(
                            "{}, {}",
                            journal_section(entry.section()),
                            words::iso_day(&entry.on)
                        ))
                    })
                    .collect(),
            },
            Group {
                id: "self-reviews",
                heading: "Self-reviews",
                explained: "How you saw yourself against a framework or a pathway.",
                items: self.self_reviews.iter().map(|_| Item::new("Self-review")).collect(),
            },
            Group {
                id: "feedback",
                heading: "Feedback that you are asked for",
                explained: "Open requests. What you have answered is kept so that nobody can be shown it singly; answers to \
                            surveys are anonymous and cannot be found by your name.",
                items: self
                    .feedback
                    .iter()
                    .map(|asked| Item::new(format!("Asked until {}", words::iso_day(&asked.due_on))))
                    .collect(),
            },
            Group {
                id: "drafts",
                heading: "Drafts",
                explained: "Forms that you began and have not sent. They are kept for thirty days, for you alone.",
                items: self
                    .drafts
                    .iter()
                    .map(|draft| Item::new(format!("Saved {}", words::moment(draft.saved_at))))
                    .collect(),
            },
            Group {
                id: "reads",
                heading: "Who read about you",
                explained: "Reading somebody else’s personal record is itself recorded: the latest of it.",
                items: self
                    .first
                    .reads
                    .iter()
                    .map(|read| {
                        let reader = read
                            .reader
                            .as_ref()
                            .map(|reader| reader.name.clone())
                            .unwrap_or_default();
                        Item::new(format!(
                            "{reader}: {}, {}",
                            words::record(&read.record),
                            words::iso_day(&read.on)
                        ))
                    })
                    .collect(),
            },
        ]
    }
}

/// The record: its first page, and the timeline to its end.
async fn record(visitor: &Visitor, me: &str) -> Result<(GetPersonRecordResponse, Vec<TimelineEntry>), Fault> {
    let mut first = record_page(visitor, me, String::new()).await?;
    let mut timeline = std::mem::take(&mut first.timeline);
    let mut token = std::mem::take(&mut first.next_page_token);
    while !token.is_empty() {
        let next = record_page(visitor, me, token).await?;
        timeline.extend(next.timeline);
        token = next.next_page_token;
    }
    Ok((first, timeline))
}

async fn record_page(visitor: &Visitor, me: &str, page_token: String) -> Result<GetPersonRecordResponse, Fault> {
    let message = GetPersonRecordRequest {
        person_id: me.to_owned(),
        page_size: MOST,
        page_token,
        ..Default::default()
    };
    let answer = visitor
        .clients()
        .tracking
        .get_person_record(visitor.ask(message))
        .await?;
    Ok(answer.into_inner())
}

async fn threads(visitor: Visitor, me: String, page_token: String) -> Listed<ThreadSummary> {
    let message = ListThreadsRequest {
        person_id: me,
        page_size: MOST,
        page_token,
        ..Default::default()
    };
    let answer = visitor
        .clients()
        .tracking
        .list_threads(visitor.ask(message))
        .await?
        .into_inner();
    Ok((answer.threads, answer.next_page_token))
}

async fn bookings(visitor: Visitor, page_token: String) -> Listed<Booking> {
    let message = catalogue::ListMyBookingsRequest {
        page_size: MOST,
        page_token,
        ..Default::default()
    };
    let answer = visitor
        .clients()
        .sessions
        .list_my_bookings(visitor.ask(message))
        .await?
        .into_inner();
    Ok((answer.bookings, answer.next_page_token))
}

async fn activity(visitor: Visitor, me: String, page_token: String) -> Listed<CoachingActivity> {
    let message = coaching::ListCoachingActivityRequest {
        person_id: me,
        page_size: MOST,
        page_token,
        ..Default::default()
    };
    let answer = visitor
        .clients()
        .partnerships
        .list_coaching_activity(visitor.ask(message))
        .await?
        .into_inner();
    Ok((answer.activities, answer.next_page_token))
}

async fn journal(visitor: &Visitor) -> Result<(Vec<JournalEntry>, Vec<JournalShare>), Fault> {
    let (mut entries, mut shares, mut page_token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let message = coaching::GetJournalRequest {
            page_size: MOST,
            page_token,
            ..Default::default()
        };
        let answer = visitor.clients().journals.get_journal(visitor.ask(message)).await;
        let Some(answer) = if_there(answer)? else {
            return Ok((entries, shares));
        };
        entries.extend(answer.entries);
        shares = answer.shares;
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok((entries, shares));
        }
    }
}

async fn self_reviews_of(visitor: Visitor, page_token: String) -> Listed<SelfReviewDetails> {
    let message = catalogue::ListSelfReviewsRequest {
        page_size: MOST,
        page_token,
    };
    let answer = visitor
        .clients()
        .planning
        .list_self_reviews(visitor.ask(message))
        .await?
        .into_inner();
    Ok((answer.self_reviews, answer.next_page_token))
}

fn career_section(section: CareerSection) -> &'static str {
    match section {
        CareerSection::Unspecified => "A section",
        CareerSection::WhereFrom => "Where I have come from",
        CareerSection::WhereNow => "Where I am",
        CareerSection::InThreeYears => "In three years",
        CareerSection::InFiveYears => "In five years",
        CareerSection::ActionPlan => "Action plan",
    }
}

fn journal_section(section: JournalSection) -> &'static str {
    match section {
        JournalSection::Unspecified => "An entry",
        JournalSection::Notes => "My notes",
        JournalSection::MentorDiscussions => "My discussions with my mentor",
        JournalSection::Reflections => "My reflections",
    }
}
