//! The whole surface, from `routes.txt` and the protocol's descriptors.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use axum::{http::Method, routing::MethodFilter};
use prost::Message as _;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ServiceDescriptor};

const ROUTES: &str = include_str!("routes.txt");

static SURFACE: LazyLock<Surface> =
    LazyLock::new(|| Surface::read(ROUTES).unwrap_or_else(|error| panic!("routes.txt: {error}")));

/// Every operation.
pub(super) struct Surface {
    /// In the order of `routes.txt`.
    pub(super) operations: Vec<Operation>,
    /// RPCs that are not for callers from outside.
    #[cfg_attr(not(test), expect(dead_code, reason = "completeness is checked by a test"))]
    pub(super) internal: Vec<String>,
    comments: HashMap<(String, Vec<i32>), String>,
}

/// One method at one address.
pub(super) struct Operation {
    pub(super) verb: Method,
    /// With names of fields in braces: `/v1/follow-ups/{follow_up_id}/start`.
    pub(super) address: &'static str,
    pub(super) rpc: MethodDescriptor,
    /// Fields of the request that stand in the address.
    pub(super) in_address: Vec<FieldDescriptor>,
    /// Where what a command creates can be read: the address up to its identifier, and the identifier's field.
    pub(super) creates: Option<(&'static str, String)>,
    /// Where an answer says which version of one aggregate it shows: in itself, or in the one part that it has.
    pub(super) version: Option<(Option<FieldDescriptor>, FieldDescriptor)>,
    /// Where an answer says how to go on.
    pub(super) next: Option<FieldDescriptor>,
}

impl Operation {
    /// Its name in the description.
    pub(super) fn name(&self) -> &str {
        self.rpc.name()
    }

    pub(super) fn service(&self) -> &ServiceDescriptor {
        self.rpc.parent_service()
    }

    pub(super) fn input(&self) -> MessageDescriptor {
        self.rpc.input()
    }

    pub(super) fn output(&self) -> MessageDescriptor {
        self.rpc.output()
    }

    /// Whether it carries a request id, which makes it happen once however often it is sent.
    pub(super) fn has_request_id(&self) -> bool {
        self.input().get_field_by_name("request_id").is_some()
    }

    /// Whether it may carry the version that its caller has seen.
    pub(super) fn has_expected_version(&self) -> bool {
        self.input().get_field_by_name("expected_version").is_some()
    }

    /// Whether the fields are in a body; otherwise they are in the query.
    pub(super) fn takes_body(&self) -> bool {
        self.verb != Method::GET && self.verb != Method::DELETE
    }

    /// The fields that are neither in the address nor in headers.
    pub(super) fn free_fields(&self) -> impl Iterator<Item = FieldDescriptor> + use<> {
        let named: Vec<u32> = self.in_address.iter().map(FieldDescriptor::number).collect();
        let fields: Vec<FieldDescriptor> = self.input().fields().collect();
        fields.into_iter().filter(move |field| {
            !named.contains(&field.number()) && !["request_id", "expected_version"].contains(&field.name())
        })
    }

    /// The method as axum routes it.
    pub(super) fn filter(&self) -> MethodFilter {
        MethodFilter::try_from(self.verb.clone()).unwrap_or(MethodFilter::GET)
    }
}

/// Why `routes.txt` is not right.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the descriptors cannot be read: {0}")]
    Descriptors(String),
    #[error("line {0} is not a route")]
    Line(usize),
    #[error("line {line}: there is no {name}")]
    Unknown { line: usize, name: String },
}

