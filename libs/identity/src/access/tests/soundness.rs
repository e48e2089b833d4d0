//! Files, schema, code and protocol agree, and answers are the same however they are come by.

use cedar_policy::{ValidationMode, Validator};
use prost::Message as _;

use super::*;

#[test]
fn policies_are_valid_by_their_schema() {
    let result = Validator::new(schema().unwrap()).validate(&policies().unwrap(), ValidationMode::Strict);
    let problems: Vec<_> = result
        .validation_errors()
        .map(ToString::to_string)
        .chain(result.validation_warnings().map(ToString::to_string))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn code_and_schema_name_the_same_things() {
    let schema = schema().unwrap();
    let groups: BTreeSet<_> = schema
        .action_groups()
        .map(|group| group.id().unescaped().to_owned())
        .collect();
    let actions: BTreeSet<_> = schema
        .actions()
        .map(|action| action.id().unescaped().to_owned())
        .collect();
    let named = Action::ALL
        .iter()
        .map(|action| action.name().to_owned())
        .collect::<BTreeSet<_>>();
    assert_eq!(actions.difference(&groups).cloned().collect::<BTreeSet<_>>(), named);
    let types: BTreeSet<_> = schema.entity_types().map(ToString::to_string).collect();
    let principals = ["Person", "Operator", "System"].map(str::to_owned);
    let named = Kind::ALL
        .iter()
        .map(|kind| kind.name().to_owned())
        .chain(principals)
        .collect::<BTreeSet<_>>();
    assert_eq!(types, named);
}

#[test]
fn every_command_of_the_protocol_is_an_action() {
    let files = prost_types::FileDescriptorSet::decode(api::DESCRIPTORS).unwrap();
    let messages = files.file.iter().flat_map(|file| &file.message_type);
    let commands: Vec<_> = messages
        .filter(|message| {
            message.name().ends_with("Request") && message.field.iter().any(|field| field.name() == "request_id")
        })
        .map(|message| message.name())
        .collect();
    assert!(commands.len() > 80);
    for command in commands {
        assert!(Action::of_request(command).is_some(), "{command}");
    }
}

#[test]
fn a_question_is_answered_the_same_when_asked_again() {
    let register = directory().register();
    let rules = crate::access::Rules::parse().unwrap();
    for kind in Kind::ALL {
        for (name, _) in ROLES {
            let record = record(*kind);
            let actor = actor(name);
            let question = Question {
                principal: PrincipalKind::of(actor.principal),
                action: Action::Read,
                kind: *kind,
                purpose: record.purpose,
                facts: Facts::of(&actor, &record, &register, today()),
            };
            assert_eq!(rules.permit(question), rules.evaluate(question));
            assert_eq!(rules.permit(question), rules.evaluate(question));
        }
    }
}
