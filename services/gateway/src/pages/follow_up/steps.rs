//! The steps of a follow-up, each a form of its own.

use api::{
    observations::v1::{
        AddEvidenceRequest, CarryOverFollowUpRequest, CompleteFollowUpRequest, CompletionOutcome,
        ExtendFollowUpRequest, FollowUp, HandOverFollowUpRequest, LapseFollowUpRequest, PauseFollowUpRequest,
        PromoteFollowUpRequest, ProvideSupportRequest, ResumeFollowUpRequest, RevisitFollowUpRequest, RevisitOutcome,
        StartFollowUpRequest, TakeBackFollowUpRequest, WithdrawFollowUpRequest,
    },
    projection::v1::GetPersonRecordRequest,
};
use axum::extract::{Path, Query};
use service::Code;

use super::{Names, Shown, facts, load, owed};
use crate::{
    forms::{Choice, Fields, Sent},
    pages::{
        asked::Asked,
        colleagues,
        sheet::{Parsed as _, Sheet, Step},
        shell::Shell,
    },
    problem::Fault,
    visitor::Visitor,
    words,
};

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Provide,
    Start,
    Evidence,
    Revisit,
    Complete,
    Promote,
    TakeBack,
    Extend,
    CarryOver,
    HandOver,
    Pause,
    Resume,
    Withdraw,
    Lapse,
}

impl Deed {
    const ALL: [Self; 14] = [
        Self::Provide,
        Self::Start,
        Self::Evidence,
        Self::Revisit,
        Self::Complete,
        Self::Promote,
        Self::TakeBack,
        Self::Extend,
        Self::CarryOver,
        Self::HandOver,
        Self::Pause,
        Self::Resume,
        Self::Withdraw,
        Self::Lapse,
    ];

    /// The step whose form has this address.
    pub(super) fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.path() == path)
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Provide => "provide",
            Self::Start => "start",
            Self::Evidence => "evidence",
            Self::Revisit => "revisit",
            Self::Complete => "complete",
            Self::Promote => "promote",
            Self::TakeBack => "take-back",
            Self::Extend => "extend",
            Self::CarryOver => "carry-over",
            Self::HandOver => "hand-over",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
            Self::Lapse => "lapse",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Provide => "Mark support provided",
            Self::Start => "Start",
            Self::Evidence => "Add evidence",
            Self::Revisit => "Record a later look",
            Self::Complete => "Complete",
            Self::Promote => "Let my appraisal see it",
            Self::TakeBack => "Take it back from my appraisal",
            Self::Extend => "Give it longer",
            Self::CarryOver => "Carry over to next year",
            Self::HandOver => "Hand the support over",
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::Withdraw => "Withdraw",
            Self::Lapse => "Let it lapse",
        }
    }

    /// What was done, for whoever did it.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Provide => "The support is marked as provided.",
            Self::Start => "It is started.",
            Self::Evidence => "The evidence is added.",
            Self::Revisit => "What was seen of it is recorded.",
            Self::Complete => "It is completed. Support that is still owed stays owed.",
            Self::Promote => "Your appraisal can see it. You can take it back until that appraisal closes.",
            Self::TakeBack => "Your appraisal does not see it any more.",
            Self::Extend => "It has a new date.",
            Self::CarryOver => "It goes on in the next cycle.",
            Self::HandOver => "Somebody else sees to the support now.",
            Self::Pause => "Its clock stands still.",
            Self::Resume => "Its clock runs again.",
            Self::Withdraw => "It is withdrawn.",
            Self::Lapse => "It lapsed.",
        }
    }

    fn lead(self) -> &'static str {
        match self {
            Self::Provide => "Say which promise was kept, and when.",
            Self::Start => "The person has set to work on the action.",
            Self::Evidence => "Show something of what you did: what you tried, what came of it.",
            Self::Revisit => "A later observation looked at the same practice again.",
            Self::Complete => {
                "Closes the side of the person who owes the action. What the school still owes stays open."
            }
            Self::Promote => {
                "Only you can do this. Your appraiser can then read this follow-up and speak of it with you."
            }
            Self::TakeBack => "Only you can do this, and only until the appraisal that spoke of it closes.",
            Self::Extend => "A later date, and why.",
            Self::CarryOver => "A date in the next academic year.",
            Self::HandOver => "Somebody else owes the support from then on.",
            Self::Pause | Self::Resume => "The clock of a follow-up stands still while its person is on long leave.",
            Self::Withdraw => "Both sides let it go. Say why: it stays on the record.",
            Self::Lapse => "Nothing came of it, long past its date.",
        }
    }

    fn caution(self) -> &'static str {
        match self {
            Self::Complete => "A completed follow-up is not opened again: agree a new one if more is needed.",
            Self::Withdraw => "What is withdrawn cannot be taken up again.",
            Self::Lapse => "What has lapsed cannot be taken up again.",
            _ => "",
        }
    }
}

fn deed(path: &str) -> Result<Deed, Fault> {
    Deed::of(path).ok_or_else(|| Fault::not_found("page"))
}

