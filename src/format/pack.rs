//! The context pack: what it is called, and which sources it must have items from.

use serde::{Deserialize, Serialize};

use crate::platform::normal;
use crate::primitives::leaves::{Ids, joined};
use crate::primitives::object::{Object, array, strings};
use crate::primitives::shown::shown;
use crate::primitives::string::quoted;
use crate::primitives::text::{concat, decimal};
use crate::value::check::{Check, Need};
use crate::value::measure::{MemberKind, Members};
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::At;

/// A context pack, without its items. Other members that a host keeps with it are not part of a snapshot.
///
/// ```
/// # use context_snapshot::*;
/// let pack = Pack {
///     pack_key: "shop.docs".into(),
///     version: "2026.3".into(),
///     title: "Shop docs".into(),
///     sources: Some(vec![Source {
///         kind: "contract".into(),
///         key: "contracts.api".into(),
///         required: Some(true),
///         ..Source::default()
///     }]),
///     ..Pack::default()
/// };
/// let context = Context { actor: Some(Actor::Admin), pack: Some(pack), ..Context::default() };
/// let input = Input { pack_key: "shop.docs".into(), ..Input::default() };
/// let problem = snapshot_pack(&input, &context).unwrap_err();
/// assert_eq!(problem.issues()[0].message, "Required source has no item: contract contracts.api");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pack {
    /// Not empty.
    pub pack_key: String,
    /// May be empty.
    pub version: String,
    /// May be empty.
    pub title: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<String>>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Where its items come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<Source>>,
}

/// A source of a pack's items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `kind` of its items; not empty.
    pub kind: String,
    /// `sourceKey` of its items; not empty.
    pub key: String,
    /// `sourceVersion` of its items, where it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether a snapshot needs an item of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Names of the members, in the order of the contract.
pub(crate) const MEMBERS: [&str; 7] = ["packKey", "version", "title", "description", "owners", "tags", "sources"];

/// What a source is measured by.
const SOURCE: Members = &[
    ("kind", MemberKind::Text),
    ("key", MemberKind::Text),
    ("version", MemberKind::Text),
    ("required", MemberKind::Flag),
    ("description", MemberKind::Text),
];

/// What a pack is measured by.
pub(crate) const MEASURED: Members = &[
    ("packKey", MemberKind::Text),
    ("version", MemberKind::Text),
    ("title", MemberKind::Text),
    ("description", MemberKind::Text),
    ("owners", MemberKind::Texts),
    ("tags", MemberKind::Texts),
    ("sources", MemberKind::Each(SOURCE)),
];

/// Reads the names by which a pack is looked up.
#[cfg_attr(small, optimize(size))]
pub(crate) fn read_name(check: &mut Check, [key, version]: [At; 2]) -> (Option<String>, Option<String>) {
    (check.non_empty("packKey", key, Need::Required), check.string("version", version, Need::Required))
}

/// Reads the other members; `pack` has its names already.
#[cfg_attr(small, optimize(size))]
pub(crate) fn read_rest(check: &mut Check, [title, description, owners, tags, sources]: [At; 5], pack: &mut Pack) {
    pack.title = check.string("title", title, Need::Required).unwrap_or_default();
    pack.description = check.string("description", description, Need::Optional);
    let string = |check: &mut Check, position: &str, at| check.string(position, at, Need::Required);
    pack.owners = check.array("owners", owners, string);
    pack.tags = check.array("tags", tags, string);
    pack.sources = check.array("sources", sources, |check, position, at| {
        check.member(position, |check| {
            let (members, others) = check.object(at, ["kind", "key", "version", "required", "description"])?;
            let [kind, key, version, required, description] = members;
            let source = Source {
                kind: check.non_empty("kind", kind, Need::Required).unwrap_or_default(),
                key: check.non_empty("key", key, Need::Required).unwrap_or_default(),
                version: check.string("version", version, Need::Optional),
                required: check.boolean("required", required, Need::Optional),
                description: check.string("description", description, Need::Optional),
            };
            check.unknown(others);
            Some(source)
        })
    });
}

