//! What is wrong with a value on the tape, and where.
//!
//! Why apart from writing: what is right is written without ever knowing its path; only what is wrong is looked through
//! a second time, in the order of the contract, for every issue in it. How: a [`Check`] walks with a path and collects;
//! each method returns the value where it is right. Codes and messages are those of zod 4, which the host's own schemas
//! are written in; `docs/ERRORS.md` lists them.

use crate::contract::{MAX_COUNT, RESERVED_MEMBER};
use crate::primitives::digest::{Digest, InvalidDigest};
use crate::primitives::shown::shown;
use crate::primitives::text::{concat, decimal};
use crate::primitives::time::{self, RANGE, Timestamp};
use crate::primitives::utf16::{lossy, utf8};
use crate::value::evidence::{Comparable, Equal, Words};
use crate::value::problem::quoted_or_nothing;
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::{At, Key, NOWHERE, Tape, Value};

/// Whether a member may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    /// It may be absent.
    Optional,
    /// It may be absent or `null`.
    Nullable,
}

/// How an instant may be written beside a date and RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    Strict,
    /// Also as milliseconds since the epoch.
    OrMilliseconds,
    /// Also as `PostgreSQL` writes it.
    Stored,
}

/// A number below that is taken for seconds: as milliseconds it would be before March 1973.
// E4-9
const SECONDS_BELOW: f64 = 1e11;

/// Evidence that an object has no members that are not known.
#[derive(Debug)]
pub(crate) struct NoOthers(());

/// A walk over one tape, one path, and what was found on the way.
pub(crate) struct Check<'t> {
    pub(crate) tape: &'t Tape,
    pub(crate) path: Path,
    pub(crate) issues: &'t mut Issues,
    /// The canonical document that these values belong to: that it is too long is told there, once.
    document: Option<Path>,
    /// Of each container of the JSON value that is looked at, how long its path is.
    above: Vec<usize>,
    /// Whether these values may be a row of a store, in which `null` stands for what is absent.
    is_row: bool,
    /// Whether the value that is looked at is such a `null`.
    is_null_column: bool,
}

/// What is received instead of an optional member of something that may be a row.
// E4.1-7
const NULL_COLUMN: &str = "null (leave the member out; rows of a store are for verifySnapshot)";

