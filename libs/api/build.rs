//! Compiles `proto/` without `protoc`, and writes, from the descriptors, the traits that `lib.rs` explains.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use prost::Message;
use prost_types::{DescriptorProto, FieldDescriptorProto, field_descriptor_proto::Type};

const SEALED: &str = ".throughline.common.v1.Sealed";
const RECORDED: &str = ".throughline.common.v1.Recorded";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());

    let mut files = Vec::new();
    find_protos(&root, &mut files)?;
    files.sort();

    let mut compiler = protox::Compiler::new([&root])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(&files)?;
    let descriptors = compiler.file_descriptor_set();

    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    fs::write(out.join("traits.rs"), Traits::of(&descriptors).write())?;

    tonic_prost_build::configure()
        .include_file("protocol.rs")
        .bytes(".throughline.common.v1.Sealed.ciphertext")
        .bytes(".throughline.feed.v1.Event.payload")
        .compile_fds(prost_types::FileDescriptorSet::decode(
            descriptors.encode_to_vec().as_slice(),
        )?)?;
    Ok(())
}

fn find_protos(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_protos(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// Every message of our own by its full name, with the Rust path that prost gives it.
struct Traits<'a> {
    messages: BTreeMap<String, (String, &'a DescriptorProto)>,
}

impl<'a> Traits<'a> {
    fn of(descriptors: &'a prost_types::FileDescriptorSet) -> Self {
        let mut messages = BTreeMap::new();
        for file in descriptors
            .file
            .iter()
            .filter(|file| file.package().starts_with("throughline."))
        {
            for message in &file.message_type {
                let path = format!("crate::{}::{}", file.package().replace('.', "::"), message.name());
                messages.insert(format!(".{}.{}", file.package(), message.name()), (path, message));
            }
        }
        Self { messages }
    }

    fn write(&self) -> String {
        let personal = self.personal();
        let mut text = String::new();
        for (full_name, (path, message)) in &self.messages {
            if full_name != SEALED {
                self.write_visit(&mut text, path, message, &personal);
            }
            write_event(&mut text, path, message);
            write_command(&mut text, path, message);
        }
        text
    }

    /// The messages that hold sealed text, themselves or in a part of theirs.
    fn personal(&self) -> BTreeSet<&str> {
        let mut personal = BTreeSet::from([SEALED]);
        loop {
            let before = personal.len();
            for (full_name, (_, message)) in &self.messages {
                if message.field.iter().any(|field| personal.contains(field.type_name())) {
                    personal.insert(full_name);
                }
            }
            if personal.len() == before {
                return personal;
            }
        }
    }

    fn write_visit(&self, text: &mut String, path: &str, message: &DescriptorProto, personal: &BTreeSet<&str>) {
        let fields: Vec<_> = message
            .field
            .iter()
            .filter(|field| personal.contains(field.type_name()))
            .collect();
        let visit = if fields.is_empty() { "_visit" } else { "visit" };
        text.push_str(&format!(
            "impl crate::VisitSealed for {path} {{\n    fn visit_sealed(&mut self, {visit}: &mut dyn FnMut(&'static str, &mut crate::common::v1::Sealed)) {{\n"
        ));
        let call = |field: &FieldDescriptorProto, part: &str| {
            if field.type_name() == SEALED {
                format!("visit(\"{}.{}\", {part});", message.name(), field.name())
            } else {
                format!("crate::VisitSealed::visit_sealed({part}, visit);")
            }
        };
        for field in fields.iter().filter(|field| !in_oneof(field)) {
            let each = if field.label() == prost_types::field_descriptor_proto::Label::Repeated {
                format!("for part in &mut self.{} {{ {} }}\n", field.name(), call(field, "part"))
            } else {
                format!(
                    "if let Some(part) = &mut self.{} {{ {} }}\n",
                    field.name(),
                    call(field, "part")
                )
            };
            text.push_str("        ");
            text.push_str(&each);
        }
        for (index, oneof) in message.oneof_decl.iter().enumerate() {
            let index = i32::try_from(index).expect("few oneofs");
            let arms: Vec<_> = fields
                .iter()
                .filter(|field| in_oneof(field) && field.oneof_index == Some(index))
                .collect();
            if arms.is_empty() {
                continue;
            }
            let enumeration = oneof_path(path, message, oneof.name());
            text.push_str(&format!("        match &mut self.{} {{\n", oneof.name()));
            for field in arms {
                text.push_str(&format!(
                    "            Some({enumeration}::{}(part)) => {{ {} }}\n",
                    camel(field.name()),
                    call(field, "part")
                ));
            }
            text.push_str("            _ => {}\n        }\n");
        }
        text.push_str("    }\n}\n");
    }
}

/// `<Aggregate>Event` messages: their kind, and how one of their events becomes one.
fn write_event(text: &mut String, path: &str, message: &DescriptorProto) {
    let Some(aggregate) = message.name().strip_suffix("Event") else {
        return;
    };
    if message.oneof_decl.len() != 1 || message.oneof_decl[0].name() != "event" {
        return;
    }
    let aggregate = snake(aggregate);
    let enumeration = oneof_path(path, message, "event");
    let mut kinds = String::new();
    let mut all = String::new();
    for field in &message.field {
        let kind = format!("{aggregate}.{}", field.name());
        kinds.push_str(&format!(
            "            Some({enumeration}::{}(_)) => \"{kind}\",\n",
            camel(field.name())
        ));
        all.push_str(&format!("\"{kind}\", "));
        let part = field.type_name().replace('.', "::");
        text.push_str(&format!(
            "impl From<crate{part}> for {path} {{\n    fn from(event: crate{part}) -> Self {{ Self {{ event: Some({enumeration}::{}(event)) }} }}\n}}\n",
            camel(field.name())
        ));
    }
    text.push_str(&format!(
        "impl crate::EventMessage for {path} {{\n    const AGGREGATE: &'static str = \"{aggregate}\";\n    const KINDS: &'static [&'static str] = &[{all}];\n    fn kind(&self) -> &'static str {{\n        match &self.event {{\n{kinds}            None => \"{aggregate}.unknown\",\n        }}\n    }}\n}}\n\
         impl From<{enumeration}> for {path} {{\n    fn from(event: {enumeration}) -> Self {{ Self {{ event: Some(event) }} }}\n}}\n"
    ));
}

/// Requests that carry a `request_id`, and the responses that carry a receipt.
fn write_command(text: &mut String, path: &str, message: &DescriptorProto) {
    if message.name().ends_with("Request") && message.field.first().is_some_and(|field| field.name() == "request_id") {
        text.push_str(&format!(
            "impl crate::CommandRequest for {path} {{\n    type Response = {}Response;\n    const NAME: &'static str = \"{}\";\n    fn request_id(&self) -> &str {{ &self.request_id }}\n    fn expected_version(&self) -> Option<i64> {{ self.expected_version }}\n    fn occurred_at(&self) -> Option<&::prost_types::Timestamp> {{ self.occurred_at.as_ref() }}\n}}\n",
            path.strip_suffix("Request").expect("just seen"),
            message.name()
        ));
    }
    if message.name().ends_with("Response") && message.field.len() == 1 && message.field[0].type_name() == RECORDED {
        text.push_str(&format!(
            "impl From<crate::common::v1::Recorded> for {path} {{\n    fn from(recorded: crate::common::v1::Recorded) -> Self {{ Self {{ recorded: Some(recorded) }} }}\n}}\n"
        ));
    }
}

fn in_oneof(field: &FieldDescriptorProto) -> bool {
    field.oneof_index.is_some() && !field.proto3_optional() && field.r#type() == Type::Message
}

fn oneof_path(path: &str, message: &DescriptorProto, oneof: &str) -> String {
    let module = path.rsplit_once("::").expect("a path of several parts").0;
    format!("{module}::{}::{}", snake(message.name()), camel(oneof))
}

fn camel(snake: &str) -> String {
    snake
        .split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
                .unwrap_or_default()
        })
        .collect()
}

fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
