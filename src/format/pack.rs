//! Context packs: their members in the manifest (FORMAT 3), and the check that each required source has an item (F3-5).
//!
//! Why required sources have a table of their own: an item must cost logarithmic time, however many sources there are.
//! How: [`RequiredSources`] gives each distinct source a number and crosses it off when its first item arrives.

use serde::{Deserialize, Serialize};

use crate::platform::nfc_hash;
use crate::primitives::leaves::{Ids, composite_key};
use crate::primitives::object::{Object, array, strings};
use crate::primitives::sanitize::sanitize;
use crate::primitives::string::quoted;
use crate::primitives::text::{concat, decimal};
use crate::value::canonical_size::{MemberKind, Members};
use crate::value::check::{Check, Need};
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::At;

/// A context pack without its items (FORMAT 3). Other members that a host stores with a pack are not part of a snapshot.
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
    /// Identifies the pack; not empty.
    pub pack_key: String,
    /// Version of the pack; may be empty.
    pub version: String,
    /// Title for people; may be empty.
    pub title: String,
    /// What the pack is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who is responsible for the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<String>>,
    /// Words to search for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Where the items come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<Source>>,
}

/// A source of a pack's items (FORMAT 3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The `kind` of the items; not empty.
    pub kind: String,
    /// The `sourceKey` of the items; not empty.
    pub key: String,
    /// The `sourceVersion` of the items; if it is `None`, any version will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// If true, a snapshot needs at least one item from this source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// What the source is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Members of a source (F3-3), in the order of issues (E5-2).
const MEASURED_SOURCE: Members = &[
    ("kind", MemberKind::Text),
    ("key", MemberKind::Text),
    ("version", MemberKind::Text),
    ("required", MemberKind::Flag),
    ("description", MemberKind::Text),
];
const SOURCE_MEMBERS: [&str; 5] = super::names(MEASURED_SOURCE);

/// Members of a pack (F3-2), in the order of issues (E5-2).
pub(crate) const MEASURED: Members = &[
    ("packKey", MemberKind::Text),
    ("version", MemberKind::Text),
    ("title", MemberKind::Text),
    ("description", MemberKind::Text),
    ("owners", MemberKind::Texts),
    ("tags", MemberKind::Texts),
    ("sources", MemberKind::Each(MEASURED_SOURCE)),
];
/// Names of the members of a pack, in the same order.
pub(crate) const MEMBERS: [&str; 7] = super::names(MEASURED);

/// Reads `packKey` and `version`, by which a pack is looked up.
pub(crate) fn read_name(check: &mut Check, [key, version]: [At; 2]) -> (Option<String>, Option<String>) {
    (check.non_empty("packKey", key, Need::Required), check.string("version", version, Need::Required))
}