pub(super) async fn form(
    visitor: Visitor,
    Path((id, step)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Shown {
    let deed = deed(&step)?;
    let seen_in = asked.text("observation");
    let path = format!("/follow-ups/{id}/{step}");
    let (follow_up, fields, vocabulary) = tokio::join!(load(&visitor, &id), visitor.draft(&path), visitor.vocabulary());
    let (fields, vocabulary) = (fields?, vocabulary?);
    // Whoever looked again may say what they saw of it without being one of its readers.
    let (follow_up, unread) = match follow_up {
        Err(Fault::Refused(error))
            if deed == Deed::Revisit && !seen_in.is_empty() && error.code() == Code::PermissionDenied =>
        {
            (FollowUp::default(), true)
        }
        follow_up => (follow_up?, false),
    };
    let people = [follow_up.person_id.as_str(), follow_up.owner_id.as_str()];
    let (names, sheet) = tokio::join!(
        Names::of(&visitor, people),
        sheet(&visitor, deed, &follow_up, fields, &seen_in)
    );
    let (within, facts, sheet) = if unread {
        let observation = ("The observation".into(), format!("/observations/{seen_in}"));
        (observation, Vec::new(), sheet?)
    } else {
        let within = ("The follow-up".into(), format!("/follow-ups/{id}"));
        let mut facts = facts(&follow_up, &names, &vocabulary);
        facts.insert(0, ("What was agreed", follow_up.action.clone()));
        (within, facts, sheet?.at_version(follow_up.version))
    };
    Step {
        shell: Shell::new(&visitor, deed.label(), "/threads"),
        within,
        lead: deed.lead(),
        facts,
        caution: deed.caution(),
        sheet: sheet.hidden("from", &seen_in),
    }
    .show()
}

async fn sheet(
    visitor: &Visitor,
    deed: Deed,
    follow_up: &FollowUp,
    fields: Fields,
    seen_in: &str,
) -> Result<Sheet, Fault> {
    let sheet = Sheet::new(fields, deed.label());
    Ok(match deed {
        Deed::Provide => {
            let open = owed(follow_up);
            let choices: Vec<Choice> = open
                .iter()
                .map(|promise| {
                    let kind = words::capital(words::support(promise.kind()));
                    let label = if promise.detail.is_empty() {
                        kind
                    } else {
                        format!("{kind}: {}", promise.detail)
                    };
                    Choice::new(&promise.promise_id, label)
                })
                .collect();
            let sheet = match open.as_slice() {
                [only] => sheet.preset("promise_id", &only.promise_id),
                _ => sheet,
            };
            sheet
                .radios("promise_id", "Which support", "", &choices)
                .happened("on", "Provided on")
                .without_drafts()
        }
        Deed::Start => sheet.happened("on", "Started on").without_drafts(),
        Deed::Evidence => sheet.happened("on", "On").long(
            "note",
            "What it shows",
            "Your own words; whoever owes the support and the CPD lead can read them.",
        ),
        Deed::Revisit => revisit(visitor, follow_up, sheet, seen_in).await,
        Deed::Complete => {
            let outcomes = [
                CompletionOutcome::Embedded,
                CompletionOutcome::Partly,
                CompletionOutcome::NotAchieved,
            ]
            .map(|outcome| {
                Choice::new(
                    i32::from(outcome).to_string(),
                    words::capital(words::completion(outcome)),
                )
            });
            sheet
                .radios("outcome", "How it ended", "", &outcomes)
                .happened("on", "Completed on")
                .without_drafts()
        }
        Deed::Promote => sheet.happened("on", "From").without_drafts(),
        Deed::TakeBack => sheet.happened("on", "From").without_drafts(),
        Deed::Extend => sheet
            .day("due_on", "New date", "Later than the present one.")
            .long("reason", "Why", ""),
        Deed::CarryOver => sheet
            .day(
                "due_on",
                "New date",
                "From 1 September to 31 August of the next academic year.",
            )
            .without_drafts(),
        Deed::HandOver => {
            let staff = colleagues::staff(visitor, &follow_up.urn).await?;
            let choices = colleagues::choices(&staff, &[&follow_up.person_id, &follow_up.owner_id]);
            sheet
                .select("to_id", "Who sees to it now", "", &choices)
                .happened("on", "From")
                .without_drafts()
        }
        Deed::Pause => sheet.happened("on", "From").without_drafts(),
        Deed::Resume => sheet.happened("on", "From").without_drafts(),
        Deed::Withdraw => sheet.happened("on", "On").long("reason", "Why", ""),
        Deed::Lapse => sheet.happened("on", "On").without_drafts(),
    })
}

/// Later observations of the person, as far as the reader may see them, and what was seen.
async fn revisit(visitor: &Visitor, follow_up: &FollowUp, sheet: Sheet, seen_in: &str) -> Sheet {
    let outcomes = [
        RevisitOutcome::Embedded,
        RevisitOutcome::Improving,
        RevisitOutcome::NotYet,
    ]
    .map(|outcome| Choice::new(i32::from(outcome).to_string(), words::capital(words::revisit(outcome))));
    let mut later = Vec::new();
    if !follow_up.person_id.is_empty() {
        let message = GetPersonRecordRequest {
            person_id: follow_up.person_id.clone(),
            page_size: 500,
            ..GetPersonRecordRequest::default()
        };
        let mut tracking = visitor.clients().tracking;
        let record = tracking.get_person_record(visitor.ask(message)).await;
        let timeline = record.map(|record| record.into_inner().timeline).unwrap_or_default();
        let vocabulary = visitor.vocabulary().await.unwrap_or_default();
        let conducted = timeline.iter().filter(|entry| entry.kind == "observation.conducted");
        later.extend(conducted.filter_map(|entry| {
            let on = words::day_of(entry.occurred_at.as_ref())?;
            let is_later = on.to_string() > follow_up.agreed_on && entry.stream_id != follow_up.observation_id;
            is_later.then(|| {
                Choice::new(
                    &entry.stream_id,
                    format!("{}: {}", words::day(on), vocabulary.prose(&entry.summary)),
                )
            })
        }));
    }
    if !seen_in.is_empty() && !later.iter().any(|choice| choice.value == seen_in) {
        later.insert(0, Choice::new(seen_in, "The observation that you came from"));
    }
    let sheet = if seen_in.is_empty() {
        sheet
    } else {
        sheet.preset("observation_id", seen_in)
    };
    let hint = if later.is_empty() {
        "You see no later observation. Whoever looked again opens their observation, and says there what they saw of it."
    } else {
        "One that took place after the agreement."
    };
    sheet
        .select("observation_id", "Later observation", hint, &later)
        .radios("outcome", "What was seen of it", "", &outcomes)
        .without_drafts()
}

pub(super) async fn take(Path((id, step)): Path<(String, String)>, sent: Sent) -> Shown {
    let deed = deed(&step)?;
    let outcome = send(&sent.visitor, deed, &id, &sent.fields).await;
    let from = sent.fields.word("from");
    sent.settle(outcome, |()| {
        if from.is_empty() {
            format!("/follow-ups/{id}?done={step}")
        } else {
            format!("/observations/{from}?done={step}")
        }
    })
    .await
}

async fn send(visitor: &Visitor, deed: Deed, id: &str, fields: &Fields) -> Result<(), Fault> {
    let mut follow_ups = visitor.clients().follow_ups;
    let follow_up_id = id.to_owned();
    let (request_id, expected_version, occurred_at) = (fields.request_id(), fields.version(), None);
    let on = fields.word("on");
    macro_rules! send {
        ($call:ident, $request:ident { $($field:ident $(: $value:expr)?),* $(,)? }) => {{
            let message = $request { request_id, expected_version, occurred_at, follow_up_id, $($field $(: $value)?),* };
            follow_ups.$call(visitor.ask(message)).await.map(drop)
        }};
    }
    let done: Result<(), tonic::Status> = match deed {
        Deed::Provide => send!(
            provide_support,
            ProvideSupportRequest {
                promise_id: fields.word("promise_id"),
                on
            }
        ),
        Deed::Start => send!(start_follow_up, StartFollowUpRequest { on }),
        Deed::Evidence => send!(
            add_evidence,
            AddEvidenceRequest {
                on,
                note: fields.word("note")
            }
        ),
        Deed::Revisit => send!(
            revisit_follow_up,
            RevisitFollowUpRequest {
                observation_id: fields.word("observation_id"),
                outcome: fields.whole("outcome"),
            }
        ),
        Deed::Complete => send!(
            complete_follow_up,
            CompleteFollowUpRequest {
                outcome: fields.whole("outcome"),
                on
            }
        ),
        Deed::Promote => send!(promote_follow_up, PromoteFollowUpRequest { on }),
        Deed::TakeBack => send!(take_back_follow_up, TakeBackFollowUpRequest { on }),
        Deed::Extend => send!(
            extend_follow_up,
            ExtendFollowUpRequest {
                due_on: fields.word("due_on"),
                reason: fields.word("reason"),
            }
        ),
        Deed::CarryOver => send!(
            carry_over_follow_up,
            CarryOverFollowUpRequest {
                due_on: fields.word("due_on")
            }
        ),
        Deed::HandOver => send!(
            hand_over_follow_up,
            HandOverFollowUpRequest {
                to_id: fields.word("to_id"),
                on
            }
        ),
        Deed::Pause => send!(pause_follow_up, PauseFollowUpRequest { on }),
        Deed::Resume => send!(resume_follow_up, ResumeFollowUpRequest { on }),
        Deed::Withdraw => send!(
            withdraw_follow_up,
            WithdrawFollowUpRequest {
                on,
                reason: fields.word("reason")
            }
        ),
        Deed::Lapse => send!(lapse_follow_up, LapseFollowUpRequest { on }),
    };
    Ok(done?)
}
