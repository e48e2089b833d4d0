//! Colleagues: what they are called, and how one is found.

use std::collections::{BTreeSet, HashMap};

use api::directory::v1::{GetPersonRequest, ListPeopleRequest, Person};
use futures::future::join_all;

use super::asked::{Asked, link};
use crate::{forms::Choice, problem::Fault, visitor::Visitor, words};

/// More than the largest school has.
const MOST_STAFF: i32 = 500;

/// As many as a reader looks through.
const MOST_SHOWN: usize = 60;

/// What people are called, by their identifiers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// Asks for a handful of people at once. Whoever cannot be asked for is somebody.
    pub(crate) async fn of<'a>(visitor: &Visitor, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let ids: BTreeSet<&str> = ids.into_iter().filter(|id| !id.is_empty()).collect();
        let ask = |id: &str| {
            let (id, mut people) = (id.to_owned(), visitor.clients().people);
            let request = visitor.ask(GetPersonRequest { person_id: id.clone() });
            async move { (id, people.get_person(request).await) }
        };
        let answers = join_all(ids.into_iter().map(ask)).await;
        let found = answers.into_iter().filter_map(|(id, answer)| {
            let person = answer.ok()?.into_inner().person?;
            Some((id, name(&person)))
        });
        Self(found.collect())
    }

    pub(crate) fn get(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| "somebody".into())
    }

    pub(crate) fn list(&self, ids: &[String]) -> String {
        ids.iter().map(|id| self.get(id)).collect::<Vec<_>>().join(", ")
    }
}

fn name(person: &Person) -> String {
    format!("{} {}", person.given_name, person.family_name)
}

/// Somebody who works at a school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Colleague {
    pub(crate) person_id: String,
    pub(crate) name: String,
    /// What they do there.
    pub(crate) post: String,
}

/// Everybody who works at a school, by family name.
pub(crate) async fn staff(visitor: &Visitor, urn: &str) -> Result<Vec<Colleague>, Fault> {
    let message = ListPeopleRequest {
        trust_id: visitor.me.trust_id.clone(),
        urn: urn.to_owned(),
        page_size: MOST_STAFF,
        ..ListPeopleRequest::default()
    };
    let answer = visitor.clients().people.list_people(visitor.ask(message)).await?;
    let mut people = answer.into_inner().people;
    people.retain(|person| !person.erased);
    people.sort_by(|one, other| {
        (&one.family_name, &one.given_name, &one.person_id).cmp(&(
            &other.family_name,
            &other.given_name,
            &other.person_id,
        ))
    });
    let post = |person: &Person| {
        let here = person.employments.iter().find(|post| post.urn == urn);
        here.map(|post| match post.job_title.as_str() {
            "" => words::role_group(post.role_group()).to_owned(),
            title => title.to_owned(),
        })
        .unwrap_or_default()
    };
    Ok(people
        .iter()
        .map(|person| Colleague {
            person_id: person.person_id.clone(),
            name: name(person),
            post: post(person),
        })
        .collect())
}

/// Colleagues to choose from, without those named.
pub(crate) fn choices(staff: &[Colleague], without: &[&str]) -> Vec<Choice> {
    staff
        .iter()
        .filter(|colleague| !without.contains(&colleague.person_id.as_str()))
        .map(|colleague| Choice::new(&colleague.person_id, colleague.label()))
        .collect()
}

impl Colleague {
    fn label(&self) -> String {
        if self.post.is_empty() {
            self.name.clone()
        } else {
            format!("{}, {}", self.name, self.post)
        }
    }

    fn matches(&self, words: &str) -> bool {
        let text = self.label().to_lowercase();
        words.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// A colleague is looked for: a form that asks for a school and for letters of a name, and those who were found.
#[derive(askama::Template)]
#[template(path = "find.html")]
pub(crate) struct Find {
    /// Where the form is, and where a name leads with `key` in its query.
    path: &'static str,
    key: &'static str,
    what: &'static str,
    schools: Vec<SchoolChoice>,
    letters: String,
    found: Vec<Found>,
    more: usize,
}

impl askama::filters::HtmlSafe for Find {}

struct SchoolChoice {
    urn: String,
    name: String,
    chosen: bool,
}

struct Found {
    name: String,
    post: String,
    href: String,
}

impl Find {
    /// Looks at one of the visitor's schools: the one asked for, else their first.
    pub(crate) async fn at(
        visitor: &Visitor,
        asked: &Asked,
        (path, key): (&'static str, &'static str),
        what: &'static str,
    ) -> Result<Self, Fault> {
        let schools = &visitor.me.schools;
        let wanted = asked.text("school");
        let letters = asked.text("q");
        let school = schools.iter().find(|school| school.urn == wanted).or(schools.first());
        let staff = match school {
            Some(school) => staff(visitor, &school.urn).await?,
            None => Vec::new(),
        };
        let urn = school.map(|school| school.urn.as_str()).unwrap_or_default();
        let all: Vec<&Colleague> = staff.iter().filter(|colleague| colleague.matches(&letters)).collect();
        let found = all.iter().take(MOST_SHOWN).map(|colleague| Found {
            name: colleague.name.clone(),
            post: colleague.post.clone(),
            href: link(path, &[(key, &colleague.person_id), ("school", urn)]),
        });
        Ok(Self {
            path,
            key,
            what,
            schools: schools
                .iter()
                .map(|school| SchoolChoice {
                    urn: school.urn.clone(),
                    name: school.name.clone(),
                    chosen: school.urn == urn,
                })
                .collect(),
            letters,
            more: all.len().saturating_sub(MOST_SHOWN),
            found: found.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colleague_is_found_by_any_words_of_name_and_post() {
        let colleague = Colleague {
            person_id: "1".into(),
            name: "Ada Byron".into(),
            post: "Teacher of mathematics".into(),
        };
        assert!(colleague.matches("byr math"));
        assert!(colleague.matches(""));
        assert!(!colleague.matches("byr art"));
    }
}
