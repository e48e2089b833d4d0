//! Everything that is wrong with a request, gathered before it is refused once.

use super::Error;

/// One field that is not right, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the request, for example `participants[2].role`.
    pub field: String,
    /// What the value must be: "must not be before the observation (2025-10-01)".
    pub description: String,
}

impl Violation {
    /// A violation of one field.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}

/// Collects violations while a request is parsed; [`finish`](Self::finish) refuses it with all of them.
#[derive(Clone, Debug, Default)]
#[must_use = "violations are only reported by finish"]
pub struct Violations {
    found: Vec<Violation>,
}

impl Violations {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn one(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            found: vec![Violation::new(field, description)],
        }
    }

    /// Notes a field that is not right.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.found.push(Violation::new(field, description));
    }

    /// Notes a field unless a condition holds.
    pub fn check(&mut self, holds: bool, field: &str, description: impl FnOnce() -> String) {
        if !holds {
            self.add(field, description());
        }
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Refuses the request when anything was wrong with it.
    pub fn finish(self) -> Result<(), Error> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(self.into())
        }
    }

    /// Refuses the request when anything was wrong with it; else gives all the parsed parts:
    /// `let (person_id, due_on) = violations.all((person_id, due_on))?;`
    pub fn all<T: Together>(self, parts: T) -> Result<T::Parts, Error> {
        if !self.found.is_empty() {
            return Err(self.into());
        }
        parts
            .together()
            .ok_or_else(|| Error::internal("a field was refused without a violation"))
    }

    pub(super) fn into_vec(self) -> Vec<Violation> {
        self.found
    }
}

/// Tuples of optional parts that are wanted all or not at all.
pub trait Together {
    /// The tuple of parts.
    type Parts;

    /// All the parts, when none is absent.
    fn together(self) -> Option<Self::Parts>;
}

macro_rules! together {
    ($($name:ident)+) => {
        impl<$($name),+> Together for ($(Option<$name>,)+) {
            type Parts = ($($name,)+);

            #[allow(non_snake_case)]
            fn together(self) -> Option<Self::Parts> {
                let ($($name,)+) = self;
                Some(($($name?,)+))
            }
        }
    };
}

together!(A);
together!(A B);
together!(A B C);
together!(A B C D);
together!(A B C D E);
together!(A B C D E F);
together!(A B C D E F G);
together!(A B C D E F G H);
together!(A B C D E F G H I);
together!(A B C D E F G H I J);
together!(A B C D E F G H I J K);
together!(A B C D E F G H I J K L);
