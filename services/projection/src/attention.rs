//! The attention list: what waits for me, and what others owe me.

use api::{
    ids::PersonId,
    projection::v1::{AttentionItem, GetAttentionListRequest, GetAttentionListResponse},
};
use identity::{Action, Actor, Kind, Record};
use serde::{Deserialize, Serialize};
use service::{Error, Violations, page::Scope};
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    obligations::{self, Owed},
    open_items::{OpenItems, shown, sides},
    views::{AsOf, Names, Views},
};

/// Most of what others owe that is shown.
const MOST: usize = 500;

/// How many items the pages before have shown.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cursor {
    shown: usize,
}

impl Views {
    /// Shows what waits for the caller, and what waits for others because of them.
    pub async fn get_attention_list(
        &self,
        actor: &Actor,
        request: GetAttentionListRequest,
    ) -> Result<GetAttentionListResponse, Error> {
        let parameters = GetAttentionListRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let scope = Scope::of("GetAttentionList", &actor.id.to_string(), &parameters);
        let page = self
            .pager
            .page::<Cursor>(&scope, request.page_size, &request.page_token)?;
        let mut violations = Violations::new();
        let on = violations.optional_date("on", &request.on);
        let (on, ()) = violations.all((on, Some(())))?;
        let me = actor.id;
        let trust = self.gate.roster().person(PersonId(me)).await?.trust;
        let record = Record::new(Kind::AttentionList, trust).about(PersonId(me));
        self.gate.authorise(actor, Action::Read, &record).await?;
        self.reach(&request.at_least).await?;
        let as_of = AsOf::new(None, on);

        let mut tx = self.read(trust.into()).await?;
        let mine = OpenItems::of(&mut tx, me).await?.owed(as_of.on);
        let led = self.schools_led_by(me, as_of.on);
        let unnamed = OpenItems::unnamed(&mut tx, led.clone()).await?.owed(as_of.on);
        let of_school = |owed: &Owed| compact::urn_column(owed.urn).is_some_and(|urn| led.contains(&urn));
        let managed = self.managed_by(trust, me, as_of.on);
        let bookings = OpenItems::of_managed(&mut tx, &managed).await?.owed(as_of.on);
        let of_managed = |owed: &Owed| owed.to.is_some_and(|to| managed.contains(&to));
        let mut nobodys: Vec<Owed> = unnamed.into_iter().filter(of_school).collect();
        for booking in bookings.into_iter().filter(of_managed) {
            if !nobodys.contains(&booking) {
                nobodys.push(booking);
            }
        }
        // Nobody agrees to what they asked for themselves.
        nobodys.retain(|owed| owed.by.is_none() && owed.to != Some(me));
        let mut for_me: Vec<Owed> = mine
            .iter()
            .filter(|owed| owed.by == Some(me))
            .cloned()
            .chain(nobodys)
            .collect();
        for_me.sort_by_key(Owed::urgency);
        let skip = page.after.map_or(0, |after| after.shown);
        let because_of_me: Vec<Owed> = if skip == 0 {
            mine.into_iter()
                .filter(|owed| owed.to == Some(me) && owed.by != Some(me))
                .take(MOST)
                .collect()
        } else {
            Vec::new()
        };
        let mut for_me: Vec<(usize, Owed)> = for_me.into_iter().enumerate().skip(skip).collect();
        let next_page_token = self
            .pager
            .cut(&scope, &page, &mut for_me, |(at, _)| Cursor { shown: at + 1 })?;
        let for_me: Vec<Owed> = for_me.into_iter().map(|(_, owed)| owed).collect();
        let people: Vec<Uuid> = sides(&for_me).chain(sides(&because_of_me)).collect();
        let names = self.names(&mut tx, trust.into(), people).await?;
        Ok(GetAttentionListResponse {
            waits_for_me: items(&for_me, as_of.on, &names),
            waits_because_of_me: items(&because_of_me, as_of.on, &names),
            completeness: self.completeness(trust.into()),
            next_page_token,
        })
    }
}

fn items(owed: &[Owed], on: Day, names: &Names) -> Vec<AttentionItem> {
    let item = |owed: &Owed| AttentionItem {
        obligation: Some(shown(owed, on, names)),
        summary: obligations::sentence(owed.kind).to_owned(),
        days_left: owed.due_on.map_or(0, |due| due - on),
    };
    owed.iter().map(item).collect()
}
