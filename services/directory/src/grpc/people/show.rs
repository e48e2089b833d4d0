//! People as readers see them: names opened with their keys, one look at the keys for a page.

use api::{
    common::v1::Sealed,
    directory::v1::{self as pb, PersonIdentifier},
};
use identity::{Action, Actor};
use service::{Error, Loaded};
use uuid::Uuid;

use super::{Directory, Person, today};

impl Directory {
    /// What whoever may see their entries may see of them. Identifiers only for those who may link them.
    pub(super) async fn show_people(
        &self,
        actor: &Actor,
        people: Vec<Loaded<Person>>,
    ) -> Result<Vec<pb::Person>, Error> {
        let mut texts: Vec<Texts> = Vec::with_capacity(people.len());
        for person in &people {
            let may_link =
                self.commands
                    .gate()
                    .access()
                    .check(actor, Action::LinkIdentifier, &person.state.directory_entry());
            texts.push(Texts::of(person, may_link.permitted));
        }
        let mut sealed: Vec<(Uuid, &mut Sealed)> = texts.iter_mut().flat_map(Texts::sealed).collect();
        self.commands.keys().open_many(&mut sealed).await?;
        Ok(people
            .into_iter()
            .zip(texts)
            .map(|(person, texts)| show(&person, texts))
            .collect())
    }
}

/// What is sealed about somebody.
struct Texts {
    trust: Uuid,
    given_name: Sealed,
    family_name: Sealed,
    identifiers: Vec<(pb::IdentifierScheme, Sealed)>,
}

impl Texts {
    fn of(person: &Loaded<Person>, with_identifiers: bool) -> Self {
        let (given_name, family_name) = person.state.names();
        let identifiers = person.state.identifiers().iter().filter(|_| with_identifiers);
        Self {
            trust: person.trust_id,
            given_name,
            family_name,
            identifiers: identifiers.map(|known| (known.scheme, known.value.clone())).collect(),
        }
    }

    fn sealed(&mut self) -> impl Iterator<Item = (Uuid, &mut Sealed)> {
        let trust = self.trust;
        let names = [&mut self.given_name, &mut self.family_name].into_iter();
        names
            .chain(self.identifiers.iter_mut().map(|(_, value)| value))
            .map(move |sealed| (trust, sealed))
    }
}

fn show(loaded: &Loaded<Person>, texts: Texts) -> pb::Person {
    let person = &loaded.state;
    let today = today();
    let leave = person.leave().filter(|leave| leave.from_on <= today);
    // Posts and roles that end with an erasure do so at once, whatever their last day.
    let posts = person.posts().iter().filter(|_| !person.erased());
    let roles = person.roles_on(today).filter(|_| !person.erased());
    let identifier = |(scheme, value): (pb::IdentifierScheme, Sealed)| PersonIdentifier {
        scheme: scheme.into(),
        value: value.clear,
    };
    pb::Person {
        person_id: person.id().into(),
        trust_id: person.trust().map(String::from).unwrap_or_default(),
        given_name: texts.given_name.clear,
        family_name: texts.family_name.clear,
        career_stage: person.career_stage().into(),
        employments: posts.filter_map(|post| post.shown_on(today)).collect(),
        on_leave_since: leave.map(|leave| leave.from_on.to_string()).unwrap_or_default(),
        line_manager_id: person.line_manager().map(String::from).unwrap_or_default(),
        appraiser_id: person.appraiser().map(String::from).unwrap_or_default(),
        roles: roles
            .map(|grant| pb::GrantedRole {
                role: grant.role.into(),
                scope: Some(grant.scope.shown()),
            })
            .collect(),
        left: person.left_on().is_some_and(|left_on| left_on < today) || person.erased(),
        erased: person.erased(),
        version: loaded.version.0,
        leave_expected_until: leave
            .and_then(|leave| leave.expected_until)
            .map(|until| until.to_string())
            .unwrap_or_default(),
        identifiers: texts.identifiers.into_iter().map(identifier).collect(),
    }
}
