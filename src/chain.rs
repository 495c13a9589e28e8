//! Verification of chains: records that follow each other, the oldest first (`docs/FORMAT.md` section 11,
//! `docs/ERRORS.md` section 8.2).
//!
//! Why the links come last: records that only stand in another order are one mistake, and told as one; that they do is
//! known when all have been read. How: of each record its computed seal and its parent are kept, 64 bytes. Links are
//! found in a table of seals, in `n log n` comparisons.

use crate::check::{Check, NoOthers};
use crate::evidence::{AllRead, Anchor, Equal, Kind as _, Part, Seal, Verdict};
use crate::leaves::Ids;
use crate::problem::{Issues, Path, decimal, text};
use crate::record;
use crate::snapshot::{self, Source};
use crate::tape::{At, NOWHERE, Tape, Value};
use crate::trust;
use crate::words::shown;

/// Where a chain comes from.
pub(crate) trait Records: Source {
    /// Writes the record `[expect, other names]`, or what is there instead of options; nothing is absent.
    fn options(&mut self, tape: &mut Tape) -> Result<(), Self::Error>;
}

/// What makes a chain right.
#[derive(Debug)]
#[expect(dead_code, reason = "evidence is there to have been made")]
struct Evidence {
    read: AllRead,
    others: NoOthers,
    /// One for each record.
    records: Vec<record::Evidence>,
    /// One for each record but the first: its parent is the seal before.
    links: Vec<Equal<Seal>>,
    trusted: Part<Equal<Seal>>,
}

/// A record of a chain: what links it.
struct Link {
    seal: Option<Seal>,
    parent: Option<Seal>,
}

/// Verifies records, the oldest first; returns how many were read, too.
#[cfg_attr(small, optimize(size))]
pub(crate) fn verify<S: Records>(source: &mut S, tape: &mut Tape) -> Result<(Verdict, usize), S::Error> {
    let mut issues = Issues::default();
    source.options(tape)?;
    let (trusted, others) = options(&mut Check::new(tape, &mut issues, Path::default()));

    let mut links: Vec<Link> = Vec::new();
    let mut records = Vec::new();
    let mut read = None;
    if snapshot::open(source, tape, "records", &mut issues)? {
        loop {
            if issues.is_full() {
                source.close()?;
                break;
            }
            let has_more = source.next(tape)?;
            read = AllRead::at_end(has_more);
            if !has_more {
                break;
            }
            let mut check = Check::new(tape, &mut issues, Path::element("records", links.len()));
            let checked = record::check(&mut check, At(0));
            records.extend(checked.evidence);
            let parent = checked.sealed.as_ref().and_then(|(record, _)| record.circumstances.parent.map(Seal));
            links.push(Link { seal: checked.sealed.map(|(_, seal)| seal), parent });
        }
        if links.is_empty() && read.is_some() {
            let message = "Too small: expected iterable to have >=1 items";
            issues.push(&Path::of(&["records"]), "too_small", message.to_owned());
        }
    }

    // Of a chain that was not read to its end, the newest record is not known.
    let (linked, newest) = if issues.is_full() { (Vec::new(), None) } else { compare(&links, &mut issues) };
    let trusted = match trusted {
        Some(Trusted::NotGiven(part)) => Some(part),
        Some(Trusted::Given(seal)) => {
            let mut check = Check::new(tape, &mut issues, Path::of(&["expect"]));
            check.same("seal", seal, newest).map(Part::Held)
        }
        None => None,
    };
    let anchor = if matches!(trusted, Some(Part::Held(_))) { Anchor::Seal } else { Anchor::None };
    let is_whole = !links.is_empty() && records.len() == links.len() && linked.len() + 1 == links.len();
    let evidence = match (read, others, trusted) {
        (Some(read), Some(others), Some(trusted)) if is_whole => {
            Some(Evidence { read, others, records, links: linked, trusted })
        }
        _ => None,
    };
    Ok((Verdict::of("the chain", evidence.as_ref(), issues, anchor), links.len()))
}

/// A trusted seal, or evidence that there is none.
enum Trusted {
    NotGiven(Part<Equal<Seal>>),
    Given(Seal),
}

/// Reads the options on the tape: what is trusted, as far as it could be read, and that there is nothing else.
#[cfg_attr(small, optimize(size))]
fn options(check: &mut Check) -> (Option<Trusted>, Option<NoOthers>) {
    let (expect, others) = match check.tape.value(At(0)) {
        Value::Absent => (NOWHERE, NOWHERE),
        Value::Record(first) => {
            let [expect, others] = check.tape.slots(first);
            (expect, others)
        }
        _ => {
            check.member("options", |check| check.wrong("object", At(0)));
            return (None, None);
        }
    };
    let others = check.unknown_names(others, |name| match name {
        "hash" | "seal" => ". Did you mean expect.seal?",
        "expected" => ". Did you mean expect?",
        _ => "",
    });
    if let Some(part) = Part::not_given(check.tape, expect) {
        return (Some(Trusted::NotGiven(part)), others);
    }
    let seal = check.member("expect", |check| trust::seal(check, expect));
    (seal.map(|seal| Trusted::Given(Seal(seal))), others)
}

/// Compares the links; returns those that hold, and the seal of the newest record.
#[cfg_attr(small, optimize(size))]
fn compare(links: &[Link], issues: &mut Issues) -> (Vec<Equal<Seal>>, Option<Seal>) {
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
    if let Some(order) = right_order(links) {
        let mut positions = String::new();
        for &at in &order {
            if !positions.is_empty() {
                positions.push_str(", ");
            }
            positions.push_str(&decimal(at as u64));
        }
        let message = text(&["Records out of order: expected ", &shown(&positions)]);
        issues.push(&Path::of(&["records"]), "order", message);
        return (Vec::new(), order.last().and_then(|&last| links[last].seal));
    }
    let told = |seal: Option<Seal>| seal.map_or_else(|| "nothing".to_owned(), Seal::told);
    for at in broken {
        let path = ["records", &decimal(at as u64), "metadata", "$snapshot", "parent"];
        issues.mismatch(&Path::of(&path), &told(links[at - 1].seal), &told(links[at].parent));
    }
    (held, newest)
}

/// The one order in which each record's parent is the seal of the one before it, if there is one.
#[cfg_attr(small, optimize(size))]
fn right_order(links: &[Link]) -> Option<Vec<usize>> {
    // Numbers of seals are positions of records: none is there twice.
    let mut seals = Ids::default();
    let mut order = Vec::new();
    find_order(links, &mut seals, &mut order).then_some(order)
}

#[inline(never)]
#[cfg_attr(small, optimize(size))]
fn find_order(links: &[Link], seals: &mut Ids, order: &mut Vec<usize>) -> bool {
    for link in links {
        let Some(Seal(seal)) = link.seal else { return false };
        if seals.enter(&seal.text()).is_err() {
            return false;
        }
    }
    // The record that follows each, and behind them the one that follows none of them; of two, it is the last, and the first
    // is missing from the order.
    let none = links.len();
    let mut next = vec![none; none + 1];
    for (at, link) in links.iter().enumerate() {
        let before = link.parent.and_then(|parent| seals.number(&parent.0.text()));
        next[before.unwrap_or(none)] = at;
    }
    let mut at = next[none];
    while at != none && order.len() < none {
        order.push(at);
        at = next[at];
    }
    order.len() == none
}
