//! What ends when somebody has left the trust, or was erased: their open needs are closed, and what they offered is off
//! the expertise register.
//!
//! Looked at from time to time rather than at an event, since people leave on days that were recorded long before.

use std::{convert::Infallible, time::Duration};

use api::catalogue::v1::NeedClosure;
use chrono::NaiveDate;
use identity::context::today;
use service::{Commands, Error, Plan};

use crate::planning::{
    expertise::{self, Expertise},
    index::{Index, Listed, Personal},
    need::{self, Need},
};

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(600);

/// Ends what was of people who have gone. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Leavers {
    commands: Commands,
    index: Index,
}

impl Leavers {
    pub(crate) fn new(commands: Commands, index: Index) -> Self {
        Self { commands, index }
    }

    /// Looks for ever.
    pub(crate) async fn follow(&self) -> Result<Infallible, Error> {
        loop {
            self.let_go(today()).await?;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ends what is left of those who are gone by that day.
    pub(crate) async fn let_go(&self, today: NaiveDate) -> Result<(), Error> {
        self.commands.gate().roster().catch_up().await?;
        for entry in self.index.personal().await? {
            let is_gone = {
                let register = self.commands.gate().roster().read();
                let person = register.person(entry.person);
                person.is_some_and(|person| person.left(today) || person.erased)
            };
            if is_gone {
                self.end(entry).await?;
            }
        }
        Ok(())
    }

    /// Once under its name. What a rule refuses has ended by other means.
    async fn end(&self, entry: Personal) -> Result<(), Error> {
        let (what, plan) = match entry.listed {
            Listed::Need => {
                let close = need::Command::Close {
                    why: NeedClosure::PersonLeft,
                    note: String::new(),
                };
                ("close need", Plan::of::<Need>(entry.id, close))
            }
            _ => {
                let withdraw = expertise::Command::Withdraw;
                ("withdraw expertise", Plan::of::<Expertise>(entry.id, withdraw))
            }
        };
        match self.commands.bootstrap(&format!("{what} {}", entry.id), plan).await {
            Err(error) if error.is_transient() => Err(error),
            Err(error) => {
                tracing::warn!(what, reason = error.reason(), "what is left of somebody stays");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }
}