impl<'t> Check<'t> {
    /// A walk over a document that begins at that path.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn new(tape: &'t Tape, issues: &'t mut Issues, path: Path) -> Self {
        Self {
            tape,
            document: Some(path.clone()),
            path,
            issues,
            above: Vec::new(),
            is_row: false,
            is_null_column: false,
        }
    }

    /// The same, for a document that is told of at another path.
    pub(crate) fn of_document(self, path: Path) -> Self {
        Self { document: Some(path), ..self }
    }

    /// The same, of what may be a row of a store.
    pub(crate) fn of_row(self) -> Self {
        Self { is_row: true, ..self }
    }

    /// Runs `inside` for the member or element of that name.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn member<R>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        let outside = self.path.enter(name);
        let result = inside(self);
        self.path.leave(outside);
        result
    }

    /// The same, inside a JSON value.
    #[cfg_attr(small, optimize(size))]
    fn part<R>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.above.push(self.path.len());
        let result = self.member(name, inside);
        self.above.pop();
        result
    }

    /// Something is wrong with the member of that name.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn issue(&mut self, name: &str, code: IssueCode, message: String) {
        self.member(name, |check| check.issues.push(&check.path, code, message));
    }

    /// The same, of the wrong type.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn wrong_member(&mut self, name: &str, expected: &str, at: At) {
        self.member(name, |check| check.wrong(expected, at));
    }

    /// The wrong value at `at`: it should have been `expected`.
    // E4-2, E4.1-1
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn wrong(&mut self, expected: &str, at: At) {
        match self.tape.value(at) {
            Value::Cut(true) => self.too_long(),
            Value::Cut(false) => {} // the issues that made the boundary stop are all listed
            Value::Deep(0) => self.issues.too_deep(&self.path),
            Value::Deep(up) => {
                let there = self.above.len().checked_sub(up).and_then(|level| self.above.get(level));
                self.issues.cycle(&self.path, expected, there.copied().unwrap_or_default());
            }
            Value::Null if std::mem::take(&mut self.is_null_column) => {
                self.issues.invalid_type(&self.path, expected, NULL_COLUMN);
            }
            value => self.issues.invalid_type(&self.path, expected, &received(value)),
        }
    }

    /// The document is too long.
    // E4-5
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn too_long(&mut self) {
        if let Some(document) = self.document.take() {
            self.issues.too_long(&document);
        }
    }

    /// The itemId was that of an earlier item.
    // E4-13, E6-2
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn duplicate(&mut self, position: usize) {
        let message = concat(&["Duplicate itemId: also at items.", &decimal(position as u64)]);
        self.issue("itemId", IssueCode::Duplicate, message);
    }

    // E4.2-2, E4.2-3
    #[inline(never)]
    pub(crate) fn is_left_out(&mut self, need: Need, at: At) -> bool {
        let value = self.tape.value(at);
        self.is_null_column = self.is_row && need == Need::Optional && matches!(value, Value::Null);
        match value {
            Value::Absent => need != Need::Required,
            Value::Null => need == Need::Nullable,
            _ => false,
        }
    }

    /// A string; its units are a well-formed one.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn string(&mut self, name: &str, at: At, need: Need) -> Option<String> {
        if self.is_left_out(need, at) {
            return None;
        }
        self.member(name, |check| {
            if let Value::String(units) = check.tape.value(at) {
                return check.well_formed(&units);
            }
            check.wrong("string", at);
            None
        })
    }

    /// The same, where it must not be empty.
    // E4-3, E4.2-4
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn non_empty(&mut self, name: &str, at: At, need: Need) -> Option<String> {
        let string = self.string(name, at, need)?;
        if string.is_empty() {
            self.member(name, |check| check.issues.empty_string(&check.path));
            return None;
        }
        Some(string)
    }

    #[cfg_attr(small, optimize(size))]
    fn well_formed(&mut self, units: &[u16]) -> Option<String> {
        match unpaired_surrogate(units) {
            Some(index) => self.issues.unpaired_surrogate(&self.path, index),
            None => return Some(lossy(units)),
        }
        None
    }

    #[cfg_attr(small, optimize(size))]
    pub(crate) fn boolean(&mut self, name: &str, at: At, need: Need) -> Option<bool> {
        if self.is_left_out(need, at) {
            return None;
        }
        if let Value::Boolean(value) = self.tape.value(at) {
            return Some(value);
        }
        self.wrong_member(name, "boolean", at);
        None
    }

    /// A number of items.
    // F10-3
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn count(&mut self, name: &str, at: At) -> Option<u64> {
        let count = integer(self.tape.value(at));
        if count.is_none() {
            self.wrong_member(name, "integer from 0 to 9007199254740991", at);
        }
        count
    }

    /// A string that is one of two, which may be the same.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn one_of(&mut self, name: &str, at: At, known: [&'static str; 2]) -> Option<&'static str> {
        let found = self.string(name, at, Need::Required)?;
        let is = known.into_iter().find(|&known| known == found);
        if is.is_none() {
            let (one, other) = (quoted_or_nothing(Some(known[0])), quoted_or_nothing(Some(known[1])));
            let expected = if one == other { one } else { concat(&[&one, " or ", &other]) };
            self.mismatch(name, &expected, &quoted_or_nothing(Some(&found)));
        }
        is
    }

    /// The member of that name is not what it has to be.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn mismatch(&mut self, name: &str, expected: &str, found: &str) {
        self.member(name, |check| check.issues.mismatch(&check.path, expected, found));
    }

    /// Compares the member of that name, if it was read, with what was computed. Both are shown if they differ.
    // E8-12, E8-15
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn same<'v, K: Comparable>(
        &mut self,
        name: &str,
        computed: K::Value<'v>,
        claimed: Option<K::Value<'v>>,
    ) -> Option<Equal<K>> {
        let claimed = claimed?;
        let equal = Equal::of(computed, claimed);
        if equal.is_none() {
            self.mismatch(name, &K::in_message(computed), &K::in_message(claimed));
        }
        equal
    }

    /// The same of texts, which may be absent.
    #[inline(always)]
    #[allow(clippy::option_option, reason = "three cases: not made out, absent, a text")]
    pub(crate) fn same_words(
        &mut self,
        name: &str,
        computed: Option<&str>,
        claimed: Option<Option<&str>>,
    ) -> Option<Equal<Words>> {
        self.same(name, computed, claimed)
    }

    /// A document begins here: that it is too long is told at this path.
    pub(crate) fn begin_document(&mut self) {
        self.document = Some(self.path.clone());
    }

    /// Positions of the members of an object: of one that was read by their names, in this order, or of a JSON value,
    /// whose other names are returned too.
    pub(crate) fn object<const N: usize>(&mut self, at: At, names: [&str; N]) -> Option<([At; N], Vec<Key<'t>>)> {
        let mut found = [NOWHERE; N];
        let others = self.find(at, &names, &mut found)?;
        Some((found, others))
    }

    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn find(&mut self, at: At, names: &[&str], found: &mut [At]) -> Option<Vec<Key<'t>>> {
        if let Value::Tuple(first) = self.tape.value(at) {
            self.tape.fill_slots(first, found);
            return Some(Vec::new());
        }
        let others = self.tape.find(at, names, found);
        if others.is_none() {
            self.wrong("object", at);
        }
        others
    }

    /// An object has members that it must not have.
    // E8-8
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn unknown(&mut self, names: Vec<Key>) {
        for name in names {
            self.unknown_name(&lossy(name.units()), "");
        }
    }

    /// The same, and what may have been meant.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn unknown_name(&mut self, name: &str, hint: &str) {
        self.issue(name, IssueCode::Extra, concat(&["Unknown member: ", &shown(name), hint]));
    }

    /// The same for the names in the array at `at`.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn unknown_names(&mut self, at: At, hint: fn(&str) -> &'static str) -> Option<NoOthers> {
        let (count, mut at) = match self.tape.value(at) {
            Value::Absent => return Some(NoOthers(())),
            Value::Array(count, first) => (count, first),
            _ => (1, at),
        };
        for _ in 0..count {
            let name = match self.tape.value(at) {
                Value::String(units) => lossy(&units),
                // A boundary writes names alone. What is not one is not passed over.
                _ => "…".to_owned(),
            };
            self.unknown_name(&name, hint(&name));
            at = self.tape.after(at);
        }
        (count == 0).then_some(NoOthers(()))
    }

    /// An array, element by element; `None` where it is left out or no array.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn array<T>(
        &mut self,
        name: &str,
        at: At,
        element: impl Fn(&mut Self, &str, At) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut values = Vec::new();
        self.each(name, at, &mut |check, position, at| {
            if let Some(value) = element(check, position, at) {
                values.push(value);
            }
        })
        .then_some(values)
    }

    /// Calls `element` for each element of an array; false if it is left out or not an array.
    #[inline(never)]
    #[cfg_attr(small, optimize(size))]
    fn each(&mut self, name: &str, at: At, element: &mut dyn FnMut(&mut Self, &str, At)) -> bool {
        if self.is_left_out(Need::Optional, at) {
            return false;
        }
        self.member(name, |check| {
            let Value::Array(count, mut next) = check.tape.value(at) else {
                check.wrong("array", at);
                return false;
            };
            for position in 0..count {
                element(check, &decimal(position as u64), next);
                next = check.tape.after(next);
            }
            true
        })
    }

    /// An instant: a date, a text as RFC 3339 has it and, where `form` says so, more.
    // E4-10, E4.3-1
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn time(&mut self, name: &str, at: At, need: Need, form: TimeForm) -> Option<Timestamp> {
        const SECONDS: &str = "looks like seconds: milliseconds are expected";
        if self.is_left_out(need, at) {
            return None;
        }
        self.member(name, |check| {
            let lacking;
            let (time, wrong) = match check.tape.value(at) {
                Value::Date(value, _) if value.is_nan() => {
                    check.issues.invalid_type(&check.path, "date", "Invalid Date");
                    return None;
                }
                Value::Date(value, _) => (Timestamp::from_time_value(value), RANGE),
                // No integer of the tape has more than 28 bits.
                Value::Integer(0..) if form == TimeForm::OrMilliseconds => (None, SECONDS),
                Value::Integer(_) if form == TimeForm::OrMilliseconds => (None, RANGE),
                Value::Double(value) if form == TimeForm::OrMilliseconds && (0.0..SECONDS_BELOW).contains(&value) => {
                    (None, SECONDS)
                }
                Value::Double(value) if form == TimeForm::OrMilliseconds => (Timestamp::from_time_value(value), RANGE),
                Value::String(units) => {
                    if let Some(millis) = millis_of_text(&units, form) {
                        (Timestamp::from_millis(millis), RANGE)
                    } else {
                        lacking = time::lacking(&lossy(&units));
                        (None, &*lacking)
                    }
                }
                _ => {
                    check.wrong("date", at);
                    return None;
                }
            };
            if time.is_none() {
                check.issues.push(&check.path, IssueCode::InvalidFormat, concat(&["Invalid time: ", wrong]));
            }
            time
        })
    }

    /// An identifier that the host chose: `:` would make its row ids ambiguous.
    // E4-11
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn snapshot_id(&mut self, name: &str, at: At, need: Need) -> Option<String> {
        let id = self.non_empty(name, at, need)?;
        if id.bytes().any(|byte| byte == b':') {
            let message = "Invalid snapshotId: expected no colon (:), which separates it from item ids in row ids";
            self.issue(name, IssueCode::InvalidFormat, message.to_owned());
            return None;
        }
        Some(id)
    }

    /// A digest.
    // E4-7
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn digest(&mut self, name: &str, at: At, need: Need) -> Option<Digest> {
        let digest = self.string(name, at, need)?.parse::<Digest>();
        if digest.is_err() {
            self.issue(name, IssueCode::InvalidFormat, InvalidDigest::TEXT.to_owned());
        }
        digest.ok()
    }

    /// A record of JSON values: what is wrong in it, however deep.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn record(&mut self, at: At) {
        match self.tape.value(at) {
            Value::Object(..) | Value::Shaped(..) => self.json(at),
            _ => self.wrong("record", at),
        }
    }

    /// A JSON value: what is wrong in it, however deep.
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn json(&mut self, at: At) {
        match self.tape.value(at) {
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Double(_) => {}
            Value::String(units) => {
                if let Some(index) = unpaired_surrogate(&units) {
                    self.issues.unpaired_surrogate(&self.path, index);
                }
            }
            Value::Array(count, mut next) => {
                for position in 0..count {
                    self.part(&decimal(position as u64), |check| check.json(next));
                    next = self.tape.after(next);
                }
            }
            Value::Object(..) | Value::Shaped(..) => self.members(at, |check, _, value| check.json(value)),
            _ => self.wrong("JSON value", at),
        }
    }

    /// The members of an object, in its own order; names are checked here.
    // E5-5
    #[cfg_attr(small, optimize(size))]
    fn members(&mut self, at: At, mut each: impl FnMut(&mut Self, Key, At)) {
        for (key, value) in self.tape.members(at).unwrap_or_default() {
            let name = key.units();
            self.part(&lossy(name), |check| {
                if let Some(index) = unpaired_surrogate(name) {
                    check.issues.unpaired_surrogate(&check.path, index);
                }
                each(check, key, value);
            });
        }
    }

    /// The metadata of an input: a record in which one name is ours.
    // F4-4, E4-12
    #[cfg_attr(small, optimize(size))]
    pub(crate) fn input_metadata(&mut self, at: At) {
        if !matches!(self.tape.value(at), Value::Object(..) | Value::Shaped(..)) {
            return self.record(at);
        }
        self.members(at, |check, key, value| {
            if key.is(RESERVED_MEMBER) {
                check.issues.push(&check.path, IssueCode::Reserved, concat(&["Reserved member: ", RESERVED_MEMBER]));
            } else {
                check.json(value);
            }
        });
    }
}

