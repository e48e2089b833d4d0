//! Reads the strings of recorded events back into types.

pub(crate) use service::recorded::*;
