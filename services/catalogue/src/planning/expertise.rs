//! An entry of the expertise register: who can help others with what.
//!
//! found ──► offered ──► revised … ──► withdrawn ──► offered again
//!              └──► asked ──► answered
//!
//! Nobody is put on the register by somebody else. What an enquiry found is a suggestion to its person alone, until they
//! offer it.

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        ExpertiseAnswered, ExpertiseAsked, ExpertiseEvent, ExpertiseFound, ExpertiseKind, ExpertiseOffered,
        ExpertiseRevised, ExpertiseState, ExpertiseWithdrawn, expertise_event::Event,
    },
    common::v1::Sealed,
    ids::{ExpertiseAskId, ExpertiseId, PersonId, Urn, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{
    Guarded,
    recorded::{self, text_of},
};
use uuid::Uuid;

use super::{Place, place::sealed, rejections::rejections};

/// What became of an entry so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expertise {
    pub state: ExpertiseState,
    pub place: Place,
    pub person: PersonId,
    pub focus_areas: Vec<String>,
    pub kind: ExpertiseKind,
    pub phases: Vec<String>,
    /// As it was sealed.
    pub description: Option<Sealed>,
    /// The enquiry that it was found through, as text; empty if none.
    pub enquiry_id: String,
    pub asks: Vec<Ask>,
}

/// Somebody asked for help.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub id: ExpertiseAskId,
    pub by: PersonId,
    pub asked: ExpertiseAsked,
    /// Whether the expert will help, and when they said so; absent while it waits.
    pub answer: Option<(bool, NaiveDate)>,
}

/// What can be asked of an entry.
#[derive(Clone, Debug)]
pub enum Command {
    Offer(Offer),
    Find(Find),
    Revise(Help),
    Ask(NewAsk),
    Answer { ask: ExpertiseAskId, accepted: bool },
    Withdraw,
}

/// With what somebody can help.
#[derive(Clone, Debug)]
pub struct Help {
    pub focus_areas: Vec<String>,
    pub kind: ExpertiseKind,
    pub phases: Vec<String>,
    pub description: String,
}

/// Offers help.
#[derive(Clone, Debug)]
pub struct Offer {
    pub place: Place,
    pub person: PersonId,
    pub help: Help,
}

/// Suggests to somebody that they offer what their enquiry found.
#[derive(Clone, Debug)]
pub struct Find {
    pub place: Place,
    pub person: PersonId,
    pub focus_areas: Vec<String>,
    pub enquiry: Uuid,
}

/// Asks for help.
#[derive(Clone, Debug)]
pub struct NewAsk {
    pub id: ExpertiseAskId,
    pub urn: Option<Urn>,
    pub focus_area: String,
    pub message: String,
}

rejections! {
    /// Why an entry of the expertise register refused a command.
    "EXPERTISE_OF_SOMEBODY_ELSE" ("person_id") OfSomebodyElse =
        "expertise is offered by the person themselves: ask them to do so";
    "EXPERTISE_OFFERED_ALREADY" AlreadyOffered = "this entry is on the register already: revise it";
    "EXPERTISE_FOUND_ALREADY" AlreadyFound = "this entry was found already";
    "NO_FOCUS_AREA" ("focus_areas") NoFocusArea = "name at least one focus area";
    "EXPERTISE_NOT_OFFERED" NotOffered = "this entry is not on the register";
    "ASKS_ONESELF" AsksOneself = "this is your own entry: ask somebody else";
    "NOT_THIS_EXPERTISE" ("focus_area") NotThisExpertise { focus_area: String } =
        "`{focus_area}` is not what this person offers: choose one of their focus areas";
    "EXPERTISE_ASKED_ALREADY" AskedAlready = "you have asked for this already, and wait for an answer";
    "NOBODY_ASKED" ("ask_id") NobodyAsked = "nobody asked this: look at the entry's requests";
    "ASK_ANSWERED_ALREADY" ("ask_id") AnsweredAlready { on: NaiveDate } = "this was answered on {on}";
}