/// An instant that is right, in any of the forms that a store has it in.
#[cfg_attr(small, optimize(size))]
pub(crate) fn stored_time(value: Value) -> Option<Timestamp> {
    match value {
        Value::Date(value, _) => Timestamp::from_time_value(value),
        Value::String(units) => Timestamp::from_millis(millis_of_text(&units, TimeForm::Stored)?),
        _ => None,
    }
}

/// An instant in RFC 3339, read from UTF-16.
pub(crate) fn parse_time(units: &[u16]) -> Option<Timestamp> {
    Timestamp::from_millis(millis_of_text(units, TimeForm::Strict)?)
}

#[cfg_attr(small, optimize(size))]
fn millis_of_text(units: &[u16], form: TimeForm) -> Option<i64> {
    Timestamp::millis_of_text(&utf8(units)?, form == TimeForm::Stored)
}

/// A number of items, which is also what a position among them is below.
pub(crate) fn integer(value: Value) -> Option<u64> {
    match value {
        Value::Integer(value) => u64::try_from(value).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "integers below 2^53"
        )]
        Value::Double(value) if value.fract() == 0.0 && (0.0..=MAX_COUNT as f64).contains(&value) => Some(value as u64),
        _ => None,
    }
}

/// Index of the first surrogate that is not half of a pair.
pub(crate) fn unpaired_surrogate(units: &[u16]) -> Option<usize> {
    let mut index = 0;
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) => index += character.len_utf16(),
            Err(_) => return Some(index),
        }
    }
    None
}

