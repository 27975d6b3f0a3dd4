//! Writes what crosses to the pages as TypeScript, and holds the written files against the code.
//! `ALBUMEN_BLESS=1 cargo test -p albumen-app bindings` writes them anew.

use std::{fs, path::Path};

use ts_rs::{Config, TS};

use crate::{
    AppError, commands,
    doctor::{Check, Finding},
    views::*,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/backend/generated");
const HEAD: &str =
    "// Written by `ALBUMEN_BLESS=1 cargo test -p albumen-app bindings` from core/app.\n";
const COLUMNS_MAX: usize = 100;

macro_rules! declarations {
    ($config:expr; $($type:ty)*) => {
        vec![$((<$type>::name($config), <$type>::decl($config)),)*]
    };
}

/// Name and declaration of every type, in the order of the contract.
fn declared(config: &Config) -> Vec<(String, String)> {
    everyday(config).into_iter().chain(administration(config)).collect()
}

/// What everybody's pages show.
fn everyday(config: &Config) -> Vec<(String, String)> {
    declarations! { config;
        Locale Phase Os SecretStore AppError AppState Role ProfileKind ProfileView ServerView
        FolderPreview SubfolderPreview SpaceView AlbumView AlbumTarget MappingPreview AlbumPreview
        RejectedFile MappingState MappingView IgnoreRulesView IgnoreVerdict
        TransferPhase TransferView SyncOverview ProblemView
        ActivityKind ActivityView TakenAtSource SyncState PhotoView RevocationKind CopiesView
        RevocationView DeviceView RevocationReceipt RotationView AuditEntryView AuditVerdict
        PairingState QrView PairingOffer PendingDevice PairingView LinkView JoinView JoinStep
        AppEvent Check Finding
    }
}

/// Libraries, policies and people.
fn administration(config: &Config) -> Vec<(String, String)> {
    declarations! { config;
        LibraryView NamedSpace LibraryRemoval WhoView PolicyView DeleteGuardView
        OpenIdPage OpenIdStep IdentityView WaysIn PersonState PersonView PersonChange InvitationView
        InvitedView RegistrationView
        SecondFactorView SecondFactorSecret RecoveryCodes
    }
}

fn types_ts(config: &Config) -> String {
    let about = "// The values that cross between the pages and the program.\n";
    let body = laid_out(&everyday(config));
    let imports = imports(&body, &administration(config), "./administration");
    format!("{HEAD}{about}{imports}\nexport * from './administration'\n{body}")
}

fn administration_ts(config: &Config) -> String {
    let about = "// The values of libraries, policies and people.\n";
    let body = laid_out(&administration(config));
    format!("{HEAD}{about}{}{body}", imports(&body, &everyday(config), "./types"))
}

fn laid_out(declared: &[(String, String)]) -> String {
    declared.iter().map(|(_, declaration)| format!("\n{}", lay_out(&plain(declaration)))).collect()
}

/// An import of those types that a text names; nothing if it names none.
fn imports(body: &str, types: &[(String, String)], from: &str) -> String {
    let mut used: Vec<&str> = types.iter().map(|(name, _)| name.as_str()).collect();
    used.retain(|name| mentions(body, name));
    used.sort_unstable();
    let one = format!("import type {{ {} }} from '{from}'\n", used.join(", "));
    match (used.is_empty(), one.len() <= COLUMNS_MAX) {
        (true, _) => String::new(),
        (false, true) => one,
        (false, false) => {
            let lines: String = used.iter().map(|name| format!("  {name},\n")).collect();
            format!("import type {{\n{lines}}} from '{from}'\n")
        }
    }
}

fn commands_ts(config: &Config) -> String {
    let commands = commands::describe(config);
    let mut body = String::from("export interface Commands {\n");
    for [name, args, result] in &commands {
        let (args, result) = (members(args), plain(result));
        body.push_str(&format!("  {name}: {{ args: {args}; result: {result} }}\n"));
    }
    body.push_str("}\n\nexport interface BytesCommands {\n");
    for name in commands::BYTES_COMMANDS {
        body.push_str(&format!("  {name}: {{ args: {{}}; result: ArrayBuffer }}\n"));
    }
    body.push_str("}\n");
    let imports = imports(&body, &declared(config), "./types");
    let about = "// Every command of the program: what it takes and what it answers.\n";
    format!("{HEAD}{about}{imports}\n{body}")
}

/// Whether a text names a type.
fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name)
}