/// Reads all members; what is wrong has its issue, and nothing in its place.
#[cfg_attr(small, optimize(size))]
pub(crate) fn read(check: &mut Check, at: At) -> Option<Pack> {
    let ([key, version, title, description, owners, tags, sources], others) = check.object(at, MEMBERS)?;
    let (pack_key, version) = read_name(check, [key, version]);
    let mut pack =
        Pack { pack_key: pack_key.unwrap_or_default(), version: version.unwrap_or_default(), ..Pack::default() };
    read_rest(check, [title, description, owners, tags, sources], &mut pack);
    check.unknown(others);
    Some(pack)
}

impl Pack {
    /// The manifest's `pack` (`docs/FORMAT.md` section 3).
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        for name in ["description", "owners", "packKey", "sources", "tags", "title", "version"] {
            if let Some(json) = self.member(name) {
                object.member(name).extend_from_slice(&json);
            }
        }
        object.end();
    }

    pub(crate) fn sources(&self) -> &[Source] {
        self.sources.as_deref().unwrap_or_default()
    }

    /// Canonical JSON of a member.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn member(&self, name: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        match name {
            "packKey" => quoted(&mut out, &self.pack_key),
            "version" => quoted(&mut out, &self.version),
            "title" => quoted(&mut out, &self.title),
            "description" => quoted(&mut out, self.description.as_ref()?),
            "owners" => strings(&mut out, self.owners.as_ref()?),
            "tags" => strings(&mut out, self.tags.as_ref()?),
            "sources" => array(&mut out, self.sources.as_ref()?, |out, source| source.write(out)),
            _ => return None,
        }
        Some(out)
    }

    /// Names of the members in which two packs differ, in the order of the contract.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for name in MEMBERS {
            if self.member(name) != other.member(name) {
                names.push(name);
            }
        }
        names
    }
}

impl Source {
    fn write(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.optional("description", self.description.as_deref());
        object.string("key", &self.key);
        object.string("kind", &self.kind);
        if let Some(required) = self.required {
            object.member("required").extend_from_slice(if required { b"true" } else { b"false" });
        }
        object.optional("version", self.version.as_deref());
        object.end();
    }
}

/// What a source asks for.
#[cfg_attr(small, optimize(size))]
fn wanted_name(kind: &str, key: &str, version: Option<&str>) -> String {
    let mut names = vec![kind, key];
    names.extend(version);
    joined(&names)
}

/// The required sources, and which of them no item has come from yet.
///
/// Sources that ask for the same are one here, so that an item costs the logarithm of their number, however they repeat.
#[derive(Debug)]
pub(crate) struct Missing {
    /// What is asked for (kind and key of an item, and its version if a source names one), and what nearly is that.
    wanted: Ids,
    /// By number of what is asked for.
    missing: Vec<bool>,
    left: usize,
    /// By number of what nearly is that: what was found of it first.
    found: Vec<Option<String>>,
    /// Whether a name of one has letters that Unicode may have in more than one form.
    has_letters: bool,
}

/// How something nearly is a source: it has another version, another kind, or its names in another Unicode normalization.
#[derive(Clone, Copy)]
enum Near {
    Version,
    Kind,
    Normal,
}

/// The name of what nearly is the source of that kind and key.
#[inline(never)]
#[cfg_attr(small, optimize(size))]
fn near_name(near: Near, kind: &str, key: &str) -> String {
    match near {
        // Behind an empty name, which no kind is.
        Near::Version => joined(&["", "v", kind, key]),
        Near::Kind => joined(&["", "k", key]),
        Near::Normal => joined(&["", "n", &decimal(normal(&joined(&[kind, key])))]),
    }
}

fn is_ascii(kind: &str, key: &str) -> bool {
    kind.bytes().chain(key.bytes()).all(|byte| byte < 0x80)
}