/// What a value is, in zod's words.
#[cfg_attr(small, optimize(size))]
fn received(value: Value) -> String {
    match value {
        Value::Absent | Value::Cut(_) => "undefined",
        Value::Null => "null",
        Value::Boolean(_) => "boolean",
        Value::Integer(_) | Value::Double(_) => "number",
        Value::String(_) => "string",
        Value::Array(..) => "array",
        Value::Object(..) | Value::Shaped(..) | Value::Tuple(..) | Value::Deep(_) => "object",
        Value::Date(_, units) | Value::Bad(units) => return lossy(&units),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::tape;
    use crate::value::tape::{ABSENT, ARRAY, DATE, NULL};

    /// What a check finds of the value that `write` writes, and its issues.
    fn found<T>(write: impl FnOnce(&mut Tape), check: impl FnOnce(&mut Check) -> T) -> (T, Vec<String>) {
        let mut tape = Tape::default();
        write(&mut tape);
        let mut issues = Issues::default();
        let found = check(&mut Check::new(&tape, &mut issues, Path::of(&["root"])));
        let told = issues.into_listed().into_iter().map(|issue| format!("{}: {}", issue.path, issue.message));
        (found, told.collect())
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    fn write_date(tape: &mut Tape, value: f64) {
        let bits = value.to_bits();
        [DATE, bits as u32, (bits >> 32) as u32, 0].into_iter().for_each(|word| tape.mark(word));
    }

    const FORMS: [TimeForm; 3] = [TimeForm::Strict, TimeForm::OrMilliseconds, TimeForm::Stored];
    const RANGE: &str = "root.at: Invalid time: expected an instant from 1970 to 9999";

    #[test]
    fn a_date_is_a_time_in_every_form() {
        for form in FORMS {
            let time = |value: f64| {
                found(|tape| write_date(tape, value), |check| check.time("at", At(0), Need::Required, form))
            };
            assert_eq!(time(5.0), (Timestamp::from_millis(5), vec![]));
            assert_eq!(time(-1.0), (None, vec![RANGE.to_owned()]));
            let invalid = "root.at: Invalid input: expected date, received Invalid Date";
            assert_eq!(time(f64::NAN), (None, vec![invalid.to_owned()]));
        }
    }

    #[test]
    fn milliseconds_are_a_time_only_where_they_may_be() {
        for form in FORMS {
            let time = |write: &dyn Fn(&mut Tape)| {
                found(|tape| write(tape), |check| check.time("at", At(0), Need::Required, form))
            };
            let integer = |value: u32| move |tape: &mut Tape| tape.mark(tape::INTEGER | value << tape::KIND_BITS);
            let double = |value: f64| move |tape: &mut Tape| tape.number(value);
            if form == TimeForm::OrMilliseconds {
                let seconds = "root.at: Invalid time: looks like seconds: milliseconds are expected";
                assert_eq!(time(&integer(5)), (None, vec![seconds.to_owned()]));
                assert_eq!(time(&double(99_999_999_999.0)), (None, vec![seconds.to_owned()]));
                assert_eq!(time(&double(1e11)), (Timestamp::from_millis(100_000_000_000), vec![]));
                assert_eq!(time(&double(1e12)), (Timestamp::from_millis(1_000_000_000_000), vec![]));
                assert_eq!(time(&double(1e18)), (None, vec![RANGE.to_owned()]));
            } else {
                let wrong = vec!["root.at: Invalid input: expected date, received number".to_owned()];
                assert_eq!(time(&integer(5)), (None, wrong.clone()));
                assert_eq!(time(&double(1e12)), (None, wrong));
            }
        }
    }

    #[test]
    fn a_stored_time_is_measured_in_every_form_that_a_store_has_it_in() {
        let time = |write: &dyn Fn(&mut Tape)| {
            let mut tape = Tape::default();
            write(&mut tape);
            stored_time(tape.value(At(0)))
        };
        let expected = Timestamp::from_millis(1_772_356_530_123);
        assert_eq!(time(&|tape| write_date(tape, 1_772_356_530_123.0)), expected);
        assert_eq!(time(&|tape| tape.string("2026-03-01T09:15:30.123Z")), expected);
        assert_eq!(time(&|tape| tape.string("2026-03-01 09:15:30.123+00")), expected);
        assert_eq!(time(&|tape| write_date(tape, f64::NAN)), None);
        assert_eq!(time(&|tape| tape.string("today")), None);
        assert_eq!(time(&|tape| tape.number(5.0)), None);
    }

    #[test]
    fn there_are_no_unknown_names_only_if_there_is_none() {
        let names = |write: &dyn Fn(&mut Tape)| {
            let hint = |name: &str| if name == "x" { ". Did you mean y?" } else { "" };
            let (none, told) = found(|tape| write(tape), |check| check.unknown_names(At(0), hint));
            (none.is_some(), told)
        };
        let list = |names: &'static [&'static str]| {
            move |tape: &mut Tape| {
                tape.container(ARRAY, names.len(), |tape| names.iter().for_each(|name| tape.string(name)));
            }
        };
        let told = |told: &[&str]| told.iter().map(|&told| told.to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&|tape| tape.mark(ABSENT)), (true, vec![]));
        assert_eq!(names(&list(&[])), (true, vec![]));
        let expected = ["root.x: Unknown member: x. Did you mean y?", "root.z: Unknown member: z"];
        assert_eq!(names(&list(&["x", "z"])), (false, told(&expected)));
        // What is not a list of names does not pass for an empty one.
        assert_eq!(names(&|tape| tape.string("x")), (false, told(&expected[..1])));
        let unnamed = ["root.…: Unknown member: …"];
        assert_eq!(names(&|tape| tape.mark(NULL)), (false, told(&unnamed)));
        assert_eq!(names(&|tape| tape.container(ARRAY, 1, |tape| tape.mark(NULL))), (false, told(&unnamed)));
    }

    #[test]
    fn a_count_is_an_integer_from_0_to_2_53_minus_1_however_it_is_written() {
        let count = |write: &dyn Fn(&mut Tape)| {
            let mut tape = Tape::default();
            write(&mut tape);
            integer(tape.value(At(0)))
        };
        let short = |value: u32| move |tape: &mut Tape| tape.mark(tape::INTEGER | value << tape::KIND_BITS);
        assert_eq!(count(&short(0)), Some(0));
        assert_eq!(count(&short(5)), Some(5));
        assert_eq!(count(&short(u32::MAX)), None, "-1");
        for (value, expected) in [
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (5.0, Some(5)),
            (9_007_199_254_740_991.0, Some(MAX_COUNT)),
            (9_007_199_254_740_992.0, None),
            (-1.0, None),
            (0.5, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(count(&|tape| tape.number(value)), expected, "{value}");
        }
        assert_eq!(count(&|tape| tape.string("5")), None);
    }

    #[test]
    fn the_first_half_of_a_pair_that_stands_alone_is_found() {
        let high = 0xD83D;
        let low = 0xDE00;
        let a = u16::from(b'a');
        for (units, expected) in [
            (&[][..], None),
            (&[a, high, low, a], None),
            (&[high], Some(0)),
            (&[low], Some(0)),
            (&[a, high, a], Some(1)),
            (&[a, a, low, high], Some(2)),
            (&[high, low, high], Some(2)),
            (&[a, high, low, low], Some(3)),
            (&[high, low, high, low, high, high, low], Some(4)),
        ] {
            assert_eq!(unpaired_surrogate(units), expected, "{units:x?}");
        }
    }
}
