//! Verification of chains: lists of records, the oldest first, in which the parent of each record is the seal of the one
//! before it (F11-19, ERRORS 8.2).
//!
//! Why the links are checked last: records in a wrong order are one mistake, and are reported as one. Whether there is a
//! right order is only known when all records have been read. How: for each record, the computed seal and the parent are
//! kept (64 bytes). A table of seals finds the order in `n log n` comparisons.

use crate::audit::trust;
use crate::format::record;
use crate::operation::host;
use crate::operation::host::{Next, Stream};
use crate::primitives::leaves::Ids;
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::{concat, decimal};
use crate::value::check::{Check, NoUnknownMembers};
use crate::value::evidence::{AllRead, Anchor, Comparable as _, Equal, Part, Seal, Verdict};
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::{At, NOWHERE, Tape, Value};

/// A source of records.
pub(crate) trait Records: Stream {
    /// Writes the tuple `[expect, unknown names]`, or the value found instead of options. Options may be absent.
    fn options(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
}

/// Evidence that a chain is valid.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence that the comparisons were made")]
struct Evidence {
    read: AllRead,
    no_others: NoUnknownMembers,
    /// One for each record.
    records: Vec<record::Evidence>,
    /// One for each record except the first: its parent equals the previous seal.
    links: Vec<Equal<Seal>>,
    trusted: Part<Equal<Seal>>,
}

impl Evidence {
    /// Makes the evidence for a chain of `length` records, if there is evidence of every record and of every link.
    fn of(
        length: usize,
        read: Option<AllRead>,
        no_others: Option<NoUnknownMembers>,
        records: Vec<record::Evidence>,
        links: Vec<Equal<Seal>>,
        trusted: Option<Part<Equal<Seal>>>,
    ) -> Option<Self> {
        if length == 0 || records.len() != length || links.len() + 1 != length {
            return None;
        }
        Some(Self { read: read?, no_others: no_others?, records, links, trusted: trusted? })
    }
}

/// The part of a record that links it to others.
struct Link {
    seal: Option<Seal>,
    parent: Option<Seal>,
}

/// Verifies a chain, the oldest record first; also returns the number of records that were read (E8-1).
pub(crate) fn verify<S: Records>(stream: &mut S, tape: &mut Tape) -> Result<(Verdict, usize), S::Error> {
    let mut issues = Issues::default();
    stream.options(tape)?;
    let (trusted, no_others) = read_options(&mut Check::new(tape, &mut issues, Path::default()));

    let mut links: Vec<Link> = Vec::new();
    let mut records = Vec::new();
    let mut read = None;
    if host::open(stream, tape, "records", &mut issues)? {
        loop {
            if issues.is_full() {
                stream.close()?;
                break;
            }
            let has_more = stream.next(tape)? != Next::End;
            read = AllRead::at_end(has_more);
            if !has_more {
                break;
            }
            let mut check = Check::new(tape, &mut issues, Path::element("records", links.len()));
            let checked = record::check(&mut check, At(0)); // E8.2-2
            records.extend(checked.evidence);
            let parent = checked.record.as_ref().and_then(|(record, _)| record.provenance.parent.map(Seal));
            links.push(Link { seal: checked.record.map(|(_, seal)| seal), parent });
        }
        if links.is_empty() && read.is_some() {
            let message = "Too small: expected iterable to have >=1 items";
            issues.push(&Path::of(&["records"]), IssueCode::TooSmall, message.to_owned());
        }
    }

    // If reading stopped early, the newest record is not known.
    let (linked, newest) = if issues.is_full() { (Vec::new(), None) } else { check_links(&links, &mut issues) };
    let trusted = match trusted {
        Some(Trusted::NotGiven(part)) => Some(part),
        Some(Trusted::Given(seal)) => {
            let mut check = Check::new(tape, &mut issues, Path::of(&["expect"]));
            check.compare("seal", seal, newest).map(Part::Compared) // E8.2-4
        }
        None => None,
    };
    let anchor = if matches!(trusted, Some(Part::Compared(_))) { Anchor::Seal } else { Anchor::None };
    let evidence = Evidence::of(links.len(), read, no_others, records, linked, trusted);
    Ok((Verdict::of("the chain", evidence.as_ref(), issues, anchor), links.len()))
}

/// A trusted seal, or evidence that none was given.
enum Trusted {
    NotGiven(Part<Equal<Seal>>),
    Given(Seal),
}

/// Reads the options on the tape (E8.2-1): the trusted seal, if it is well-formed, and evidence that there are no unknown
/// members.
fn read_options(check: &mut Check) -> (Option<Trusted>, Option<NoUnknownMembers>) {
    let (expect, others) = match check.tape.value(At(0)) {
        Value::Absent => (NOWHERE, NOWHERE),
        Value::Tuple(first) => {
            let [expect, others] = check.tape.slots(first);
            (expect, others)
        }
        _ => {
            check.member("options", |check| check.wrong("object", At(0)));
            return (None, None);
        }
    };
    let no_others = check.unknown_names(others, |name| match name {
        "hash" | "seal" => ". Did you mean expect.seal?",
        "expected" => ". Did you mean expect?",
        _ => "",
    });
    if let Some(part) = Part::not_given(check.tape, expect) {
        return (Some(Trusted::NotGiven(part)), no_others);
    }
    let seal = check.member("expect", |check| trust::read_seal(check, expect));
    (seal.map(|seal| Trusted::Given(Seal(seal))), no_others)
}

/// Compares each parent with the previous seal (E8.2-3); returns the links that hold, and the seal of the newest record.
fn check_links(links: &[Link], issues: &mut Issues) -> (Vec<Equal<Seal>>, Option<Seal>) {
    let newest = links.last().and_then(|link| link.seal);
    let mut held = Vec::new();
    let mut broken = Vec::new();
    for (at, pair) in links.windows(2).enumerate() {
        if let (Some(before), Some(_)) = (pair[0].seal, pair[1].seal) {
            match pair[1].parent.and_then(|parent| Equal::of(before, parent)) {
                Some(equal) => held.push(equal),
                None => broken.push(at + 1),
            }
        }
    }
    if broken.is_empty() {
        return (held, newest);
    }
    if let Some(order) = find_order(links) {
        let mut positions = String::new();
        for &at in &order {
            if !positions.is_empty() {
                positions.push_str(", ");
            }
            positions.push_str(&decimal(at as u64));
        }
        // E8-11
        let message = concat(&["Records out of order: expected ", &sanitize(&positions)]);
        issues.push(&Path::of(&["records"]), IssueCode::Order, message);
        return (Vec::new(), order.last().and_then(|&last| links[last].seal));
    }
    let in_message = |seal: Option<Seal>| seal.map_or_else(|| "nothing".to_owned(), Seal::in_message);
    for at in broken {
        let path = ["records", &decimal(at as u64), "metadata", "$snapshot", "parent"];
        issues.mismatch(&Path::of(&path), &in_message(links[at - 1].seal), &in_message(links[at].parent));
    }
    (held, newest)
}

/// Finds the only order in which each parent is the previous seal; returns `None` if there is none.
fn find_order(links: &[Link]) -> Option<Vec<usize>> {
    // The number of a seal is the position of its record, because no seal occurs twice.
    let mut seals = Ids::default();
    let mut order = Vec::new();
    fill_order(links, &mut seals, &mut order).then_some(order)
}

#[inline(never)]
fn fill_order(links: &[Link], seals: &mut Ids, order: &mut Vec<usize>) -> bool {
    for link in links {
        let Some(Seal(seal)) = link.seal else { return false };
        if seals.enter(&seal.text()).is_err() {
            return false;
        }
    }
    // `next[n]` is the record that follows record n; the last entry is the record that follows none of them. If two records
    // follow the same one, only the last of them is in `next`, and the order remains incomplete.
    let none = links.len();
    let mut next = vec![none; none + 1];
    for (at, link) in links.iter().enumerate() {
        let before = link.parent.and_then(|parent| seals.number(&parent.0.text()));
        next[before.unwrap_or(none)] = at;
    }
    // Each record has one parent, so the loop meets no record twice.
    let mut at = next[none];
    while at != none {
        order.push(at);
        at = next[at];
    }
    order.len() == none
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::format::pack::Pack;
    use crate::native::{Context, Input, snapshot_pack, tape_of};
    use crate::primitives::digest::Digest;
    use crate::value::tape::{ABSENT, ARRAY, NULL, TUPLE};

    /// Makes evidence of `records` records and of `links` equal seals.
    fn held(records: usize, links: usize) -> (Vec<record::Evidence>, Vec<Equal<Seal>>) {
        let context = Context {
            actor: Some("admin".into()),
            pack: Some(Pack { pack_key: "p".into(), ..Pack::default() }),
            ..Context::default()
        };
        let input = Input { pack_key: "p".into(), ..Input::default() };
        let tape = tape_of(&json!(snapshot_pack(&input, &context).expect("a snapshot").record));
        let record = |_| {
            let mut issues = Issues::default();
            record::check(&mut Check::new(&tape, &mut issues, Path::default()), At(0)).evidence.expect("a valid record")
        };
        let seal = Seal(Digest::of(b"a seal"));
        ((0..records).map(record).collect(), (0..links).map(|_| Equal::of(seal, seal).expect("equal")).collect())
    }

    /// Tries to make evidence of a chain without options.
    fn evidence(length: usize, records: usize, links: usize) -> Option<Evidence> {
        let mut tape = Tape::default();
        tape.mark(ABSENT);
        let mut issues = Issues::default();
        let (trusted, no_others) = read_options(&mut Check::new(&tape, &mut issues, Path::default()));
        let Some(Trusted::NotGiven(trusted)) = trusted else { panic!("nothing is trusted") };
        let (records, links) = held(records, links);
        Evidence::of(length, AllRead::at_end(false), no_others, records, links, Some(trusted))
    }

    #[test]
    fn a_chain_needs_evidence_of_each_record_and_of_each_link() {
        for length in 0..4 {
            for records in 0..4 {
                for links in 0..4 {
                    let is_complete = length > 0 && records == length && links + 1 == length;
                    let found = evidence(length, records, links);
                    assert_eq!(found.is_some(), is_complete, "{length} records, {records} valid, {links} links");
                }
            }
        }
    }

    /// Reads the options that `write` writes; returns whether they are valid, and all messages.
    fn about_options(write: impl FnOnce(&mut Tape)) -> (bool, Vec<String>) {
        let mut tape = Tape::default();
        write(&mut tape);
        let mut issues = Issues::default();
        let (trusted, no_others) = read_options(&mut Check::new(&tape, &mut issues, Path::default()));
        let messages = issues.into_vec().into_iter().map(|issue| format!("{} {}", issue.path, issue.message));
        (trusted.is_some() && no_others.is_some(), messages.collect())
    }

    #[test]
    fn an_unknown_option_is_refused_and_the_message_suggests_a_known_one() {
        let names = ["hash", "seal", "expected", "limits"];
        let found = about_options(|tape| {
            tape.container(TUPLE, 2, |tape| {
                tape.mark(ABSENT);
                tape.container(ARRAY, 4, |tape| names.iter().for_each(|name| tape.string(name)));
            });
        });
        let messages = [
            "hash Unknown member: hash. Did you mean expect.seal?",
            "seal Unknown member: seal. Did you mean expect.seal?",
            "expected Unknown member: expected. Did you mean expect?",
            "limits Unknown member: limits",
        ];
        assert_eq!(found, (false, messages.map(str::to_owned).to_vec()));
        let found = about_options(|tape| {
            tape.container(TUPLE, 2, |tape| {
                tape.mark(ABSENT);
                tape.container(ARRAY, 0, |_| ());
            });
        });
        assert_eq!(found, (true, vec![]));
    }

    #[test]
    fn options_that_are_not_an_object_are_refused() {
        let found = about_options(|tape| tape.mark(NULL));
        assert_eq!(found, (false, vec!["options Invalid input: expected object, received null".to_owned()]));
    }

    #[test]
    fn a_trusted_seal_that_is_empty_or_has_other_members_beside_it_is_refused() {
        let message = "expect Missing: expected a seal to compare with".to_owned();
        let seal = Digest::of(b"a seal").text();
        let unknown = "expect.hash Unknown member: hash".to_owned();
        for (seal, others, expected) in [
            ("", None, (false, vec![message.clone()])),
            ("", Some("hash"), (false, vec![message, unknown.clone()])),
            (&*seal, Some("hash"), (true, vec![unknown])),
            (&*seal, None, (true, vec![])),
        ] {
            let found = about_options(|tape| {
                tape.container(TUPLE, 2, |tape| {
                    tape.container(TUPLE, 2, |tape| {
                        tape.string(seal);
                        tape.container(ARRAY, usize::from(others.is_some()), |tape| {
                            others.iter().for_each(|name| tape.string(name));
                        });
                    });
                    tape.mark(ABSENT);
                });
            });
            assert_eq!(found, expected);
        }
    }
}
