//! The steps of an appraisal, each a form of its own.

use api::appraisal::v1::{
    AddAppraisalEvidenceRequest, AgreeObjectivesRequest, AppealAppraisalRequest, Appraisal, CloseAppraisalRequest,
    ConcludeAppraisalRequest, IdentifyNeedRequest, ModerateAppraisalRequest, ReassignAppraiserRequest, ReassignReason,
    RecordMidYearReviewRequest, RecordSelfReviewRequest, ReopenAppraisalRequest, SetObjectivesRequest,
    SignAppraisalRequest,
};
use axum::extract::Path;

use super::{Names, Shown, Topics, facts, load, objectives, reviews};
use crate::{
    forms::{Choice, Fields, Sent},
    pages::{
        colleagues,
        sheet::{Parsed as _, Sheet, Step, areas, renumbered},
        shell::Shell,
    },
    problem::Fault,
    visitor::Visitor,
};

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Agree,
    Set,
    MidYear,
    Evidence,
    SelfReview,
    Conclude,
    Need,
    Sign,
    Moderate,
    Close,
    Appeal,
    Reopen,
    Reassign,
}

impl Deed {
    const ALL: [Self; 13] = [
        Self::Agree,
        Self::Set,
        Self::MidYear,
        Self::Evidence,
        Self::SelfReview,
        Self::Conclude,
        Self::Need,
        Self::Sign,
        Self::Moderate,
        Self::Close,
        Self::Appeal,
        Self::Reopen,
        Self::Reassign,
    ];

    /// The step whose form has this address.
    pub(super) fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.path() == path)
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Set => "set",
            Self::MidYear => "mid-year",
            Self::Evidence => "evidence",
            Self::SelfReview => "self-review",
            Self::Conclude => "conclude",
            Self::Need => "need",
            Self::Sign => "sign",
            Self::Moderate => "moderate",
            Self::Close => "close",
            Self::Appeal => "appeal",
            Self::Reopen => "reopen",
            Self::Reassign => "reassign",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Agree => "Agree objectives",
            Self::Set => "Set objectives without agreement",
            Self::MidYear => "Record the mid-year review",
            Self::Evidence => "Add evidence",
            Self::SelfReview => "Review my own year",
            Self::Conclude => "Record the final review and conclude",
            Self::Need => "Name a need for development",
            Self::Sign => "Sign",
            Self::Moderate => "Moderate",
            Self::Close => "Close the appraisal",
            Self::Appeal => "Appeal",
            Self::Reopen => "Reopen",
            Self::Reassign => "Name another appraiser",
        }
    }

    /// What was done, for whoever did it.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Agree => "The objectives are agreed.",
            Self::Set => "The objectives are set, with the disagreement beside them.",
            Self::MidYear => "The mid-year review is recorded.",
            Self::Evidence => "The evidence is added.",
            Self::SelfReview => "Your review of your own year is recorded.",
            Self::Conclude => "The appraisal is concluded. Both sides sign next.",
            Self::Need => "The need is named: the catalogue is asked for development.",
            Self::Sign => "You have signed.",
            Self::Moderate => "The moderation is recorded.",
            Self::Close => "The appraisal is closed.",
            Self::Appeal => "Your appeal is recorded.",
            Self::Reopen => "The appraisal is open again.",
            Self::Reassign => "Somebody else appraises now.",
        }
    }

    fn lead(self) -> &'static str {
        match self {
            Self::Agree => {
                "One of the two records what both agreed. Begin with what was developed: the follow-ups below are what purpose and promotion let you build on."
            }
            Self::Set => {
                "Where no agreement is reached, the appraiser may set objectives. What the person says to them is kept beside them."
            }
            Self::MidYear => "What was said, and what of observed practice and development was spoken of.",
            Self::Evidence => "Towards one objective, by either side.",
            Self::SelfReview => "In your own words. You may put it differently until the appraisal is concluded.",
            Self::Conclude => "How each objective ended, and what of observed practice and development was spoken of.",
            Self::Need => "What would help: it becomes a need that the catalogue answers.",
            Self::Sign => "You sign for yourself that the appraisal was concluded as it is recorded.",
            Self::Moderate => "Somebody who is no party checks that it was fair.",
            Self::Close => "Both sides have signed.",
            Self::Appeal => "Contest what was concluded.",
            Self::Reopen => "What was concluded stands until it is concluded again; what was signed does not.",
            Self::Reassign => "The appraisal goes on with somebody else.",
        }
    }

    fn caution(self) -> &'static str {
        match self {
            Self::Set => "Set objectives only if you could not agree.",
            Self::Conclude => "After the conclusion objectives, evidence and self-review can no longer be changed.",
            Self::Sign => "A signature cannot be taken back.",
            Self::Close => {
                "Nothing is added to a closed appraisal, unless it is reopened. What was promoted to it stays promoted."
            }
            _ => "",
        }
    }
}