impl Aggregate for Expertise {
    type Event = ExpertiseEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<ExpertiseEvent>, Rejection> {
        match command {
            Command::Offer(offer) => self.offer(offer, context),
            Command::Find(find) => self.find(find, context),
            Command::Revise(help) => self.revise(help),
            Command::Ask(ask) => self.ask(ask, context),
            Command::Answer { ask, accepted } => self.answer(ask, accepted, context),
            Command::Withdraw => self.withdraw(context),
        }
    }

    fn evolve(&mut self, event: &ExpertiseEvent) {
        match &event.event {
            Some(Event::Offered(offered)) => {
                self.state = ExpertiseState::Offered;
                self.place = Place::recorded(&offered.trust_id, &offered.urn);
                self.person = recorded::id(&offered.person_id);
                self.focus_areas.clone_from(&offered.focus_areas);
                self.kind = offered.kind();
                self.phases.clone_from(&offered.phases);
                self.description.clone_from(&offered.description);
            }
            Some(Event::Found(found)) => {
                self.state = ExpertiseState::Found;
                self.place = Place::recorded(&found.trust_id, &found.urn);
                self.person = recorded::id(&found.person_id);
                self.focus_areas.clone_from(&found.focus_areas);
                self.kind = found.kind();
                self.enquiry_id.clone_from(&found.enquiry_id);
            }
            Some(Event::Revised(revised)) => {
                self.focus_areas.clone_from(&revised.focus_areas);
                self.kind = revised.kind();
                self.phases.clone_from(&revised.phases);
                self.description.clone_from(&revised.description);
            }
            Some(Event::Asked(asked)) => self.asks.push(Ask {
                id: recorded::id(&asked.ask_id),
                by: recorded::id(&asked.by_id),
                asked: asked.clone(),
                answer: None,
            }),
            Some(Event::Answered(answered)) => {
                let id: ExpertiseAskId = recorded::id(&answered.ask_id);
                if let Some(ask) = self.asks.iter_mut().find(|ask| ask.id == id) {
                    ask.answer = Some((answered.accepted, recorded::date(&answered.on)));
                }
            }
            Some(Event::Withdrawn(_)) => self.state = ExpertiseState::Withdrawn,
            None => {}
        }
    }
}

impl Expertise {
    /// What one enquiry found through one person.
    pub fn found_through(enquiry: Uuid, person: PersonId) -> ExpertiseId {
        ExpertiseId(derived("expertise", &format!("{enquiry}:{person}")))
    }

    fn offer(&self, offer: Offer, context: &Context) -> Result<Vec<ExpertiseEvent>, Rejection> {
        let Offer { place, person, help } = offer;
        if !context.actor.is(person) || (self.exists() && self.person != person) {
            return Err(Rejection::OfSomebodyElse);
        }
        if self.state == ExpertiseState::Offered {
            return Err(Rejection::AlreadyOffered);
        }
        help.must_name_a_focus()?;
        let offered = ExpertiseOffered {
            person_id: person.into(),
            urn: place.urn_text(),
            trust_id: place.trust.into(),
            focus_areas: help.focus_areas,
            kind: help.kind.into(),
            phases: help.phases,
            description: sealed(person, help.description),
            on: context.today().to_string(),
        };
        Ok(vec![offered.into()])
    }

    fn find(&self, find: Find, context: &Context) -> Result<Vec<ExpertiseEvent>, Rejection> {
        if self.exists() {
            return Err(Rejection::AlreadyFound);
        }
        if find.focus_areas.is_empty() {
            return Err(Rejection::NoFocusArea);
        }
        let found = ExpertiseFound {
            person_id: find.person.into(),
            urn: find.place.urn_text(),
            trust_id: find.place.trust.into(),
            focus_areas: find.focus_areas,
            kind: ExpertiseKind::EnquiryFindings.into(),
            enquiry_id: find.enquiry.to_string(),
            on: context.today().to_string(),
        };
        Ok(vec![found.into()])
    }