/// Arguments as members of an object type; none where a command takes nothing.
fn members(args: &str) -> String {
    let plain = plain(args);
    if !plain.contains(':') {
        return "{}".to_owned();
    }
    inline(&plain)
}

/// Members of objects parted by semicolons; the comma inside angle brackets stays.
fn inline(text: &str) -> String {
    let text = text.replace(", }", " }");
    let mut parts = split_members(&text).into_iter();
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |all, part| all + "; " + &part)
}

/// Splits at the commas that are not inside angle brackets.
fn split_members(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for piece in text.split_inclusive(", ") {
        depth += piece.matches('<').count();
        depth -= piece.matches('>').count();
        let ends = depth == 0 && piece.ends_with(", ");
        let last = parts.last_mut().expect("never empty");
        last.push_str(if ends { piece.trim_end_matches(", ") } else { piece });
        if ends {
            parts.push(String::new());
        }
    }
    parts
}

/// A declaration without comments, on one line, quotes as the pages write them.
fn plain(declaration: &str) -> String {
    let mut rest = declaration;
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("/**") {
        text.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, tail)| tail);
    }
    text.push_str(rest);
    let text = text.replace('"', "'").split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace("{ 'kind':", "{ kind:").replace("{ 'type':", "{ type:");
    short_arrays(&text.replace("{ [key in string]: string }", "Record<string, string>"))
}

/// `X[]` for `Array<X>`, which is how the pages write it.
fn short_arrays(text: &str) -> String {
    let Some((before, after)) = text.split_once("Array<") else { return text.to_owned() };
    let (inner, rest) = after.split_once('>').expect("the bracket is closed");
    format!("{before}{inner}[]{}", short_arrays(rest))
}

/// Breaks a long declaration: one member, or one alternative, a line.
fn lay_out(declaration: &str) -> String {
    let text = format!("export {}", declaration.trim_end_matches(';')).replace(", }", " }");
    if text.chars().count() <= COLUMNS_MAX {
        return inline(&text) + "\n";
    }
    let (head, body) = text.split_once(" = ").expect("a declaration has a right side");
    if let Some(object) = body.strip_prefix("{ ").and_then(|b| b.strip_suffix(" }"))
        && !body.contains("} |")
    {
        let lines: String =
            split_members(object).iter().map(|member| format!("  {member}\n")).collect();
        return format!("{head} = {{\n{lines}}}\n");
    }
    let lines: String = body.split(" | ").map(|one| format!("\n  | {}", inline(one))).collect();
    format!("{head} ={lines}\n")
}

fn check(name: &str, wanted: &str) {
    let path = Path::new(FOLDER).join(name);
    if std::env::var_os("ALBUMEN_BLESS").is_some() {
        fs::write(&path, wanted).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == wanted,
        "{name} is stale: ALBUMEN_BLESS=1 cargo test -p albumen-app bindings"
    );
}

#[test]
fn bindings_are_what_the_code_says() {
    let config = Config::new().with_large_int("number");
    check("types.ts", &types_ts(&config));
    check("administration.ts", &administration_ts(&config));
    check("commands.ts", &commands_ts(&config));
}

#[test]
fn bindings_name_every_type_a_command_uses() {
    let config = Config::new().with_large_int("number");
    let types = types_ts(&config) + &administration_ts(&config);
    for [name, args, result] in commands::describe(&config) {
        for word in [args, result].iter().flat_map(|t| t.split(|c: char| !c.is_alphanumeric())) {
            let is_type = word.starts_with(char::is_uppercase) && word != "Array";
            let known = types.contains(&format!("export type {word} ="));
            assert!(!is_type || known || word == "Record", "{name}: {word}");
        }
    }
}
