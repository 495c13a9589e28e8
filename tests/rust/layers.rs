//! Checks the map in `src/lib.rs`: files use only their own layer and those below it, and no files use each other in a circle.
//!
//! Why: files that use each other in a circle can only be read together. How: reads the `crate::` and `super::` paths in each
//! file, without its tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The layers, lowest first: one line each, with the folders and files (`rooms`) in it. Rooms of the same line do not use each other.
const LAYERS: [&[&str]; 8] = [
    &["contract", "platform"],
    &["primitives"],
    &["value"],
    &["policy"],
    &["format"],
    &["operation"],
    &["audit"],
    &["native", "wasm"],
];

type Uses = BTreeMap<String, BTreeSet<String>>;

fn layer(file: &str) -> usize {
    let room = file.split('/').next().expect("a first part");
    LAYERS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("{file} is in no layer"))
}

/// Finds all files: their names without `.rs` and `/mod.rs`, and their code.
fn files(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let full = format!("{prefix}{name}");
        if path.is_dir() {
            files(&path, &format!("{full}/"), found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" && full != "lib" {
            let text = fs::read_to_string(&path).expect("text");
            let code = text.split("mod tests").next().unwrap_or_default();
            let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.insert(full.strip_suffix("/mod").unwrap_or(&full).to_owned(), code.join("\n"));
        }
    }
}

/// Returns the file that a path leads to: the longest beginning of the path that is a file.
fn target(path: &str, files: &BTreeMap<String, String>) -> Option<String> {
    let mut name = path.replace("::", "/");
    loop {
        if files.contains_key(&name) {
            return Some(name);
        }
        name.truncate(name.rfind('/')?);
    }
}

fn uses(files: &BTreeMap<String, String>) -> Uses {
    let mut uses = Uses::new();
    for (file, code) in files {
        let targets = uses.entry(file.clone()).or_default();
        let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}::"));
        for (prefix, base) in [("crate::", String::new()), (" super::", folder)] {
            for rest in code.split(prefix).skip(1) {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
                let path = &rest[..end];
                // `crate::room::{a, b}` names several.
                let names = match rest[end..].strip_prefix('{').and_then(|list| list.split('}').next()) {
                    Some(list) => list.split(',').map(|name| format!("{base}{path}{}", name.trim())).collect(),
                    None => vec![format!("{base}{path}")],
                };
                targets.extend(names.iter().filter_map(|path| target(path, files)).filter(|other| other != file));
            }
        }
    }
    uses
}

/// Visits all files that `file` uses, directly or not. Fails if one of them uses a file that is still being visited.
fn walk<'u>(file: &'u str, uses: &'u Uses, inside: &mut Vec<&'u str>, done: &mut BTreeSet<&'u str>) {
    assert!(!inside.contains(&file), "a circle: {} → {file}", inside.join(" → "));
    if done.contains(file) {
        return;
    }
    inside.push(file);
    for other in &uses[file] {
        walk(other, uses, inside, done);
    }
    inside.pop();
    done.insert(file);
}

#[test]
fn files_use_only_their_own_layer_and_those_below() {
    let mut found = BTreeMap::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
    let uses = uses(&found);
    assert!(found.len() > 40 && uses.values().map(BTreeSet::len).sum::<usize>() > 200, "the files were read");
    for (file, used) in &uses {
        for other in used {
            let sideways = file.split('/').next() != other.split('/').next() && layer(file) == layer(other);
            assert!(layer(other) <= layer(file) && !sideways, "{file} uses {other}, which is not below it");
        }
    }
    let mut done = BTreeSet::new();
    for file in uses.keys() {
        walk(file, &uses, &mut Vec::new(), &mut done);
    }
}