impl Surface {
    /// The surface that is served.
    pub(super) fn of_the_protocol() -> &'static Self {
        &SURFACE
    }

    fn read(routes: &'static str) -> Result<Self, Error> {
        let pool = DescriptorPool::decode(api::DESCRIPTORS).map_err(|error| Error::Descriptors(error.to_string()))?;
        let mut operations = Vec::new();
        let mut internal = Vec::new();
        let mut service = None;
        for (number, line) in (1..).zip(routes.lines()) {
            let unknown = |name: &str| Error::Unknown {
                line: number,
                name: name.to_owned(),
            };
            if let Some(name) = line.strip_prefix("## ") {
                service = Some(pool.get_service_by_name(name).ok_or_else(|| unknown(name))?);
                continue;
            }
            let words: Vec<&'static str> = line.split_whitespace().collect();
            let service = || service.as_ref().ok_or(Error::Line(number));
            let method = |name: &str| {
                let found = service()?.methods().find(|method| method.name() == name);
                found.ok_or_else(|| unknown(name))
            };
            match *words.as_slice() {
                [] | ["#", ..] => {}
                ["internal", name] => internal.push(method(name)?.full_name().to_owned()),
                [verb, address, name] => {
                    let verb = verb.parse().map_err(|_| Error::Line(number))?;
                    operations.push(operation(verb, address, method(name)?).map_err(|name| unknown(&name))?);
                }
                _ => return Err(Error::Line(number)),
            }
        }
        let readable: Vec<&'static str> = operations
            .iter()
            .filter(|operation| operation.verb == Method::GET)
            .map(|operation| operation.address)
            .collect();
        for operation in operations.iter_mut().filter(|operation| operation.verb == Method::POST) {
            operation.creates = readable.iter().find_map(|read| {
                let field = read
                    .strip_prefix(operation.address)?
                    .strip_prefix("/{")?
                    .strip_suffix('}')?;
                (!field.contains('/')).then(|| (operation.address, field.to_owned()))
            });
        }
        Ok(Self {
            operations,
            internal,
            comments: comments()?,
        })
    }

    /// Every address with what can be done there.
    pub(super) fn addresses(
        &'static self,
    ) -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static Operation>)> {
        let mut addresses: BTreeMap<&'static str, Vec<&'static Operation>> = BTreeMap::new();
        for operation in &self.operations {
            addresses.entry(operation.address).or_default().push(operation);
        }
        addresses
            .into_iter()
            .map(|(address, operations)| (address, operations.into_iter()))
    }

    /// The operation of that name.
    pub(super) fn operation(&'static self, name: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.name() == name)
    }

    /// What the protocol says about a method, a message, a field or an enumeration.
    pub(super) fn comment(&self, file: &str, path: &[i32]) -> &str {
        self.comments
            .get(&(file.to_owned(), path.to_vec()))
            .map_or("", String::as_str)
    }
}

fn operation(verb: Method, address: &'static str, rpc: MethodDescriptor) -> Result<Operation, String> {
    let input = rpc.input();
    let in_address = address
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            input
                .get_field_by_name(name)
                .ok_or_else(|| format!("{}.{name}", input.name()))
        })
        .collect::<Result<_, _>>()?;
    Ok(Operation {
        version: if verb == Method::GET {
            version_of(&rpc.output())
        } else {
            None
        },
        next: rpc.output().get_field_by_name("next_page_token"),
        verb,
        address,
        rpc,
        in_address,
        creates: None,
    })
}

/// Where an answer about one aggregate says its version.
fn version_of(output: &MessageDescriptor) -> Option<(Option<FieldDescriptor>, FieldDescriptor)> {
    let version = |message: &MessageDescriptor| {
        message
            .get_field_by_name("version")
            .filter(|field| matches!(field.kind(), Kind::Int64))
    };
    if let Some(version) = version(output) {
        return Some((None, version));
    }
    let fields: Vec<FieldDescriptor> = output.fields().collect();
    let [only] = fields.as_slice() else { return None };
    let Kind::Message(part) = only.kind() else { return None };
    if only.is_list() {
        return None;
    }
    version(&part).map(|version| (Some(only.clone()), version))
}

fn comments() -> Result<HashMap<(String, Vec<i32>), String>, Error> {
    let set = prost_types::FileDescriptorSet::decode(api::DESCRIPTORS)
        .map_err(|error| Error::Descriptors(error.to_string()))?;
    let mut comments = HashMap::new();
    for file in set.file {
        let name = file.name().to_owned();
        for location in file.source_code_info.map(|info| info.location).unwrap_or_default() {
            let comment = location.leading_comments().trim();
            if !comment.is_empty() {
                let text = comment.lines().map(str::trim).collect::<Vec<_>>().join(" ");
                comments.insert((name.clone(), location.path), text);
            }
        }
    }
    Ok(comments)
}