    fn revise(&self, help: Help) -> Result<Vec<ExpertiseEvent>, Rejection> {
        self.must_be_offered()?;
        help.must_name_a_focus()?;
        let revised = ExpertiseRevised {
            focus_areas: help.focus_areas,
            kind: help.kind.into(),
            phases: help.phases,
            description: sealed(self.person, help.description),
        };
        Ok(vec![revised.into()])
    }

    fn ask(&self, ask: NewAsk, context: &Context) -> Result<Vec<ExpertiseEvent>, Rejection> {
        self.must_be_offered()?;
        let Some(by) = context.actor.acting_person().filter(|by| *by != self.person) else {
            return Err(Rejection::AsksOneself);
        };
        if !self.focus_areas.contains(&ask.focus_area) {
            return Err(Rejection::NotThisExpertise {
                focus_area: ask.focus_area,
            });
        }
        let waits = |earlier: &Ask| {
            earlier.id == ask.id
                || (earlier.by == by && earlier.asked.focus_area == ask.focus_area && earlier.answer.is_none())
        };
        if self.asks.iter().any(waits) {
            return Err(Rejection::AskedAlready);
        }
        let asked = ExpertiseAsked {
            ask_id: ask.id.into(),
            by_id: by.into(),
            urn: text_of(ask.urn),
            focus_area: ask.focus_area,
            message: sealed(by, ask.message),
            on: context.today().to_string(),
        };
        Ok(vec![asked.into()])
    }

    /// Also once the entry was withdrawn: nobody is left without an answer.
    fn answer(&self, id: ExpertiseAskId, accepted: bool, context: &Context) -> Result<Vec<ExpertiseEvent>, Rejection> {
        let ask = self.asks.iter().find(|ask| ask.id == id);
        match ask.ok_or(Rejection::NobodyAsked)?.answer {
            Some((_, on)) => Err(Rejection::AnsweredAlready { on }),
            None => {
                let answered = ExpertiseAnswered {
                    ask_id: id.into(),
                    accepted,
                    on: context.today().to_string(),
                };
                Ok(vec![answered.into()])
            }
        }
    }

    /// Also one that was found and never offered: its person does not want to be asked again.
    fn withdraw(&self, context: &Context) -> Result<Vec<ExpertiseEvent>, Rejection> {
        if self.state == ExpertiseState::Withdrawn {
            return Err(Rejection::NotOffered);
        }
        let on = context.today().to_string();
        Ok(vec![ExpertiseWithdrawn { on }.into()])
    }

    /// As access depends on it: seen by its person alone until they offer it.
    pub(crate) fn as_record(&self) -> Record {
        self.place
            .record(Kind::Expertise)
            .about(self.person)
            .shared(self.state == ExpertiseState::Offered)
    }

    fn exists(&self) -> bool {
        self.state != ExpertiseState::Unspecified
    }

    fn must_be_offered(&self) -> Result<(), Rejection> {
        match self.state {
            ExpertiseState::Offered => Ok(()),
            _ => Err(Rejection::NotOffered),
        }
    }
}

impl Help {
    fn must_name_a_focus(&self) -> Result<(), Rejection> {
        if self.focus_areas.is_empty() {
            return Err(Rejection::NoFocusArea);
        }
        Ok(())
    }
}

impl Guarded for Expertise {
    const NAME: &'static str = "entry of the expertise register";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Offer(_) | Command::Find(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command {
            Command::Offer(offer) if !self.exists() => {
                let record = offer.place.record(Kind::Expertise).about(offer.person);
                return (Action::OfferExpertise, record);
            }
            Command::Find(find) if !self.exists() => {
                let record = find.place.record(Kind::Expertise).about(find.person);
                return (Action::FindExpertise, record);
            }
            Command::Offer(_) => Action::OfferExpertise,
            Command::Find(_) => Action::FindExpertise,
            Command::Revise(_) => Action::ReviseExpertise,
            Command::Ask(_) => Action::AskForExpertise,
            Command::Answer { .. } => Action::AnswerExpertise,
            Command::Withdraw => Action::WithdrawExpertise,
        };
        (action, self.as_record())
    }
}
