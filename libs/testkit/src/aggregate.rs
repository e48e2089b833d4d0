//! `given(events).under(context).when(command).then(events)`: the test of a rule is a sentence.

use std::fmt::Debug;

use eventstore::Aggregate;

use crate::diff;

/// What has happened so far.
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    Given {
        history: events.into_iter().collect(),
    }
}

/// A history, without yet saying who acts and when.
#[derive(Clone, Debug)]
pub struct Given<A: Aggregate> {
    history: Vec<A::Event>,
}

impl<A: Aggregate> Given<A> {
    /// Who acts, when and under which policy.
    pub fn under(self, context: A::Context) -> Under<A> {
        Under {
            history: self.history,
            context,
        }
    }
}

/// A history and a context, waiting for a command.
#[derive(Clone, Debug)]
pub struct Under<A: Aggregate> {
    history: Vec<A::Event>,
    context: A::Context,
}

impl<A: Aggregate> Under<A> {
    /// Decides.
    pub fn when(self, command: impl Into<A::Command>) -> Outcome<A> {
        let mut state = A::default();
        self.history.iter().for_each(|event| state.evolve(event));
        let decided = state.decide(command.into(), &self.context);
        decided.iter().flatten().for_each(|event| state.evolve(event));
        Outcome { decided, state }
    }
}

/// What came of a command.
#[derive(Clone, Debug)]
#[must_use = "an outcome that nobody looks at tests nothing"]
pub struct Outcome<A: Aggregate> {
    decided: Result<Vec<A::Event>, A::Rejection>,
    state: A,
}

impl<A: Aggregate<Event: Debug>> Outcome<A> {
    /// Expects exactly these events; none means that it had already happened.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = A::Event>) -> Decided<A> {
        let expected: Vec<_> = expected.into_iter().collect();
        match self.decided {
            Ok(events) if events == expected => Decided {
                events,
                state: self.state,
            },
            Ok(events) => panic!(
                "decided otherwise (- expected, + decided):\n{}",
                differences(&expected, &events)
            ),
            Err(rejection) => panic!("rejected: {rejection}\n{rejection:#?}\nexpected: {expected:#?}"),
        }
    }

    /// Expects events that the caller looks at, such as those with made-up identifiers.
    #[track_caller]
    pub fn then_events(self, look: impl FnOnce(&[A::Event])) -> Decided<A> {
        match self.decided {
            Ok(events) => {
                look(&events);
                Decided {
                    events,
                    state: self.state,
                }
            }
            Err(rejection) => panic!("rejected: {rejection}\n{rejection:#?}"),
        }
    }

    /// Expects a rejection that the caller looks at.
    #[track_caller]
    pub fn then_rejected(self, look: impl FnOnce(A::Rejection)) {
        match self.decided {
            Ok(events) => panic!("not rejected, but decided: {events:#?}"),
            Err(rejection) => look(rejection),
        }
    }
}

/// The events as expected, and the state after them.
#[derive(Clone, Debug)]
pub struct Decided<A: Aggregate> {
    events: Vec<A::Event>,
    state: A,
}

impl<A: Aggregate> Decided<A> {
    /// Looks at the state after the events.
    pub fn and_state(self, look: impl FnOnce(&A)) -> Self {
        look(&self.state);
        self
    }

    /// The events, to go on from.
    pub fn into_events(self) -> Vec<A::Event> {
        self.events
    }
}

fn differences<T: Debug>(expected: &[T], decided: &[T]) -> String {
    diff::lines(&format!("{expected:#?}"), &format!("{decided:#?}"))
}