/// Reads all members except `packKey` and `version` into `pack`.
pub(crate) fn read_rest(check: &mut Check, [title, description, owners, tags, sources]: [At; 5], pack: &mut Pack) {
    pack.title = check.string("title", title, Need::Required).unwrap_or_default();
    pack.description = check.string("description", description, Need::Optional);
    let string = |check: &mut Check, position: &str, at| check.string(position, at, Need::Required);
    pack.owners = check.array("owners", owners, string);
    pack.tags = check.array("tags", tags, string);
    pack.sources = check.array("sources", sources, |check, position, at| {
        check.member(position, |check| {
            let (members, others) = check.object(at, SOURCE_MEMBERS)?;
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

/// Reads a whole pack. A member that is wrong gets an issue and is empty or absent in the result; unknown members of a
/// JSON object are reported, too (F11-16).
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
    /// Writes the manifest's `pack`: JCS of the members that are present (F3-2).
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        for name in ["description", "owners", "packKey", "sources", "tags", "title", "version"] {
            if let Some(json) = self.member(name) {
                object.member(name).extend_from_slice(&json);
            }
        }
        object.end();
    }

    /// Returns the sources; an absent list is empty.
    pub(crate) fn sources(&self) -> &[Source] {
        self.sources.as_deref().unwrap_or_default()
    }

    /// Returns the canonical JSON of a member, or `None` if it is absent.
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

    /// Returns the names of the members in which two packs differ, in the order of [`MEMBERS`].
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
    /// Writes JCS of a source (F3-3).
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

/// Joins the names that an item must have to be from a source: kind, key and, if the source has one, version (F3-5).
fn joined_names(kind: &str, key: &str, version: Option<&str>) -> String {
    let mut names = vec![kind, key];
    names.extend(version);
    composite_key(&names)
}

/// The required sources of a pack that still have no item.
///
/// Sources with the same names count once, so that the cost of an item does not depend on how often they repeat.
#[derive(Debug)]
pub(crate) struct RequiredSources {
    /// Names of the required sources, and the names that they share with near misses.
    names: Ids,
    /// For each name: true if it is a source without an item.
    missing: Vec<bool>,
    missing_count: usize,
    /// For each name: how the first near miss of that name differs, as messages show it.
    near_misses: Vec<Option<String>>,
    /// True if a kind or key is not ASCII, so that Unicode normalization may change it.
    has_non_ascii: bool,
}

/// How an item almost matches a required source, in the order in which messages explain it (E4-15).
#[derive(Clone, Copy)]
enum NearMiss {
    /// Same kind and key, another version.
    Version,
    /// Same key, another kind.
    Kind,
    /// Same kind and key after Unicode normalization (NFC).
    Normalization,
}

impl NearMiss {
    const ALL: [Self; 3] = [Self::Version, Self::Kind, Self::Normalization];

    /// Returns a name that a source shares with its near misses of this sort. It cannot be the name of a source, because it
    /// starts with an empty part, and no kind is empty.
    #[inline(never)]
    fn name(self, kind: &str, key: &str) -> String {
        match self {
            Self::Version => composite_key(&["", "v", kind, key]),
            Self::Kind => composite_key(&["", "k", key]),
            Self::Normalization => composite_key(&["", "n", &decimal(nfc_hash(&composite_key(&[kind, key])))]),
        }
    }
}

fn is_ascii(kind: &str, key: &str) -> bool {
    kind.bytes().chain(key.bytes()).all(|byte| byte < 0x80)
}

impl RequiredSources {
    /// Collects the sources with `required: true`; none of them has an item yet.
    #[inline(never)]
    pub(crate) fn of(sources: &[Source]) -> Self {
        let mut names = Ids::default();
        let mut missing = Vec::new();
        let mut missing_count = 0;
        let mut has_non_ascii = false;
        for Source { kind, key, version, .. } in sources.iter().filter(|source| source.required == Some(true)) {
            if names.enter(&joined_names(kind, key, version.as_deref())).is_err() {
                continue;
            }
            missing.resize(names.len(), true);
            missing_count += 1;
            has_non_ascii |= !is_ascii(kind, key);
            for near_miss in NearMiss::ALL {
                // A source without a version accepts every version.
                if version.is_some() || !matches!(near_miss, NearMiss::Version) {
                    _ = names.enter(&near_miss.name(kind, key));
                }
            }
            missing.resize(names.len(), false);
        }
        Self { near_misses: vec![None; missing.len()], missing, missing_count, names, has_non_ascii }
    }

    /// Returns true if every required source has an item.
    pub(crate) fn all_met(&self) -> bool {
        self.missing_count == 0
    }

    /// Crosses off the sources that an item is from (F3-5), in logarithmic time.
    pub(crate) fn satisfy(&mut self, kind: &str, key: &str, version: Option<&str>) {
        self.cross_off(&composite_key(&[kind, key]));
        if let Some(version) = version {
            self.cross_off(&composite_key(&[kind, key, version]));
        }
        self.note_near_misses(kind, key, version);
    }

    fn cross_off(&mut self, name: &str) {
        if let Some(number) = self.names.number(name)
            && std::mem::replace(&mut self.missing[number], false)
        {
            self.missing_count -= 1;
        }
    }

    /// Remembers, in logarithmic time, an item that almost matches a source. Does nothing once every source has an item.
    #[inline(never)]
    fn note_near_misses(&mut self, kind: &str, key: &str, version: Option<&str>) {
        if self.all_met() {
            return;
        }
        for near_miss in NearMiss::ALL {
            // Normalization does not change ASCII.
            if matches!(near_miss, NearMiss::Normalization) && !self.has_non_ascii && is_ascii(kind, key) {
                continue;
            }
            if let Some(number) = self.names.number(&near_miss.name(kind, key))
                && self.near_misses[number].is_none()
            {
                self.near_misses[number] = Some(match (near_miss, version) {
                    (NearMiss::Version, Some(version)) => concat(&["version ", &sanitize(version)]),
                    (NearMiss::Version, None) => "no version".to_owned(),
                    _ => concat(&["kind ", &sanitize(kind)]),
                });
            }
        }
    }

    /// Returns the end of the message for a missing source: how the closest item differs, if there is one (E4-15).
    #[inline(never)]
    fn hint(&self, kind: &str, key: &str) -> String {
        for near_miss in NearMiss::ALL {
            let number = self.names.number(&near_miss.name(kind, key));
            let Some(difference) = number.and_then(|number| self.near_misses[number].as_deref()) else {
                continue;
            };
            return match near_miss {
                NearMiss::Version => concat(&["; an item of this kind and key has ", difference]),
                NearMiss::Kind => concat(&["; an item of this key has ", difference]),
                NearMiss::Normalization => {
                    "; an item has this kind and key in another Unicode normalization".to_owned()
                }
            };
        }
        String::new()
    }

    /// Reports each required source without an item, in the order of the pack (E4-14, E5-4); returns evidence if there
    /// is none.
    pub(crate) fn report(&self, sources: &[Source], issues: &mut Issues) -> Option<SourcesMet> {
        let sources = sources.iter().enumerate();
        for (position, source) in sources.filter(|(_, source)| source.required == Some(true)) {
            let Source { kind, key, version, .. } = source;
            if self
                .names
                .number(&joined_names(kind, key, version.as_deref()))
                .is_some_and(|number| !self.missing[number])
            {
                continue;
            }
            let version = version.as_ref().map(|version| concat(&["@", &sanitize(version)])).unwrap_or_default();
            issues.push(
                &Path::of(&["pack", "sources", &decimal(position as u64)]),
                IssueCode::MissingSource,
                concat(&[
                    "Required source has no item: ",
                    &sanitize(kind),
                    " ",
                    &sanitize(key),
                    &version,
                    &self.hint(kind, key),
                ]),
            );
        }
        self.all_met().then_some(SourcesMet(()))
    }
}

/// Evidence that each required source has an item.
#[derive(Debug)]
pub(crate) struct SourcesMet(());