fn deed(path: &str) -> Result<Deed, Fault> {
    Deed::of(path).ok_or_else(|| Fault::not_found("page"))
}

pub(super) async fn form(visitor: Visitor, Path((id, step)): Path<(String, String)>) -> Shown {
    let deed = deed(&step)?;
    let path = format!("/appraisals/{id}/{step}");
    let (appraisal, fields, vocabulary) = tokio::join!(load(&visitor, &id), visitor.draft(&path), visitor.vocabulary());
    let (appraisal, fields, vocabulary) = (appraisal?, fields?, vocabulary?);
    let people = [appraisal.person_id.as_str(), appraisal.appraiser_id.as_str()];
    let (names, topics) = tokio::join!(Names::of(&visitor, people), async {
        match deed {
            Deed::Agree | Deed::Set | Deed::MidYear | Deed::Evidence | Deed::Conclude => {
                Topics::of(&visitor, &id, &vocabulary).await
            }
            _ => Ok(Topics::default()),
        }
    });
    let topics = topics?;
    let sheet = sheet(&visitor, deed, &appraisal, &topics, fields).await?;
    Step {
        shell: Shell::new(&visitor, deed.label(), "/appraisals"),
        within: ("The appraisal".into(), format!("/appraisals/{id}")),
        lead: deed.lead(),
        facts: facts(&appraisal, &names),
        caution: deed.caution(),
        sheet: sheet.at_version(appraisal.version),
    }
    .show()
}

async fn sheet(
    visitor: &Visitor,
    deed: Deed,
    appraisal: &Appraisal,
    topics: &Topics,
    fields: Fields,
) -> Result<Sheet, Fault> {
    let sheet = Sheet::new(fields, deed.label());
    Ok(match deed {
        Deed::Agree => objectives::sheet(visitor, appraisal, topics, sheet).await?,
        Deed::Set => objectives::sheet(visitor, appraisal, topics, sheet).await?.long(
            "disagreement",
            "What the person said to it",
            "Their disagreement, in their words.",
        ),
        Deed::MidYear => {
            let sheet = sheet.happened("on", "Held on").long_if_any("note", "What was said", "");
            reviews::discussion(sheet, topics)
        }
        Deed::Evidence => sheet
            .radios("objective_id", "Objective", "", &objective_choices(appraisal))
            .long("note", "What it shows", "")
            .checks(
                "follow_up_ids",
                "Follow-ups that show it",
                "",
                &Topics::choices(&topics.follow_ups),
            ),
        Deed::SelfReview => sheet
            .preset("text", &appraisal.self_review)
            .happened("on", "Written on")
            .long(
                "text",
                "My review of the year",
                "What I set out to do, what I did, what came of it.",
            ),
        Deed::Conclude => {
            let sheet = sheet.happened("on", "Held on");
            let sheet = reviews::conclusions(sheet, appraisal);
            let sheet = reviews::discussion(sheet, topics);
            sheet.long_if_any("summary", "What was said", "")
        }
        Deed::Need => sheet
            .choose_area(&areas(visitor).await?)
            .select_if_any(
                "objective_id",
                "Objective that it serves",
                "",
                &objective_choices(appraisal),
            )
            .long_if_any("detail", "In words", ""),
        Deed::Sign => sheet.without_drafts(),
        Deed::Moderate => {
            let choices = [
                Choice::new("yes", "It stands"),
                Choice::new("no", "It does not stand: the appraiser concludes again"),
            ];
            sheet
                .radios("upheld", "What you find", "", &choices)
                .long_if_any("note", "Why", "")
        }
        Deed::Close => sheet.happened("on", "Closed on").without_drafts(),
        Deed::Appeal => sheet.happened("on", "On").long("grounds", "Why", ""),
        Deed::Reopen => sheet.happened("on", "On").long("reason", "Why", ""),
        Deed::Reassign => {
            let staff = colleagues::staff(visitor, &appraisal.urn).await?;
            let choices = colleagues::choices(&staff, &[&appraisal.person_id, &appraisal.appraiser_id]);
            let reasons = [
                (ReassignReason::AppraiserLeft, "The appraiser left"),
                (ReassignReason::AppraiserMoved, "The appraiser moved"),
                (ReassignReason::AtRequest, "At request"),
                (ReassignReason::Other, "Something else"),
            ]
            .map(|(reason, label)| Choice::new(i32::from(reason).to_string(), label));
            sheet
                .select("to_id", "Who appraises now", "", &choices)
                .happened("on", "From")
                .radios("reason", "Why", "", &reasons)
                .without_drafts()
        }
    })
}