impl Missing {
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn of(sources: &[Source]) -> Self {
        let mut wanted = Ids::default();
        let mut missing = Vec::new();
        let mut left = 0;
        let mut has_letters = false;
        for Source { kind, key, version, .. } in sources.iter().filter(|source| source.required == Some(true)) {
            if wanted.enter(&wanted_name(kind, key, version.as_deref())).is_err() {
                continue;
            }
            missing.resize(wanted.len(), true);
            left += 1;
            has_letters |= !is_ascii(kind, key);
            for near in [Near::Version, Near::Kind, Near::Normal] {
                // Of another version than none there is none.
                if version.is_some() || !matches!(near, Near::Version) {
                    _ = wanted.enter(&near_name(near, kind, key));
                }
            }
            missing.resize(wanted.len(), false);
        }
        Self { found: vec![None; missing.len()], missing, left, wanted, has_letters }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Crosses off what an item of that kind, key and version satisfies: in logarithmic time.
    pub(crate) fn satisfy(&mut self, kind: &str, key: &str, version: Option<&str>) {
        self.cross_off(&joined(&[kind, key]));
        if let Some(version) = version {
            self.cross_off(&joined(&[kind, key, version]));
        }
        self.note(kind, key, version);
    }

    /// Notes what may explain that a source is missing: in logarithmic time, and only until none is.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn note(&mut self, kind: &str, key: &str, version: Option<&str>) {
        if self.is_empty() {
            return;
        }
        for near in [Near::Version, Near::Kind, Near::Normal] {
            // What is ASCII on both sides is the same or is not.
            if matches!(near, Near::Normal) && !self.has_letters && is_ascii(kind, key) {
                continue;
            }
            if let Some(number) = self.wanted.number(&near_name(near, kind, key))
                && self.found[number].is_none()
            {
                self.found[number] = Some(match (near, version) {
                    (Near::Version, Some(version)) => concat(&["version ", &shown(version)]),
                    (Near::Version, None) => "no version".to_owned(),
                    _ => concat(&["kind ", &shown(kind)]),
                });
            }
        }
    }

    /// Why a source may be missing, if something was found that nearly is it.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn hint(&self, kind: &str, key: &str) -> String {
        for near in [Near::Version, Near::Kind, Near::Normal] {
            let Some(found) = self.wanted.number(&near_name(near, kind, key)).and_then(|at| self.found[at].as_deref())
            else {
                continue;
            };
            return match near {
                Near::Version => concat(&["; an item of this kind and key has ", found]),
                Near::Kind => concat(&["; an item of this key has ", found]),
                Near::Normal => "; an item has this kind and key in another Unicode normalization".to_owned(),
            };
        }
        String::new()
    }

    fn cross_off(&mut self, wanted: &str) {
        if let Some(number) = self.wanted.number(wanted)
            && std::mem::replace(&mut self.missing[number], false)
        {
            self.left -= 1;
        }
    }

    /// An issue for each source that is left, in the order of the pack; evidence if there is none.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn report(&self, sources: &[Source], issues: &mut Issues) -> Option<SourcesMet> {
        let sources = sources.iter().enumerate();
        for (position, source) in sources.filter(|(_, source)| source.required == Some(true)) {
            let Source { kind, key, version, .. } = source;
            if self
                .wanted
                .number(&wanted_name(kind, key, version.as_deref()))
                .is_some_and(|number| !self.missing[number])
            {
                continue;
            }
            let version = version.as_ref().map(|version| concat(&["@", &shown(version)])).unwrap_or_default();
            issues.push(
                &Path::of(&["pack", "sources", &decimal(position as u64)]),
                IssueCode::MissingSource,
                concat(&[
                    "Required source has no item: ",
                    &shown(kind),
                    " ",
                    &shown(key),
                    &version,
                    &self.hint(kind, key),
                ]),
            );
        }
        self.is_empty().then_some(SourcesMet(()))
    }
}

/// Each required source has an item.
#[derive(Debug)]
pub(crate) struct SourcesMet(());
