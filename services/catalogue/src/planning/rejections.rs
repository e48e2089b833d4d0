//! The rules of an aggregate in one list: the stable reason, the field at fault where there is one, and the sentence.

/// Writes an aggregate's `Rejection` with its `Reject`, a line for each rule.
macro_rules! rejections {
    (
        $(#[$doc:meta])*
        $($reason:literal $(($field:literal))? $name:ident $({ $($fact:ident: $type:ty),* })? = $sentence:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum Rejection {
            $(#[error($sentence)] $name $({ $($fact: $type),* })?,)*
        }

        impl service::Reject for Rejection {
            fn reason(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $reason,)*
                }
            }

            fn field(&self) -> Option<&'static str> {
                match self {
                    $(Self::$name { .. } => $crate::planning::rejections::field!($($field)?),)*
                }
            }
        }
    };
}

macro_rules! field {
    () => {
        None
    };
    ($field:literal) => {
        Some($field)
    };
}

pub(crate) use {field, rejections};