fn objective_choices(appraisal: &Appraisal) -> Vec<Choice> {
    appraisal
        .objectives
        .iter()
        .enumerate()
        .map(|(at, objective)| Choice::new(&objective.objective_id, format!("{}: {}", at + 1, objective.text)))
        .collect()
}

pub(super) async fn take(Path((id, step)): Path<(String, String)>, sent: Sent) -> Shown {
    let deed = deed(&step)?;
    let outcome = send(&sent.visitor, deed, &id, &sent.fields).await;
    sent.settle(outcome, |()| format!("/appraisals/{id}?done={step}")).await
}

async fn send(visitor: &Visitor, deed: Deed, id: &str, fields: &Fields) -> Result<(), Fault> {
    let mut appraisals = visitor.clients().appraisals;
    let appraisal_id = id.to_owned();
    let (request_id, expected_version, occurred_at) = (fields.request_id(), fields.version(), None);
    let on = fields.word("on");
    macro_rules! send {
        ($call:ident, $request:ident { $($field:ident $(: $value:expr)?),* $(,)? }) => {{
            let message = $request { request_id, expected_version, occurred_at, appraisal_id, $($field $(: $value)?),* };
            appraisals.$call(visitor.ask(message)).await.map(drop)
        }};
    }
    let done: Result<(), tonic::Status> = match deed {
        Deed::Agree => {
            let (kept, objectives) = objectives::sent(fields);
            let done = send!(agree_objectives, AgreeObjectivesRequest { on, objectives });
            return done.map_err(|status| renumbered(&status, "objectives", &kept).into());
        }
        Deed::Set => {
            let (kept, objectives) = objectives::sent(fields);
            let disagreement = fields.word("disagreement");
            let done = send!(
                set_objectives,
                SetObjectivesRequest {
                    on,
                    objectives,
                    disagreement
                }
            );
            return done.map_err(|status| renumbered(&status, "objectives", &kept).into());
        }
        Deed::MidYear => send!(
            record_mid_year_review,
            RecordMidYearReviewRequest {
                on,
                note: fields.word("note"),
                discussion: Some(reviews::discussed(fields)),
            }
        ),
        Deed::Evidence => send!(
            add_appraisal_evidence,
            AddAppraisalEvidenceRequest {
                objective_id: fields.word("objective_id"),
                note: fields.word("note"),
                follow_up_ids: fields.each("follow_up_ids"),
            }
        ),
        Deed::SelfReview => send!(
            record_self_review,
            RecordSelfReviewRequest {
                on,
                text: fields.word("text")
            }
        ),
        Deed::Conclude => send!(
            conclude_appraisal,
            ConcludeAppraisalRequest {
                on,
                conclusions: reviews::concluded(fields),
                summary: fields.word("summary"),
                discussion: Some(reviews::discussed(fields)),
            }
        ),
        Deed::Need => send!(
            identify_need,
            IdentifyNeedRequest {
                need_id: String::new(),
                focus_area: fields.word("focus_area"),
                objective_id: fields.word("objective_id"),
                detail: fields.word("detail"),
            }
        ),
        Deed::Sign => send!(sign_appraisal, SignAppraisalRequest {}),
        Deed::Moderate => send!(
            moderate_appraisal,
            ModerateAppraisalRequest {
                upheld: fields.get("upheld") == "yes",
                note: fields.word("note"),
            }
        ),
        Deed::Close => send!(close_appraisal, CloseAppraisalRequest { on }),
        Deed::Appeal => send!(
            appeal_appraisal,
            AppealAppraisalRequest {
                on,
                grounds: fields.word("grounds")
            }
        ),
        Deed::Reopen => send!(
            reopen_appraisal,
            ReopenAppraisalRequest {
                on,
                reason: fields.word("reason")
            }
        ),
        Deed::Reassign => send!(
            reassign_appraiser,
            ReassignAppraiserRequest {
                to_id: fields.word("to_id"),
                on,
                reason: fields.whole("reason"),
            }
        ),
    };
    Ok(done?)
}
